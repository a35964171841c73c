// Relay between the consent service and a tool that identifies people by email address, such as HubSpot or Mailchimp.
//
// It runs on the site's own server, next to the customer database. The service sends it signed events about a `sub`. The
// relay looks up the person, calls the tool as one of the service's adapter files (`consent/data/adapters/*.json`)
// describes, and returns the tool's response. The service never learns the address. Node 20 or later, nothing to install:
//
//     RELAY_SECRET=whsec_… RELAY_ADAPTER=mailchimp.json RELAY_SETTINGS=settings.json RELAY_PEOPLE=people.csv node relay.mjs
//
// It reads the same environment variables and files as relay.py in this folder.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const TOLERANCE_SECONDS = 300;
const MAX_BODY = 16 * 1024;
const env = process.env;
const adapter = JSON.parse(readFileSync(env.RELAY_ADAPTER, "utf8"));
const settings = JSON.parse(readFileSync(env.RELAY_SETTINGS, "utf8"));
const secret = Buffer.from(env.RELAY_SECRET.replace(/^whsec_/, ""), "base64");
const group = env.RELAY_GROUP || "advertising";
/** The newest version seen for each subject; older events are ignored. Keep it in your database to survive a restart. */
const seen = new Map();

/** Return the email address of a subject, or undefined; replace this with your own query. */
function findAddress(sub) {
  const lines = readFileSync(env.RELAY_PEOPLE, "utf8").split(/\r?\n/);
  return lines.map((line) => line.split(",")).find(([one]) => sub && one === sub)?.[1];
}

/** Return whether the service signed this request within the last five minutes (Standard Webhooks). */
function isSigned(headers, body) {
  const id = headers["webhook-id"] || "", moment = headers["webhook-timestamp"] || "";
  if (!/^\d+$/.test(moment) || Math.abs(Date.now() / 1000 - Number(moment)) > TOLERANCE_SECONDS) return false;
  const made = Buffer.from("v1," + createHmac("sha256", secret).update(`${id}.${moment}.`).update(body).digest("base64"));
  return (headers["webhook-signature"] || "").split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === made.length && timingSafeEqual(given, made);
  });
}

/** Handle an event; return the state and reference for the acknowledgment. Throws to request a retry. */
async function handle(event) {
  const { data } = event, who = data.who.pseudonym;
  if (event.type === "consent.test") return ["applied", "test"];
  if (data.version < (seen.get(who) || 0) || !data.refused.includes(group)) return ["applied", "nothing to do"];
  const address = findAddress(data.who.sub);
  if (!address) return ["unknown", ""];
  const status = await callTool(event, address);
  seen.set(who, Math.max(data.version, seen.get(who) || 0));
  return [adapter.done.status.includes(status) ? "applied" : "failed", String(status)];
}

/** Call the tool as its adapter file describes and return its status. Throws if the call should be retried. */
async function callTool(event, address) {
  const email_md5 = createHash("md5").update(address.toLowerCase()).digest("hex");
  const facts = { ...event, settings, ids: { email: address, email_md5 }, receipt_words: `receipt ${event.data.receipt}` };
  const { url, method, auth, body } = adapter.request;
  const path = env.RELAY_TOOL ? url.replace(/^https:\/\/[^/]+/, "") : url;
  const answer = await fetch((env.RELAY_TOOL || "") + filled(path, facts, encodeWhole), {
    method,
    headers: { "Content-Type": "application/json", Authorization: authorization(auth, facts) },
    body: JSON.stringify(rendered(body, facts)),
    redirect: "manual",
    signal: AbortSignal.timeout(10000),
  });
  if (adapter.again.status.includes(answer.status)) throw new Error(`the tool answers ${answer.status}`);
  return answer.status;
}

function authorization(auth, facts) {
  if (auth.bearer) return "Bearer " + filled(auth.bearer, facts, String);
  return "Basic " + Buffer.from(auth.basic.map((part) => filled(part, facts, String)).join(":")).toString("base64");
}

const valueAt = (facts, path) => path.split(".").reduce((value, name) => value?.[name] ?? null, facts);
const encodeWhole = (value) =>
  encodeURIComponent(value).replace(/[!'()*]/g, (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase());
const filled = (text, facts, quote) => text.replace(/\{([a-z_.0-9]+)\}/g, (_, path) => quote(String(valueAt(facts, path))));

/** Return the adapter's body template with its values filled in. */
function rendered(template, facts) {
  if (template === null || typeof template !== "object") return template;
  if ("$" in template) return valueAt(facts, template.$);
  if ("$if" in template) return rendered(valueAt(facts, template.$if) ? template.then : template.else, facts);
  return Object.fromEntries(Object.entries(template).map(([name, one]) => [name, rendered(one, facts)]));
}

const server = createServer(async (request, response) => {
  const parts = [];
  let size = 0;
  for await (const part of request) if ((size += part.length) <= MAX_BODY) parts.push(part);
  const answer = (status, document) =>
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(document));
  const body = Buffer.concat(parts);
  if (request.method !== "POST" || !isSigned(request.headers, body)) return answer(401, {});
  try {
    const event = JSON.parse(body);
    const [state, ref] = await handle(event);
    const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    answer(200, { ack: { event: event.id, state, at, ref } });
  } catch {
    answer(503, {});
  }
});
server.listen(Number(env.RELAY_PORT || 8080), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
