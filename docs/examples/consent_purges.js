// Purges for nginx's njs: each purge makes the answers of a site, or of all, ones of a new generation, and nginx's cache
// finds those of before no more. Used by nginx-edge-cache.conf; docs/edge.md tells about it.

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
