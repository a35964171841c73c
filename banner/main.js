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

/** Start on this page; exceptions don't reach it. */
export default quiet(start);

/**
 * The payload comes with the script, or is fetched if the script came without one.
 *
 * @param {Payload | undefined} payload
 * @param {import("./parts.js").Start[] | undefined} given the parts that came with it
 * @param {object} kit the core's exports for the parts
 * @param {typeof given} early the parts that need only the payload
 */
async function start(payload, given, kit, early) {
  if (/** @type {any} */ (window)[CONSENT_KEY]) return;
  /** @type {any} */ (window)[CONSENT_KEY] = 1;
  const script = /** @type {HTMLScriptElement | null} */ (page.currentScript);
  const source = script?.src || "";
  // The address is the service's own, which may itself end in `/b`, then `/b/`, the site's key, and for code without a
  // payload perhaps its hash. A regular expression would take three times as long, on every page.
  const steps = source.split("#")[0].split("?")[0].split("/");
  const at = steps.lastIndexOf("b");
  state._base = at < 0 ? location.origin : steps.slice(0, at).join("/");
  state._age = script?.dataset.ageBand;
  state._nonce = script?.nonce;
  const decideFirst = (/** @type {Payload} */ payload) => {
    state._payload = payload;
    startParts(early, kit);
    if (early) evaluate(); // early parts may block more than marked content, and need the decision
    early = undefined;
    setConsentMode(state._decide && state._decision.groups); // without `acts`, no choice is known yet
  };
  if (payload) decideFirst(payload);
  else setConsentMode();
  if (/** @type {any} */ (page).prerendering) {
    await new Promise((resolve) => page.addEventListener("prerenderingchange", resolve));
    if (payload) evaluate(); // a choice may have been made in the meantime
  }
  const language = page.documentElement.lang;
  // The service may have this page's language as well.
  if (!payload || (language && language !== payload.visit.language && RegExp(`^(${payload.others})(-|$)`, "i").test(language) && !source.includes("language="))) {
    try {
      const asked = `${state._base}/api/v1/sites/${steps[at + 1].split(".")[0]}/decision?view=banner&language=${encodeURIComponent(language)}`;
      decideFirst((await (await fetch(asked, { credentials: "include" })).json()).banner);
    } catch {
      // The payload that came with the script is better than nothing; without one, the next step fails and everything
      // stays blocked.
    }
  }
  await withCookies(fetchActsIfUndecided);
  await withCookies(evaluate);
  setConsentMode(state._decision.groups);
  installApi();
  state._follow = quiet(follow);
  startParts(given, kit);
  fill(page); // before the deferred parts start, which process the page themselves
  startLate();
  watch();
  await paintLayer();
}

/** @param {Document | Element} root new content of the page */
function fill(root) {
  fillLinks(root);
  processNodes(root);
}

async function follow() {
  setConsentMode(state._decision.groups);
  void paintLayer();
  await nextTask(); // paint the button press before anything else blocks the page
  callLoadedParts("follow");
  dispatchChange();
  fill(page);
}

/**
 * Watch for changes while the page is open: its nodes, its route, other tabs, and its return from the back/forward
 * cache.
 */
function watch() {
  let path = location.pathname;
  const again = quiet(refreshDecision);
  const fillNew = quiet(fill);
  const route = () => path !== (path = location.pathname) && again();
  new MutationObserver((records) => {
    route(); // history.pushState fires no event, but a new route adds nodes
    restoreLayer();
    for (const { addedNodes } of records) for (const node of addedNodes) if (/** @type {Element} */ (node).matches && !(/** @type {any} */ (node)[CONSENT_KEY])) fillNew(/** @type {Element} */ (node));
  }).observe(document, { childList: true, subtree: true }); // the document itself survives document.open(), which removes all its content
  addEventListener("focusin", revealFocus);
  addEventListener("popstate", route);
  /** @type {any} */ (window).navigation?.addEventListener?.("currententrychange", route);
  page.addEventListener("visibilitychange", again);
  // On the first load, the decision has just been made.
  addEventListener("pageshow", ({ persisted }) => persisted && again());
  // Another tab puts its choice into our storage, which the browser has to load for this event. That can hardly happen
  // while this page has the focus; choices made before are read when listening starts.
  const listen = () => {
    addEventListener("storage", again);
    readItem("queue"); // WebKit only reports another tab's writes to pages that have read the storage
    void again();
  };
  addEventListener("blur", listen);
  if (!page.hasFocus()) listen();
}
