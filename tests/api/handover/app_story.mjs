// An app's user, based on the example in the docs: reads the service's address as JSON and writes the result of each step.
import { readFileSync } from "node:fs";
import { ConsentApp } from "../../../docs/examples/apps/consent_app.mjs";

const { service, eraser, tokens } = JSON.parse(readFileSync(0, "utf8"));
const kept = new Map();
const storage = { get: (name) => kept.get(name) ?? null, set: (name, text) => kept.set(name, text) };
const queue = () => JSON.parse(kept.get("queue") ?? "[]").length;
let clock = Date.now();
const open = (more) => new ConsentApp({ service, site: "shop", app: "com.example.shop", storage, now: () => clock, subject: async () => tokens.pop(), ...more });
const app = open();
const story = {};

const first = await app.decide();
story.first = { show: first.show, runs: app.mayRun("ga"), hasTexts: !!first.banner.texts.title };

await app.choose({ functional: false, analytics: false, advertising: false });
story.refused = { runs: app.mayRun("ga"), waits: queue(), choice: JSON.parse(kept.get("cookies")).consent_shop };

const offline = open({ service: "http://127.0.0.1:9" });
await offline.choose({ analytics: true });
story.offline = { waits: queue(), runs: offline.mayRun("ga") };
const held = JSON.parse(kept.get("queue"));
await app.send();
story.online = { waits: queue(), runs: app.mayRun("ga"), webview: app.webviewScript() };
story.address = await app.addressFor("https://brand-b.example/page#top");

clock += 8 * 86400_000;
story.late = { runs: offline.mayRun("ga"), decision: await offline.decide() };
clock -= 8 * 86400_000;

const visitor = (await (await fetch(`${service}/api/v1/sites/shop/receipts?action=save`, { headers: { Authorization: eraser } })).json()).items[0];
const erasure = { receipt: visitor.id, level: "full", reason: "Asked for" };
const erased = await fetch(`${service}/api/v1/sites/shop/erasures`, { method: "POST", body: JSON.stringify(erasure), headers: { Authorization: eraser, "Content-Type": "application/json" } });
kept.set("queue", JSON.stringify(held));
await app.send();
story.erased = { status: erased.status, waits: queue() };

const joined = await app.signIn();
story.account = joined.account.lines;
await app.choose({ functional: false, analytics: false, advertising: false }, { scope: "account", seen: joined.account.version });
story.signedIn = { waits: queue(), runs: app.mayRun("ga") };
await app.signOut();
story.signedOut = { runs: app.mayRun("ga"), cookies: Object.keys(JSON.parse(kept.get("cookies"))).sort() };

const foreign = open({ app: "com.example.other", storage: { get: () => null, set() {} } });
story.foreign = (await foreign.request("GET", "decision")).status;
process.stdout.write(JSON.stringify(story));
