/** Creates subject tokens for signed-in users, on the site's own server. Needs only Node's built-in modules. */
import { createHmac, randomBytes } from "node:crypto";

const base64url = (data) => Buffer.from(data).toString("base64url");
const mac = (key, text) => createHmac("sha256", key).update(text).digest();

/**
 * Return a token for `accountId`, valid for 5 minutes and for at most one choice that grants something.
 *
 * `idKey` is 32 random bytes that you generate and keep secret; `signKey` is the `csk1_…` key that the service showed once.
 */
export function consentSubject(accountId, { site, realm, idKey, signKey }) {
  const [, kid, ...secret] = signKey.split("_");
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    aud: site,
    sub: base64url(mac(idKey, `consent-subject/1\n${realm}\n${accountId}`)),
    iat,
    exp: iat + 300,
    jti: randomBytes(16).toString("hex"),
  };
  const head = { alg: "HS256", kid, typ: "consent-subject+jwt" };
  const said = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(claims))}`;
  return `${said}.${base64url(mac(Buffer.from(secret.join("_"), "base64url"), said))}`;
}
