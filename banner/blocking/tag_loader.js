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

/** Scripts that are added to the page at once, while they are gathered. @type {HTMLElement[] | undefined} */
let together;

/**
 * Load every tag that may run, has not, and waits for nothing in the page: the first of each vendor now, and each that follows
 * it once that has come. What the site's server has written into the page as `data-tag` runs already; its vendor is notified
 * and counted as any other.
 */
export function loadTags() {
  together = [];
  const written = findAll(page, "[data-tag]").map((node) => node.dataset.tag);
  for (const { id, vendor, mode, trigger } of state._decision.tags) {
    const load = own(acts().tags, id);
    const isWritten = has(written, id);
    if (!load || (load.type === "marked" && !isWritten) || state._loaded.has(id) || mode === "held" || (trigger && !isWritten && !state._isDue?.(id))) continue;
    state._loaded.add(id);
    // Between the decision and its turn, the visitor may have changed their mind.
    const mayRun = () => !!firstOf(state._decision.tags, (tag) => tag.id === id && tag.mode !== "held");
    /** @param {string} [now] the mode, where it was just decided */
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
  // In a microtask with nothing of ours on the stack: where a request begins, Chromium may parse each function there again.
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
  // Of the most common tag, a script without attributes or calls, nothing is done that it has not: here all runs for the first time.
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
