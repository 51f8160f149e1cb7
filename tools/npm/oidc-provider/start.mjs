// A real issuer of OpenID Connect on loopback: `oidc-provider PORT PAGES COMMAND-LINE`, where PAGES is where Helium is.
// Whoever signs in is who they say; a name with "platform" or "sales" in it has that group. PUT /people changes that.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, pages] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const people = new Map();

function claimsOf(subject) {
  const groups = ["platform", "sales"].filter((each) => subject.includes(each));
  return { email: `${subject}@example.com`, email_verified: true, name: subject, groups, ...people.get(subject) };
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "helium-pages",
      client_secret: "a-secret-of-the-pages",
      redirect_uris: [`${pages}/sign-in/callback`],
      post_logout_redirect_uris: [`${pages}/sign-in`],
      grant_types: ["authorization_code", "refresh_token"],
    },
    {
      client_id: "helium-cli",
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  cookies: { keys: ["not a secret"] },
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] },
  pkce: { required: () => true },
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        audience: resource,
        scope: "openid profile email offline_access",
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
        jwt: { sign: { alg: "RS256" } },
      }),
      useGrantedResource: () => true,
    },
  },
  findAccount: (_ctx, subject) =>
    people.get(subject)?.disabled ? undefined : { accountId: subject, claims: () => ({ sub: subject, ...claimsOf(subject) }) },
  extraTokenClaims: (_ctx, token) => (token.kind === "AccessToken" ? claimsOf(token.accountId) : undefined),
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
});

provider.use(async (ctx, next) => {
  if (ctx.path !== "/people" || ctx.method !== "PUT") return next();
  let body = "";
  for await (const part of ctx.req) body += part;
  for (const [subject, claims] of Object.entries(JSON.parse(body))) people.set(subject, claims);
  ctx.status = 204;
});
provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));
