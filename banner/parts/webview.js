/**
 * In a page of an app's webview, take the choice that the app has already asked for, before anything is decided:
 * docs/handover.md. Loaded only if the site has apps. A script of the page could set the object too; it is trusted no
 * more than the page.
 *
 * @typedef {import("../decision/choice.js").Choice} Choice
 */
import { saveQueue, waitingEntries } from "../choice/queue.js";
import { parseChoice } from "../choice/read_choice_cookie.js";
import { formatChoice } from "../decision/choice.js";
import { today } from "../decision/epoch_days.js";
import { joinChoices } from "../decision/join_choices.js";
import { quiet } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

const MAX_LENGTH = 4096;
/** The names of these fields of `state` after the build has shortened them. */
const [CHOICE, PAYLOAD] = Object.keys({ _choice: 0, _payload: 0 });

/** @type {Choice | null} */
let ours = null;
let since = "";

/** @param {(begin: () => void) => void} later */
export default function start(later) {
  const app = Reflect.get(window, "consentApp");
  if (!state._payload.apps || app === undefined) return;
  const problem = problemOf(app);
  if (problem) return later(() => addToDebug({ app: "ignored: " + problem }));
  ours = parseChoice(app.choice);
  if (app.subject) state._subject = app.subject;
  since = new Date().toISOString();
  override();
  parts.push({ complete: (action, _before, after) => (follow(after, app), action) });
  const markFirst = state._mark;
  state._mark = () => {
    markFirst?.();
    mark();
  };
  later(() => addToDebug({ app: "taken" }));
}

/**
 * Return what is wrong with the app's data, or an empty string.
 *
 * @param {any} app
 */
function problemOf(app) {
  const { v, site, choice, subject, post } = Object(app);
  if (v !== 1 || (post && typeof post !== "function")) return "it is of another form";
  if (site !== state._payload.visit.site) return "it is of another site";
  const texts = [choice, subject].filter((text) => text !== null && text !== undefined);
  if (texts.some((text) => typeof text !== "string") || texts.join("").length > MAX_LENGTH) return "it is too long, or no text";
  return choice && !parseChoice(choice) ? "its choice cannot be read" : "";
}

/** Use the app's choice in this page view, restricted by what the webview's cookies refuse. */
function override() {
  let held = state._choice;
  let payload = state._payload;
  // Precomputed decisions know no choice: treat each page as special, so that the script decides itself.
  const undecided = () => payload.ahead?.pages.push("/");
  undecided();
  Object.defineProperty(state, PAYLOAD, { configurable: true, get: () => payload, set: (value) => ((payload = value), undecided()) });
  Object.defineProperty(state, CHOICE, {
    configurable: true,
    get: () => (ours ? joinChoices(ours, held, /** @type {any} */ (state._payload.resolved), today()) : held),
    set: (value) => (held = value),
  });
}

/**
 * Use the visitor's choice in the page as the app's choice from now on, and pass it to the app.
 *
 * @param {Choice} after
 * @param {{post?: ((text: string) => unknown) | null}} app
 */
function follow(after, app) {
  ours = ours && after;
  void Promise.resolve().then(
    quiet(() => {
      const api = Reflect.get(window, "consent");
      app.post?.(JSON.stringify({ type: "consent:change", choice: formatChoice(after), account: api?.account?.() || null }));
    }),
  );
}

/** Mark choices made here, before they are sent, as coming from a page in an app. */
function mark() {
  const entries = waitingEntries();
  const fresh = entries.filter((entry) => !entry.channel && entry.method !== "gpc" && entry.chosen_at >= since);
  for (const entry of fresh) entry.channel = "webview";
  if (fresh.length) saveQueue(entries);
}

/** @param {{app: string}} more */
function addToDebug(more) {
  const api = Reflect.get(window, "consent");
  if (!api?.debug) return;
  const { debug } = api;
  api.debug = () => ({ ...debug(), ...more });
}
