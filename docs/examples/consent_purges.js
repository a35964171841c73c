// Purges for nginx's njs: each purge starts a new generation of cache keys for one site or all sites, so that nginx no
// longer finds the older responses. Used by nginx-edge-cache.conf; see docs/edge.md.

const SCRIPT = /\/b\/([a-z0-9][a-z0-9-]*)\.js$/;
const KEY = /^consent(-[a-z0-9][a-z0-9-]*)?$/;

function generation(r) {
  const purges = ngx.shared.consent_purges;
  const script = SCRIPT.exec(r.uri);
  const ofSite = (script && purges.get("consent-" + script[1])) || 0;
  return (purges.get("consent") || 0) + "." + ofSite;
}

function purge(r) {
  const keys = (r.headersIn["Surrogate-Key"] || "").split(" ");
  if (r.method !== "POST" || !keys.every((key) => KEY.test(key))) return r.return(400);
  keys.forEach((key) => ngx.shared.consent_purges.set(key, Date.now()));
  r.return(204);
}

export default { generation, purge };
