/** Load the config's tags that the decision allows, each once. */
import { makeCalls } from "../vendors/vendor_calls.js";
import { construct, setUp } from "../vendors/page_setup.js";
import { acts } from "../acts_payload.js";
import { own } from "../decision/groups.js";
import { firstOf, has } from "../decision/safe_arrays.js";
import { loadNodes } from "./pasted_nodes.js";
import { runOrEnqueue, whenLoaded } from "./load_queue.js";
import { CONSENT_KEY, element, findAll, page, webAddress } from "../page/safe_dom.js";
import { fillScript } from "./script_elements.js";
import { state } from "../state.js";
import { sendDefault, sendConsent } from "../vendors/vendor_consent.js";

/** @type {Record<string, "script" | "iframe" | "img">} */
const ELEMENTS = { script: "script", frame: "iframe", pixel: "img" };

/** Scripts collected to be added to the page together. @type {HTMLElement[] | undefined} */
let together;

/**
 * Load every tag that may run, hasn't been loaded, and isn't waiting for a trigger: the first of each vendor now, and
 * each following one after the previous has loaded. Tags that the site's server wrote into the page as `data-tag` run
 * already; their vendors are notified and counted like any others.
 */
export function loadTags() {
  together = [];
  const written = findAll(page, "[data-tag]").map((node) => node.dataset.tag);
  for (const { id, vendor, mode, trigger } of state._decision.tags) {
    const load = own(acts().tags, id);
    const isWritten = has(written, id);
    if (!load || (load.type === "marked" && !isWritten) || state._loaded.has(id) || mode === "held" || (trigger && !isWritten && !state._isDue?.(id))) continue;
    state._loaded.add(id);
    // The visitor may have changed their mind between the decision and the tag's turn.
    const mayRun = () => !!firstOf(state._decision.tags, (tag) => tag.id === id && tag.mode !== "held");
    /** @param {string} [now] the mode, if it was just decided */
    const begin = (now) => {
      if (!isWritten) setUp(load.setup);
      sendDefault(vendor);
      sendConsent(vendor, false, now);
      if (isWritten) return undefined;
      return load.type === "html" ? loadNodes(load.nodes || [], mayRun) : loadTag(load);
    };
    runOrEnqueue(
      vendor,
      () => begin(mode),
      () => (mayRun() ? begin() : void state._loaded.delete(id)),
    );
  }
  // In a microtask with none of our functions on the stack: when a request starts, Chromium may parse each of them
  // again.
  const last = together.pop();
  if (last) void Promise.resolve(last).then(page.head.append.bind(page.head, ...together));
  together = undefined;
}

/** @param {import("../types.js").TagLoad} load */
function loadTag(load) {
  const { src = "" } = load;
  const isWhole = src.startsWith("https://") || src.startsWith("http://");
  const address = isWhole ? src : webAddress(src);
  if (!address) return undefined;
  // The most common tag is a script without attributes or calls: skip what it doesn't need, since all of this runs for
  // the first time.
  const hasCalls = load.calls[0];
  if (hasCalls) makeCalls(load.calls.filter((call) => call.before));
  const node = element(ELEMENTS[load.type], { hidden: load.type === "frame" });
  for (const [name, value] of Object.entries(load.attributes)) {
    if (/^(on|src|nonce)/i.test(name) || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  /** @type {any} */ (node)[CONSENT_KEY] = 1;
  const done = whenLoaded(node).then(() => {
    construct(load.construct);
    makeCalls(load.calls.filter((call) => call.loaded));
  });
  if (load.type === "script") {
    if (state._nonce) node.nonce = state._nonce;
    fillScript(/** @type {HTMLScriptElement} */ (node), address);
    if (together) together.push(node);
    else page.head.append(node);
  } else {
    node.src = address;
    if (load.type === "frame") page.body.append(node);
  }
  if (hasCalls) makeCalls(load.calls.filter((call) => !call.before && !call.loaded));
  return load.type === "script" ? done : undefined;
}
