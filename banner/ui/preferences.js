/** Build the second layer: a native modal dialog with each group, its vendors and their cookies. */
import { answerAll, choose, isLocked } from "../choice/make_choice.js";
import { acts } from "../acts_payload.js";
import { OPTIONAL, own } from "../decision/groups.js";
import { element, page } from "../page/safe_dom.js";
import { addressOfEndpoint } from "../choice/queue.js";
import { newShadowHost } from "./shadow_host.js";
import { readItem } from "../choice/local_store.js";
import { layersCss } from "./styles.js";
import { callLoadedParts } from "../parts.js";
import { line, newLink, say, signalText } from "./texts.js";
import { state } from "../state.js";

/**
 * @typedef {{_vendor: string, _group: string, _node: HTMLElement, _switch: HTMLInputElement | ""}} Row One vendor in
 * one group; without a switch in the essential group.
 */

const CSS = `button{border:0;background:none;color:inherit;cursor:pointer}
dialog{width:min(42rem,100vw - 24px);margin:auto;color:inherit}
dialog.card{padding:0;gap:0}
dialog:not([open]){display:none}
dialog[open]{max-height:88%}
::backdrop{background:#0008}
.top,label{display:flex;align-items:center;justify-content:space-between;gap:12px}
.top{padding-block:12px;padding-inline:min(24px,5vw) 8px}
.words{padding:0 min(24px,5vw) 16px}
.acts{padding:16px min(24px,5vw);border-top:1px solid #8884;grid-template-columns:1fr 1fr 1fr;gap:10px}
.close{flex:none;width:44px;height:44px;font-size:24px;border-radius:var(--round)}
h2,h3{font-size:inherit;font-weight:600}
h2{min-width:0;font-size:min(18px,5vw);hyphens:auto;overflow-wrap:anywhere}
h3{flex:1 0 40%}
label:has(h3){flex-wrap:wrap;font-size:15px}
section{padding:16px 0;border-top:1px solid #8884}
section p{margin-top:4px}
.words>p{margin-bottom:12px}
a,summary{color:inherit;cursor:pointer}
summary{padding:4px 0;margin-top:4px;text-decoration:underline}
ul{padding:0}
li{display:block;padding:12px 0 0 12px;margin-top:8px;border-inline-start:2px solid #8884;overflow-wrap:anywhere}
a{display:inline-block;padding:3px 0}
table{width:100%;margin-top:8px;border-collapse:collapse;font-size:13px}
th,td{padding:4px 8px 4px 0;border-top:1px solid #8884;text-align:start;vertical-align:top}
input{flex:none;width:24px;height:24px;margin:0;accent-color:var(--accent)}
[role=switch]{appearance:none;width:40px;padding:2px;border:1px solid #767676;border-radius:12px;background:#767676;cursor:pointer}
[role=switch]:before{content:"";display:block;width:18px;height:18px;border-radius:9px;background:#fff}
[role=switch]:checked{background:var(--accent)}
[role=switch]:checked:before{margin-inline-start:16px;background:var(--on)}
[role=switch]:indeterminate:before{margin-inline-start:8px}
:disabled{opacity:.5}
@media(prefers-reduced-motion:no-preference){[role=switch]:before{transition:margin .15s}}
@media(max-width:32em){.top{padding-inline:16px 4px}.words,.acts{padding-inline:16px}.acts{grid-template-columns:1fr 1fr;padding-block:12px}.acts :last-child{grid-column:1/3!important}}
@media(max-height:20em){.words{overflow:visible;min-height:auto}}
@media(forced-colors:active){[role=switch]:before{background:CanvasText!important;forced-color-adjust:none}}`;

/** Separates parts of a line in every language: commas differ, and not all of them are followed by a space. */
const DOT = " \u00b7 ";

/** @type {HTMLElement | undefined} */
let host;
/** @type {Record<string, HTMLInputElement>} */
let switches;
/** @type {Row[]} */
let rows;
/** @type {Record<string, boolean>} vendors' own answers */
let answers;
/** @type {HTMLElement | undefined} */
let receipt;
/** The choice that the layer shows, as JSON. */
let shown = "";

/** Return the groups that this site asks about. */
function askedGroups() {
  return state._payload.asked || OPTIONAL;
}

/** Open the second layer; Escape and the close button close it without a choice. */
export function openPreferences() {
  if (state._open) return state._open();
  if (host?.isConnected) return;
  switches = {};
  rows = [];
  const dialog = newDialog();
  host = newShadowHost("div", {}, asButtons(layersCss) + CSS, dialog);
  // The answers look as on the first layer, whose buttons are outside its shadow root.
  const own = new CSSStyleSheet();
  own.replaceSync(asButtons(state._payload.look.css.match(/::slotted\(\[slot\]:nth[^}]*}/g)?.join("") || ""));
  const root = /** @type {ShadowRoot} */ (host.shadowRoot);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, own];
  page.head.after(host);
  showChoice();
  dialog.showModal();
  showFirstLayer(false);
  callLoadedParts("screen", dialog);
  return fillFacts();
}

/**
 * Return rules for slotted buttons as rules for the dialog's buttons.
 *
 * @param {string} css
 */
function asButtons(css) {
  return css.replaceAll("::slotted([slot]:nth", ".acts :is(button:nth").replaceAll("::slotted([slot])", ".acts :is(button)");
}

/**
 * Hide the first layer behind the second, or show it again before the dialog closes and returns the focus to a button
 * there.
 *
 * @param {boolean} isShown
 */
function showFirstLayer(isShown) {
  for (const layer of page.querySelectorAll("section[data-position]")) {
    const card = /** @type {HTMLElement | null | undefined} */ (layer.shadowRoot?.querySelector(".card"));
    if (card) card.style.display = isShown ? "" : "none";
  }
}

/** If the layer is open, show what has been chosen elsewhere in the meantime: *Save* would record what is shown. */
export function followChoice() {
  if (host?.isConnected && shown !== JSON.stringify(state._choice)) showChoice();
}

/** Offer the receipt that was just made, if nothing links to it, in place of an earlier one. */
export function offerReceipt() {
  // Nearly every page has none, and then no URL is parsed.
  receipt?.replaceChildren(state._unlinked ? newLink(`${state._base}/api/v1/receipts/${state._unlinked}/proof`, say("download")) : "");
}

function showChoice() {
  shown = JSON.stringify(state._choice);
  answers = { ...state._choice?.vendors };
  for (const group of askedGroups()) switches[group].checked = state._decision.groups[group].granted;
  showAnswers();
}

function newDialog() {
  const conflict = signalText("conflict");
  const hasReceipts = readItem("receipt") === "1";
  const proof = element("input", { type: "checkbox" });
  /** @type {HTMLDialogElement} */
  let dialog;
  const close = () => {
    showFirstLayer(true);
    dialog.close();
  };
  const act = (/** @type {string} */ key, /** @type {() => import("../choice/make_choice.js").Act} */ newAct = () => ({ _action: key, _groups: answerAll(key === "accept_all") })) =>
    element(
      "button",
      {
        click() {
          close();
          choose({ ...newAct(), _layer: 2, _told: conflict, _keepProof: proof.checked });
        },
      },
      say(key),
    );
  receipt = element("p");
  offerReceipt();
  const title = say("preferences_title");
  dialog = element(
    "dialog",
    { class: "card", "aria-label": title, cancel: () => showFirstLayer(true), close: () => host?.remove() },
    element(
      "div", // a header element would be the page's second banner for screen readers
      { class: "top" },
      element("h2", {}, title),
      element("button", { class: "close", "aria-label": say("close"), click: close }, "\u00d7"),
    ),
    element(
      "div",
      { class: "words", tabindex: "0" },
      element("p", {}, say("preferences_text"), " ", newLink(state._payload.policy, say("policy"))),
      line(state._decision.status && say("status")),
      line(conflict),
      ...["essential", ...askedGroups()].map(newGroup),
      element("section", {}, element("label", {}, say("keep_proof"), proof)),
      receipt,
      newLink(hasReceipts ? `${state._base}/r/${state._payload.visit.site}` : "", say("receipts")),
    ),
    askedGroups().length ? element("div", { class: "acts" }, act("accept_all"), act("reject_all"), act("save", newSavedAct)) : "",
  );
  return dialog;
}

/** @param {string} group */
function newGroup(group) {
  const { tags } = state._payload.resolved;
  const ids = tags.filter((tag) => tag.group === group && !tag.hold && !tag.tcf).map(({ vendor }) => vendor);
  const known = [...new Set(ids)];
  const others = known.filter((id) => tags.some(({ vendor, third }) => vendor === id && third));
  // The owner's own tools aren't partners, and are listed by name.
  const summary = others.length ? `${say("vendors")} (${others.length})` : known.map((id) => acts().vendors[id].name).join(", ");
  const isOptional = group !== "essential";
  const locked = isOptional && isLocked(group);
  const flip = () => {
    for (const { _vendor, _group } of rows) if (_group === group) delete answers[_vendor];
    showAnswers();
  };
  if (isOptional) switches[group] = newSwitch(locked, flip);
  const list = known.map((vendor) => newRow(vendor, group, locked));
  return element(
    "section",
    { "data-group": group }, // users' tools find it by this, whichever groups are asked about
    element("label", {}, element("h3", {}, say(group)), isOptional ? switches[group] : say("always_on")),
    element("p", {}, say(group + "_text"), " ", locked ? say("locked") : ""),
    list.length
      ? element("details", {}, element("summary", { "aria-label": summary + DOT + say(group) }, summary), element("ul", {}, ...list))
      : "",
  );
}

/**
 * @param {boolean} disabled
 * @param {() => void} change
 */
function newSwitch(disabled, change) {
  return element("input", { type: "checkbox", role: "switch", disabled, change });
}

/**
 * @param {string} id
 * @param {string} group
 * @param {boolean} locked
 */
function newRow(id, group, locked) {
  const flip = () => {
    answers[id] = !answerOf(id, group);
    showAnswers();
  };
  const answer = group === "essential" ? "" : newSwitch(locked, flip);
  const { name } = acts().vendors[id];
  const isLimited = state._payload.resolved.tags.some((tag) => tag.vendor === id && tag.group === group && tag.limited && !tag.hold);
  const told = line(isLimited && !locked && say("limited").split("{vendor}").join(name));
  const node = element("li", {}, element("label", {}, name, answer), told);
  rows.push({ _vendor: id, _group: group, _node: node, _switch: answer });
  return node;
}

/**
 * @param {string} vendor
 * @param {string} group
 */
function answerOf(vendor, group) {
  return own(answers, vendor) ?? switches[group].checked;
}

/** Set each vendor's switch to its own answer, else its group's. */
function showAnswers() {
  for (const { _switch, _vendor, _group } of rows) {
    if (_switch) _switch.checked = !isLocked(_group) && answerOf(_vendor, _group);
  }
  for (const group of askedGroups()) {
    switches[group].indeterminate = rows.some(({ _vendor, _group, _switch }) => _group === group && _switch && _switch.checked !== switches[group].checked);
  }
}

/** @returns {import("../choice/make_choice.js").Act} */
function newSavedAct() {
  const groups = Object.fromEntries(askedGroups().map((group) => [group, switches[group].checked]));
  /** @type {Record<string, boolean>} */
  const vendors = {};
  for (const { _vendor, _group, _switch } of rows) {
    if (_switch && answerOf(_vendor, _group) !== groups[_group]) vendors[_vendor] = answers[_vendor];
  }
  return { _action: "save", _groups: groups, _vendors: vendors };
}

/** Fetch each vendor's details: they are long and few visitors open them, so they don't come with the script. */
async function fillFacts() {
  const answer = await fetch(addressOfEndpoint("vendors?language=" + state._payload.visit.language));
  for (const { id, company, purposes, cookies, links } of (await answer.json()).vendors) {
    for (const { _vendor, _group, _node } of rows) {
      if (id !== _vendor) continue;
      _node.append(
        line([company, ...purposes.map((/** @type {{text: string}} */ { text }) => text)].join(DOT)),
        newTable(cookies.filter((/** @type {Record<string, string>} */ { group }) => group === _group)),
        ...links.map((/** @type {Record<string, string>} */ { url, text }) => element("p", {}, newLink(url, text))),
      );
    }
  }
}

/**
 * Return a table of a vendor's cookies, or an empty string if it has none.
 *
 * @param {Record<string, string>[]} cookies
 */
function newTable(cookies) {
  if (!cookies.length) return "";
  const head = ["name", "purpose", "lifetime"].map((column) => element("th", { scope: "col" }, say("cookie_" + column)));
  const lines = cookies.map(({ name, purpose, lifetime }) =>
    // Isolated: in right-to-left text, a leading underscore would move to the end of the name.
    element("tr", {}, element("td", {}, element("bdi", {}, name)), element("td", {}, purpose), element("td", {}, lifetime)),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...lines));
}
