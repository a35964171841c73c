/** The core of the script: start it, decide, show the layers, and watch the page for changes. */
import { fetchActsIfUndecided, evaluate } from "./decision/precomputed.js";
import { dispatchChange, installApi } from "./page/window_api.js";
import { withCookies } from "./choice/document_cookie.js";
import { refreshDecision } from "./choice/make_choice.js";
import { setConsentMode } from "./vendors/consent_mode.js";
import { paintLayer, restoreLayer } from "./ui/layers.js";
import { fillLinks } from "./ui/links.js";
import { CONSENT_KEY, nextTask, page, quiet } from "./page/safe_dom.js";
import { revealFocus } from "./ui/focus_scroll.js";
import { startLate, startParts, callLoadedParts, processNodes } from "./parts.js";
import { state } from "./state.js";
import { readItem } from "./choice/local_store.js";

/** @typedef {import("./types.js").Payload} Payload */

/** Start on this page, quietly. */
export default quiet(start);

/**
 * The payload comes with the script, or is fetched where the script came alone.
 *
 * @param {Payload | undefined} payload
 * @param {import("./parts.js").Start[] | undefined} given parts that came with it
 * @param {object} kit what parts take of the core
 * @param {typeof given} early parts that wait for nothing but the payload
 */
async function start(payload, given, kit, early) {
  if (/** @type {any} */ (window)[CONSENT_KEY]) return;
  /** @type {any} */ (window)[CONSENT_KEY] = 1;
  const script = /** @type {HTMLScriptElement | null} */ (page.currentScript);
  const source = script?.src || "";
  // The service's own address, which may itself end in `/b`, then `/b/`, the site's key, and perhaps the hash of code that comes alone.
  // A regular expression would take three times as long, on every page.
  const steps = source.split("#")[0].split("?")[0].split("/");
  const at = steps.lastIndexOf("b");
  state._base = at < 0 ? location.origin : steps.slice(0, at).join("/");
  state._age = script?.dataset.ageBand;
  state._nonce = script?.nonce;
  const decideFirst = (/** @type {Payload} */ payload) => {
    state._payload = payload;
    startParts(early, kit);
    if (early) evaluate(); // what holds more than is marked asks
    early = undefined;
    setConsentMode(state._decide && state._decision.groups); // what comes without what decides knows no choice yet
  };
  if (payload) decideFirst(payload);
  else setConsentMode();
  if (/** @type {any} */ (page).prerendering) {
    await new Promise((resolve) => page.addEventListener("prerenderingchange", resolve));
    if (payload) evaluate(); // the choice may have been made meanwhile
  }
  const language = page.documentElement.lang;
  // The service may answer in another language for this page.
  if (!payload || (language && language !== payload.visit.language && RegExp(`^(${payload.others})(-|$)`, "i").test(language) && !source.includes("language="))) {
    try {
      const asked = `${state._base}/api/v1/sites/${steps[at + 1].split(".")[0]}/decision?view=banner&language=${encodeURIComponent(language)}`;
      decideFirst((await (await fetch(asked, { credentials: "include" })).json()).banner);
    } catch {
      // What came with the script is better than nothing; without it all ends at the next step, and stays held.
    }
  }
  await withCookies(fetchActsIfUndecided);
  await withCookies(evaluate);
  setConsentMode(state._decision.groups);
  installApi();
  state._follow = quiet(follow);
  startParts(given, kit);
  fill(page); // before what waits begins, which does its own part of it
  startLate();
  watch();
  await paintLayer();
}

/** @param {Document | Element} root what is new in the page */
function fill(root) {
  fillLinks(root);
  processNodes(root);
}

async function follow() {
  setConsentMode(state._decision.groups);
  void paintLayer();
  await nextTask(); // the press of a button is painted before anything else takes the page's time
  callLoadedParts("follow");
  dispatchChange();
  fill(page);
}

/** Follow what may change while the page stands: its nodes, its route, other tabs, its own coming back. */
function watch() {
  let path = location.pathname;
  const again = quiet(refreshDecision);
  const fillNew = quiet(fill);
  const route = () => path !== (path = location.pathname) && again();
  new MutationObserver((records) => {
    route(); // history.pushState tells nobody, but a new route comes with new nodes
    restoreLayer();
    for (const { addedNodes } of records) for (const node of addedNodes) if (/** @type {Element} */ (node).matches && !(/** @type {any} */ (node)[CONSENT_KEY])) fillNew(/** @type {Element} */ (node));
  }).observe(document, { childList: true, subtree: true }); // which stands while document.open() takes all that is in it
  addEventListener("focusin", revealFocus);
  addEventListener("popstate", route);
  /** @type {any} */ (window).navigation?.addEventListener?.("currententrychange", route);
  page.addEventListener("visibilitychange", again);
  // As the page loads for the first time it has just been decided.
  addEventListener("pageshow", ({ persisted }) => persisted && again());
  // Another tab keeps its choice for sending in our storage, which the browser has to read for this. It can hardly do so while
  // this page has the focus; what was chosen meanwhile is read then.
  const listen = () => {
    addEventListener("storage", again);
    readItem("queue"); // WebKit tells of another tab's writing only who has read
    void again();
  };
  addEventListener("blur", listen);
  if (!page.hasFocus()) listen();
}
