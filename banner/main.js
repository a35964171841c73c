/** The script's two stages: the gate, at once and for everyone; the layers, only where they are wanted. */
import { announce, openApi } from "./api.js";
import { offerReceipt } from "./back.js";
import { onChange } from "./change.js";
import { offerFrame } from "./frames.js";
import { setConsentMode } from "./gate.js";
import { OPTIONAL } from "./groups.js";
import { releaseMarked } from "./hold.js";
import { paint } from "./layers.js";
import { fillLinks } from "./links.js";
import { nextTask, page, quiet } from "./page.js";
import { deliver, enqueue } from "./queue.js";
import { readSignals } from "./signals.js";
import { evaluate, state } from "./state.js";
import { recall, remember } from "./store.js";
import { loadTags } from "./tags.js";
import { watch } from "./watch.js";
import { deleteRefused, revokeVendors } from "./withdraw.js";

/** @typedef {import("./types.js").Payload} Payload */

/** The service's own address, the site's key, and the hash of code that comes alone. */
const ADDRESS = /^(.*?)\/b\/([\w-]+)(?:\/[0-9a-f]{64})?\.js(?:[?#]|$)/;
const MARK = Symbol.for("consent");
const DENIED = OPTIONAL.map((group) => [group, { granted: false }]);
const NOTHING = { essential: { granted: true }, ...Object.fromEntries(DENIED) };

/**
 * Start on this page. The payload comes with the script, or is fetched where the script came alone.
 *
 * @param {Payload} [payload]
 */
export default function start(payload) {
  void quiet(begin)(payload);
}

/** @param {Payload} [payload] */
async function begin(payload) {
  if (Object.hasOwn(window, MARK)) return;
  Reflect.set(window, MARK, 1);
  const script = page.currentScript;
  const mine = script instanceof HTMLScriptElement ? script : undefined;
  const source = mine?.src || "";
  const [, base, site] = ADDRESS.exec(source) || ["", location.origin, ""];
  const age = mine?.dataset.ageBand;
  state._base = base;
  state._nonce = mine?.nonce || "";
  if (payload) decideFirst(payload, age);
  else setConsentMode(NOTHING);
  if (Reflect.get(page, "prerendering")) {
    await new Promise((resolve) => page.addEventListener("prerenderingchange", resolve, { once: true }));
  }
  const language = page.documentElement.lang;
  if (!payload || (isOther(language, payload) && !source.includes("language="))) {
    try {
      const address = `${base}/api/v1/sites/${site}/decision?view=banner&language=${encodeURIComponent(language)}`;
      decideFirst((await (await fetch(address, { credentials: "include" })).json()).banner, age);
    } catch (error) {
      if (!payload) throw error; // what came with the script is better than nothing
    }
  }
  evaluate();
  if (state._choice) deleteRefused();
  await open();
}

/**
 * Tell whether the service may answer in another language for a page whose `lang` is `language`.
 *
 * @param {string} language
 * @param {Payload} payload
 */
function isOther(language, payload) {
  const begins = (/** @type {string} */ tag) => `${language}-`.toLowerCase().startsWith(`${tag}-`);
  return language !== payload.language && payload.others.some(begins);
}

/**
 * @param {Payload} payload
 * @param {string | null | undefined} age
 */
function decideFirst(payload, age) {
  state._payload = payload;
  state._signals = readSignals(payload.signals, payload.resolved.child, age);
  evaluate();
  setConsentMode(state._decision.groups);
}

/** Let run what may, show what must be shown, and go on watching. */
function open() {
  Reflect.set(window, MARK, 2); // the stub holds until now, and none of what we add
  apply();
  openApi();
  onChange(quiet(follow));
  watch(quiet(fill));
  paint();
  noteSignal();
  return send();
}

/** Send the choices that wait, and offer what came of the last one. */
function send() {
  return deliver().then(offerReceipt);
}

/** Act on the decision as it is now. */
function apply() {
  fill(page);
  loadTags();
}

/** @param {Document | Element} root what is new in the page */
function fill(root) {
  releaseMarked(root, offerFrame);
  fillLinks(root);
}

/** @param {boolean} wasChosen */
async function follow(wasChosen) {
  setConsentMode(state._decision.groups);
  paint();
  await nextTask(); // the press of a button is painted before anything else takes the page's time
  void send();
  const runsOn = revokeVendors();
  apply();
  deleteRefused();
  announce();
  if (runsOn && wasChosen) location.reload();
}

/** Write down once, for this browser and config, that the signal was obeyed: without a click and without an id. */
function noteSignal() {
  const { config, token, version } = state._payload;
  const { groups, tags } = state._decision;
  const isObeyed = [...tags, groups.advertising].some(({ reason }) => reason === "gpc");
  const mark = String(version);
  if (!isObeyed || recall("gpc") === mark || !remember("gpc", mark)) return;
  const fixed = { layer: 1, conflict_shown: false, age_band: state._signals.age_band, keep_proof: false };
  enqueue({ config, token, action: "opt_out", method: "gpc", choices: { advertising: false }, vendors: {}, ...fixed });
}
