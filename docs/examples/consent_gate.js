// Consent gate for nginx's njs: asks the service about each event, with its body, and forwards, changes, or answers it.
// Used by nginx-gate-njs.conf. Fails closed: without the service's permission, no event passes.

const METHODS = ["GET", "HEAD", "POST"];

async function handle(r) {
  let ruling;
  try {
    ruling = await r.subrequest("/_consent_gate", { method: "POST" });
  } catch (error) {
    r.error("consent gate: " + error);
    return r.return(204);
  }
  const told = (name) => ruling.headersOut["X-Gate" + name] || "";
  const passes = (ruling.status === 204 && told("") !== "stop") || (ruling.status === 200 && told("") === "strip");
  if (!passes || told("-Uri")[0] !== "/" || !METHODS.includes(r.method)) return stop(r, ruling.status === 403 ? told : () => "");
  const isGranted = told("-Cookies") === "keep";
  r.variables.gate_uri = told("-Uri");
  r.variables.gate_cookie = isGranted ? told("-Cookie") : "";
  r.variables.gate_address = isGranted ? r.remoteAddress : "";
  r.variables.gate_umami = (isGranted && r.headersIn["X-Umami-Cache"]) || "";
  r.variables.gate_anonymous = told("-Set-SP-Anonymous");
  if (ruling.status === 204) return r.internalRedirect("/_consent_vendor");
  const answer = await r.subrequest("/_consent_vendor", { method: r.method, body: ruling.responseText });
  for (const name in answer.headersOut) {
    if (!/^(set-cookie|content-length|transfer-encoding|connection)$/i.test(name)) r.headersOut[name] = answer.headersOut[name];
  }
  r.return(answer.status, answer.responseText);
}

function stop(r, told) {
  r.headersOut["Cache-Control"] = "no-store";
  if (told("-Origin")) {
    r.headersOut["Access-Control-Allow-Origin"] = told("-Origin");
    r.headersOut["Access-Control-Allow-Credentials"] = "true";
  }
  if (told("-Status") !== "200") return r.return(204);
  r.headersOut["Content-Type"] = told("-Type");
  r.return(200, told("-Body"));
}

function filter(r) {
  if (!r.variables.gate_cookie && !r.variables.gate_address) delete r.headersOut["Set-Cookie"];
}

export default { handle, filter };
