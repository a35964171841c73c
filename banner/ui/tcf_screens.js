/**
 * Fill the second layer with what IAB Europe's framework requires: purposes, special features and vendors, each with
 * its own switch, objections to legitimate interests, and the list's own texts (TCF Policies, appendix B). Groups
 * remain the short way to choose.
 *
 * @typedef {import("../vendors/tcf_sets.js").Flags} Flags
 *
 * @typedef {object} Text
 * @property {string} name
 * @property {string} description
 * @property {string[]} [illustrations]
 *
 * @typedef {object} Vendor
 * @property {number} id
 * @property {string} name
 * @property {number[]} purposes by consent
 * @property {number[]} interests purposes by legitimate interest
 * @property {number[]} special_purposes
 * @property {number[]} features
 * @property {number[]} special_features
 * @property {number[]} data
 * @property {{standard: number | null, purposes: Record<string, number>, special_purposes: Record<string, number>}} retention days
 * @property {boolean} cookies
 * @property {number | null} max_age s
 * @property {boolean} refreshed
 * @property {boolean} other_storage
 * @property {{lang: string, privacy: string, claim: string | null}[]} urls
 * @property {string | null} disclosure
 *
 * @typedef {object} Listed
 * @property {string} lang
 * @property {Record<string, Text>} purposes
 * @property {Record<string, Text>} special_purposes
 * @property {Record<string, Text>} features
 * @property {Record<string, Text>} special_features
 * @property {Record<string, Text>} data_categories
 *
 * @typedef {"purposes" | "special_purposes" | "features" | "special_features"} Kind
 */
import { OPTIONAL } from "../decision/groups.js";
import { element } from "../page/safe_dom.js";
import { newPagedList } from "./tcf_paged_list.js";
import { line, newLink, say } from "./texts.js";
import { groupOf } from "../vendors/tcf_choice.js";
import { idsOf } from "../vendors/tcf_sets.js";
import { state } from "../state.js";

const [PURPOSES, INTERESTS, FEATURES, VENDORS, VENDOR_INTERESTS, GOOGLE] = [0, 1, 2, 3, 4, 5];
const DAY_S = 86_400;
const DOT = " \u00b7 ";
const CSS = `.tcf h3{font-size:16px}h4{flex:1 0 60%;font-size:inherit;font-weight:600}.tcf label{padding-top:8px}.tcf details{margin-bottom:8px}\
.tcf input[type=search]{width:100%;height:44px;padding:0 8px;font:inherit;color:inherit;background:none;border:1px solid #767676;border-radius:var(--round)}\
.jump{display:flex;flex-wrap:wrap;gap:0 16px}.jump button,.more{padding:8px 0;font:inherit;text-decoration:underline}.tcf dt{font-weight:600;margin-top:8px}.tcf dd{margin:0}`;

/** @type {HTMLDialogElement} */
let dialog;
/** @type {Listed} */
let listed;
/** @type {Vendor[]} */
let vendors;
/** @type {Flags[]} */
let offered;
/** @type {Flags[]} what would be saved */
let chosen;
/** The choice when it was last read, as JSON. */
let shown = "";
/** Whether vendors were chosen individually; until then they follow the purposes. */
let isPicked = false;
/** @type {[input: HTMLInputElement, set: number, id: number][]} */
let switches = [];

/**
 * Fill `opened`, the second layer.
 *
 * @param {HTMLDialogElement} opened
 */
export async function fillScreens(opened) {
  const { more } = /** @type {import("../types.js").TcfFacts} */ (state._payload.tcf);
  const [texts, list] = await Promise.all(more.map(async (path) => (await fetch(state._base + path)).json()));
  if (!opened.open) return;
  dialog = opened;
  listed = texts;
  vendors = list.vendors;
  switches = [];
  shown = "";
  offered = tcf()._offered();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  const root = /** @type {ShadowRoot} */ (dialog.getRootNode());
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  place(list.google);
  followGroups();
  dialog.addEventListener("click", take, true);
  showChosen();
}

function tcf() {
  return /** @type {import("../vendors/tcf_state.js").TcfState} */ (state._tcf);
}

/** Show the current choice if it has changed since it was last shown; unsaved switches stay as they are. */
export function showChosen() {
  if (!dialog?.open) return;
  const found = tcf()._chosen();
  if (shown === (shown = JSON.stringify(found))) return;
  chosen = found.map((ids) => ({ ...ids }));
  isPicked = ![0, idsOf(offered[VENDORS]).length].includes(idsOf(chosen[VENDORS]).length);
  refresh();
}

/**
 * Put everything after the groups, with buttons above them that jump there.
 *
 * @param {{id: number, name: string, policy_url: string}[]} google
 */
function place(google) {
  const sections = [
    newSection("purposes", "", ...idsByKind("purposes").map((id) => newPurpose(id))),
    newSection("special_features", "", ...idsByKind("special_features").map((id) => newChoice("special_features", id, FEATURES))),
    newSection("special_purposes", "no_objection", ...idsByKind("special_purposes").map((id) => newFact("special_purposes", id))),
    newSection("features", "no_choice", ...idsByKind("features").map((id) => newFact("features", id))),
    newSection("vendors", "follow", newPagedList(vendors, newVendor, say("tcf_find"), say("tcf_more"))),
    google.length ? newSection("google", "google_text", newPagedList(google, newProvider, say("tcf_find"), say("tcf_more"))) : "",
    newSection("own", "own_text"),
  ].filter((one) => one instanceof HTMLElement);
  const holder = element("div", { class: "tcf" }, ...sections);
  const groups = dialog.querySelectorAll("[data-group]");
  groups[groups.length - 1].after(holder);
  const jumps = /** @type {HTMLElement[]} */ (sections).map((one) => {
    const title = /** @type {HTMLElement} */ (one.querySelector("h3"));
    const jump = () => {
      title.focus();
      one.scrollIntoView();
    };
    return element("button", { click: jump }, title.textContent || "");
  });
  groups[0].before(element("div", { class: "jump" }, ...jumps));
}

/**
 * @param {string} part
 * @param {string} about the key of a sentence about it, or an empty string
 * @param {(Node | string)[]} content
 */
function newSection(part, about, ...content) {
  if (!content.length && part !== "own") return "";
  const count = part === "vendors" ? ` (${vendors.length})` : "";
  const text = about && say("tcf_" + about).replace("{months}", String(state._payload.tcf?.months)).replaceAll("{name}", "consent_" + state._payload.visit.site);
  return element("section", { "data-part": part }, element("h3", { tabindex: "-1" }, say(part === "vendors" ? part : "tcf_" + part) + count), ...(text ? [line(text)] : []), ...content);
}

/** @param {Kind} kind */
function idsByKind(kind) {
  return Object.keys(listed[kind]).map(Number);
}

/**
 * Return an element with a text of the list, which may be in another language.
 *
 * @param {"h4" | "p" | "li" | "span"} name
 * @param {string} text
 */
function ofList(name, text) {
  return element(name, { lang: listed.lang }, text);
}

/**
 * @param {number} set
 * @param {number} id
 * @param {string} [label] its name, if its label doesn't say it
 */
function newSwitch(set, id, label) {
  const change = (/** @type {Event} */ { target }) => flip(set, id, /** @type {HTMLInputElement} */ (target).checked);
  const input = element("input", { type: "checkbox", role: "switch", "aria-label": label, change });
  const group = set <= INTERESTS && groupOf(id);
  input.disabled = !!group && state._decision.groups[group].reason === "minor";
  switches.push([input, set, id]);
  return input;
}

/** @param {number} id */
function newPurpose(id) {
  const node = newChoice("purposes", id, PURPOSES);
  if (!offered[INTERESTS][id]) return node;
  const { name } = listed.purposes[id];
  const label = element("label", {}, say("tcf_interest"), newSwitch(INTERESTS, id, say("tcf_interest") + DOT + name));
  node.insertBefore(label, node.querySelector("details"));
  return node;
}

/**
 * @param {Kind} kind
 * @param {number} id
 * @param {number} set
 */
function newChoice(kind, id, set) {
  const node = newFact(kind, id);
  if (offered[set][id]) node.prepend(element("label", {}, .../** @type {Node[]} */ ([node.firstChild, newSwitch(set, id)])));
  return node;
}

/**
 * Return an entry of the list: its name, and its meaning, with examples and the vendors that use it.
 *
 * @param {Kind} kind
 * @param {number} id
 */
function newFact(kind, id) {
  const { name, description, illustrations = [] } = listed[kind][id];
  const who = vendors.filter((vendor) => vendor[kind].includes(id) || (kind === "purposes" && vendor.interests.includes(id)));
  const summary = say("tcf_details") + DOT + say("tcf_count").replace("{count}", String(who.length));
  const details = newDetails(summary, name, () => [
    ofList("p", description),
    ...(illustrations.length ? [line(say("tcf_examples")), element("ul", {}, ...illustrations.map((one) => ofList("li", one)))] : []),
    line(who.map((vendor) => vendor.name).join(DOT)),
  ]);
  return element("div", { ["data-" + kind]: String(id) }, ofList("h4", name), details);
}

/**
 * Return a details element whose contents are built when it is opened.
 *
 * @param {string} summary
 * @param {string} name of what it describes
 * @param {() => (Node | string)[]} make
 */
function newDetails(summary, name, make) {
  const fill = () => details.children.length > 1 || details.append(...make());
  const details = element("details", { toggle: fill }, element("summary", { "aria-label": summary + DOT + name }, summary));
  return details;
}

/** @param {Vendor} vendor */
function newVendor(vendor) {
  const { id, name } = vendor;
  const node = element("li", { "data-vendor-id": String(id) }, element("label", {}, name, offered[VENDORS][id] ? newSwitch(VENDORS, id) : ""));
  if (offered[VENDOR_INTERESTS][id]) node.append(element("label", {}, say("tcf_interest"), newSwitch(VENDOR_INTERESTS, id, say("tcf_interest") + DOT + name)));
  node.append(newDetails(say("tcf_details"), name, () => factsOf(vendor)));
  show(switches.slice(-2));
  return node;
}

/** @param {{id: number, name: string, policy_url: string}} provider */
function newProvider({ id, name, policy_url }) {
  const node = element("li", {}, element("label", {}, name, newSwitch(GOOGLE, id)), newLink(policy_url, say("policy")));
  show(switches.slice(-1));
  return node;
}

/**
 * Return what the list says about a vendor.
 *
 * @param {Vendor} vendor
 */
function factsOf({ purposes, interests, special_purposes, features, special_features, data, retention, cookies, max_age, refreshed, other_storage, urls, disclosure }) {
  const kept = (/** @type {"purposes" | "special_purposes"} */ kind) => (/** @type {number} */ id) => {
    const days = retention[kind][id] ?? retention.standard;
    return listed[kind][id].name + (days === null ? "" : ` (${say("tcf_kept").replace("{time}", daysOf(days))})`);
  };
  const named = (/** @type {"features" | "special_features" | "data_categories"} */ kind) => (/** @type {number} */ id) => listed[kind][id].name;
  const age = max_age === null ? "" : max_age > 0 ? say("tcf_max_age").replace("{time}", daysOf(Math.ceil(max_age / DAY_S))) : say("session_lifetime");
  const storage = [cookies && say("tcf_cookies"), cookies && age, cookies && refreshed && say("tcf_refreshed"), other_storage && say("tcf_other_storage")];
  const { visit } = state._payload;
  const { privacy, claim } = urls.find(({ lang }) => `${visit.language}-`.toLowerCase().startsWith(`${lang}-`.toLowerCase())) || urls[0] || {};
  /** @type {[string, string[]][]} */
  const facts = [
    ["by_consent", purposes.map(kept("purposes"))],
    ["by_interest", interests.map(kept("purposes"))],
    ["special_purposes", special_purposes.map(kept("special_purposes"))],
    ["features", features.map(named("features"))],
    ["special_features", special_features.map(named("special_features"))],
    ["data", data.map(named("data_categories"))],
  ];
  const entries = facts.filter(([, values]) => values.length).flatMap(([key, values]) => [element("dt", {}, say("tcf_" + key)), ...values.map((one) => element("dd", { lang: listed.lang }, one))]);
  const stored = storage.filter(Boolean).join(DOT);
  const links = [newLink(privacy, say("policy")), newLink(claim, say("tcf_claim")), newLink(disclosure, say("tcf_disclosure"))];
  return [
    element("dl", {}, ...entries, ...(stored ? [element("dt", {}, say("tcf_storage")), element("dd", {}, stored)] : [])),
    ...links.filter((one) => one instanceof HTMLElement).map((one) => element("p", {}, /** @type {HTMLElement} */ (one))),
  ];
}

/** @param {number} days */
function daysOf(days) {
  return new Intl.NumberFormat(state._payload.visit.language, { style: "unit", unit: "day", unitDisplay: "long" }).format(days);
}

/**
 * @param {number} set
 * @param {number} id
 * @param {boolean} isOn
 */
function flip(set, id, isOn) {
  chosen[set][id] = isOn;
  if (set === VENDORS) isPicked = true;
  refresh();
}

/** Make a group's switch set its purposes: it is the short way to answer the same. */
function followGroups() {
  for (const group of OPTIONAL) {
    const input = switchOf(group);
    input?.addEventListener("change", ({ isTrusted }) => {
      if (!isTrusted) return; // dispatched by us, below
      const ids = (/** @type {number} */ set) => idsOf(offered[set]).filter((id) => groupOf(id) === group);
      for (const set of [PURPOSES, INTERESTS]) for (const id of ids(set)) chosen[set][id] = input.checked;
      if (offered[PURPOSES][1]) chosen[PURPOSES][1] = idsOf(chosen[PURPOSES]).some((id) => id > 1);
      refresh();
    });
    const section = input?.closest("section");
    const list = section?.querySelector("details");
    if (list) list.before(line(say("tcf_outside")));
  }
  // The layer resets its own switches after each change of one.
  dialog.addEventListener("change", refresh);
}

/**
 * @param {string} group
 * @returns {HTMLInputElement | null}
 */
function switchOf(group) {
  return dialog.querySelector(`[data-group=${group}] label input`);
}

/** Update each switch to the choice, and each group's switch to whether all or some of its purposes are chosen. */
function refresh() {
  if (!isPicked) chosen[VENDORS] = idsOf(chosen[PURPOSES]).length ? { ...offered[VENDORS] } : {};
  show(switches);
  const groups = OPTIONAL.map((group) => ({ input: switchOf(group), ids: idsOf(offered[PURPOSES]).filter((id) => groupOf(id) === group) }));
  const own = groups.filter(({ input, ids }) => input && !input.disabled && ids.length);
  const isAll = (/** @type {number[]} */ ids) => ids.every((id) => chosen[PURPOSES][id]) && !!(chosen[PURPOSES][1] || !offered[PURPOSES][1]);
  for (const { input, ids } of own) {
    if (!input || input.checked === isAll(ids)) continue;
    input.checked = !input.checked;
    input.dispatchEvent(new Event("change")); // vendors outside the framework follow their group
  }
  for (const { input, ids } of own) {
    const section = /** @type {Element} */ (input?.closest("section"));
    const others = /** @type {NodeListOf<HTMLInputElement>} */ (section.querySelectorAll("li input"));
    const isPartly = !isAll(ids) && ids.some((id) => chosen[PURPOSES][id]);
    const isMixed = isPartly || [...others].some((one) => one.checked !== isAll(ids));
    /** @type {HTMLInputElement} */ (input).indeterminate = isMixed;
    sayPartly(/** @type {HTMLElement} */ (section.querySelector("h3")), isMixed);
  }
}

/** @param {typeof switches} some */
function show(some) {
  for (const [input, set, id] of some) input.checked = !input.disabled && !!chosen?.[set][id];
}

/**
 * @param {HTMLElement} title
 * @param {boolean} isPartly
 */
function sayPartly(title, isPartly) {
  const told = title.querySelector("span");
  if (isPartly && !told) title.append(element("span", {}, DOT + say("tcf_partly")));
  if (!isPartly) told?.remove();
}

/**
 * Pass on the choice if it is saved; the other two answers mean all or nothing.
 *
 * @param {Event} event
 */
function take({ target }) {
  const buttons = [...dialog.querySelectorAll(".acts button")];
  const at = buttons.indexOf(/** @type {Element} */ (target));
  if (at >= 0) tcf()._next = at === buttons.length - 1 ? chosen : undefined;
}
