// A certified authorization server (npm oidc-provider): PKCE always, refresh tokens that are good for one use, revocation, introspection.
// Its one argument is JSON: the client's redirects, secret and method, the scopes and paths it knows, and how long an access token lives.
// Prints where it is. Whoever asks is signed in and consents at once. Under /api is a resource for live tokens; /told counts what
// happened; /deny lets the next person refuse; /expire lets all access tokens that were given be too old, and says how many those are; /grants ends all that was granted, as its owner does in a vendor's settings.
import { createServer } from "node:http";
import { Provider, errors } from "oidc-provider";

const { redirects, lifetime = 3600, routes = {}, scopes = ["read", "write"], secret, method = "client_secret_post" } = JSON.parse(process.argv[2]);
const told = { refreshes: 0, refused: [], ended: 0, served: 0, unauthorized: 0 };
const grants = new Set();
const tokens = new Set();
const expired = new Set();
let deny = 0;

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(url, {
  clients: [
    {
      client_id: "judged",
      client_secret: secret,
      redirect_uris: redirects,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
    },
  ],
  cookies: { keys: ["only for tests"] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    userinfo: { enabled: false },
  },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  routes: { introspection: "/introspect", revocation: "/revoke", ...routes },
  scopes,
  ttl: { AccessToken: lifetime, AuthorizationCode: 60, Grant: 86400, Interaction: 600, RefreshToken: 86400, Session: 3600 },
});
provider.on("grant.success", (ctx) => {
  grants.add(ctx.oidc.entities.Grant?.jti ?? ctx.oidc.entities.RefreshToken?.grantId);
  if (ctx.oidc.params.grant_type === "refresh_token") told.refreshes += 1;
});
provider.on("access_token.saved", (token) => tokens.add(token.jti));
provider.on("grant.error", (ctx, error) => told.refused.push(`${ctx.oidc?.params?.grant_type}: ${error.message} (${error.error_detail ?? ""})`));
provider.on("grant.revoked", () => (told.ended += 1));
provider.on("server_error", (_, error) => process.stderr.write(`${error.stack}\n`));

async function interact(request, response) {
  const { params, session, grantId } = await provider.interactionDetails(request, response);
  if (deny > 0) {
    deny -= 1;
    return provider.interactionFinished(request, response, { error: "access_denied", error_description: "No." });
  }
  if (!session) return provider.interactionFinished(request, response, { login: { accountId: "ada" } });
  const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (params.scope) grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

async function resource(request, response) {
  const token = await provider.AccessToken.find((request.headers.authorization ?? "").replace(/^Bearer /, ""));
  const grant = token && (await provider.Grant.find(token.grantId));
  const live = grant && !token.isExpired && !expired.has(token.jti);
  live ? (told.served += 1) : (told.unauthorized += 1);
  response.writeHead(live ? 200 : 401, { "content-type": "application/json" }).end(live ? "[]" : '{"message":"Bad credentials"}');
}

async function end(response) {
  for (const id of grants) {
    const grant = await provider.Grant.find(id);
    if (grant) await grant.destroy();
    await provider.RefreshToken.revokeByGrantId(id);
    await provider.AccessToken.revokeByGrantId(id);
  }
  response.end("{}");
}

const answer = provider.callback();
server.on("request", (request, response) => {
  const path = request.url.split("?")[0];
  let work;
  if (path.startsWith("/interaction/")) work = interact(request, response);
  else if (path.startsWith("/api/")) work = resource(request, response);
  else if (path === "/told") response.end(JSON.stringify(told));
  else if (path === "/deny") response.end(String((deny += 1)));
  else if (path === "/expire") response.end(String(tokens.forEach((jti) => expired.add(jti)) ?? expired.size));
  else if (path === "/grants") work = end(response);
  else answer(request, response);
  work?.catch((error) => response.writeHead(error instanceof errors.OIDCProviderError ? 400 : 500).end(String(error.stack)));
});
process.stdout.write(`${JSON.stringify({ url, client: "judged" })}\n`);
