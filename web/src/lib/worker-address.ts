/** The page's policy lets workers begin only from addresses that this policy has made: files of the app itself. */

interface Policy {
  createScriptURL(address: string): string;
}

interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

let policy: Policy | undefined;

const rules: Policy = {
  createScriptURL(address) {
    const url = new URL(address, location.href);
    if (url.origin !== location.origin) throw new TypeError(`${url.origin} is not where this app comes from`);
    return url.href;
  },
};

/** The address as `new Worker` accepts it; refuses those of other origins. */
export function workerAddress(address: string): string {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  policy ??= factory?.createPolicy("tenuto", rules) ?? rules;
  return policy.createScriptURL(address);
}
