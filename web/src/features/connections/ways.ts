/** How one signs in to an application, as the catalog says it. */
import type { ConnectorView } from "@tenuto/react/api";

export type Connector = ConnectorView;

type Kind = ConnectorView["auth"]["kind"];
type Field = NonNullable<ConnectorView["auth"]["fields"]>[number];

export interface Way {
  readonly kind: Kind;
  readonly scopes: readonly string[];
  /** What the user's name and the secret are called; null where there is none. */
  readonly user: string | null;
  readonly secret: string | null;
  readonly fields: readonly Field[];
}

/** Every way that needs something of a person; applications without accounts have none. */
export function waysOf(connector: Connector): readonly Way[] {
  const all = [connector.auth, ...(connector.also ?? [])].map(({ kind, scopes = [], user = null, secret = null, fields = [] }) => ({ kind, scopes, user, secret, fields }));
  return all.filter((way) => way.kind !== "none" || way.fields.length > 0);
}
