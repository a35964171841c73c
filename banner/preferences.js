/** The second layer: a native modal dialog with each group, its vendors and what they keep. */
import { choose } from "./change.js";
import { answerAll, isLocked } from "./choose.js";
import { OPTIONAL, own } from "./groups.js";
import { element, page } from "./page.js";
import { addressOf } from "./queue.js";
import { newShell } from "./shell.js";
import { recall } from "./store.js";
import { preferencesCss } from "./styles.js";
import { newLink, policyLink, say, signalText, vendorIds } from "./text.js";
import { state } from "./state.js";

/**
 * @typedef {object} Row One vendor in one group.
 * @property {string} _vendor
 * @property {string} _group
 * @property {HTMLElement} _node
 * @property {HTMLInputElement | ""} _switch none in the essential group
 */

/** @type {HTMLElement | undefined} */
let host;
/** @type {Record<string, HTMLInputElement>} */
let switches;
/** @type {Row[]} */
let rows;
/** @type {Record<string, boolean>} answers of their own that vendors have */
let answers;

/** Open the second layer; Escape and the cross close it without a choice. */
export function openPreferences() {
  if (host?.isConnected) return;
  switches = {};
  rows = [];
  answers = { ...state._choice?.vendors };
  const dialog = newDialog();
  host = newShell("div", {}, preferencesCss, dialog);
  page.body.append(host);
  showAnswers();
  dialog.showModal();
  return fillFacts();
}

function newDialog() {
  const conflict = signalText("conflict");
  const proof = element("input", { type: "checkbox" });
  const texts = [state._decision.status && say("status"), conflict];
  const notes = texts.map((text) => text && element("p", { class: "note" }, text));
  const close = () => dialog.close();
  /** @type {(key: string, newAct: () => import("./choose.js").Act) => HTMLElement} */
  const act = (key, newAct) => {
    const click = () => {
      close();
      choose({ ...newAct(), _layer: 2, _told: conflict, _keepProof: proof.checked });
    };
    return element("button", { click }, say(key));
  };
  const head = element("header", {}, element("h2", {}, say("preferences_title")));
  head.append(element("button", { class: "close", "aria-label": say("close"), click: close }, "\u00d7"));
  const words = element("div", { class: "words", tabindex: 0 });
  words.append(element("p", {}, say("preferences_text"), " ", policyLink()), ...notes.map((note) => note || ""), ...["essential", ...OPTIONAL].map(newGroup));
  words.append(element("label", { class: "note head" }, say("keep_proof"), proof));
  const hasReceipts = recall("receipt")?.includes('"linked":true');
  words.append(newLink(hasReceipts ? `${state._base}/r/${state._payload.site}` : "", say("receipts")));
  const acts = element("div", { class: "acts" });
  acts.append(
    act("accept_all", () => answerAll("accept_all", true)),
    act("reject_all", () => answerAll("reject_all", false)),
    act("save", newSavedAct),
  );
  const label = { class: "card", "aria-label": say("preferences_title"), close: () => host?.remove() };
  const dialog = element("dialog", label, head, words, acts);
  return dialog;
}

/** @param {string} group */
function newGroup(group) {
  const vendors = vendorIds(group);
  const isOptional = group !== "essential";
  const locked = isOptional && isLocked(group);
  if (isOptional) switches[group] = newSwitch(locked, showAnswers);
  if (isOptional) switches[group].checked = state._decision.groups[group].granted;
  const list = element("details", {}, element("summary", {}, `${say("vendors")} (${vendors.length})`));
  list.append(element("ul", {}, ...vendors.map((vendor) => newRow(vendor, group, locked))));
  return element(
    "section",
    {},
    element("label", { class: "head" }, element("h3", {}, say(group)), isOptional ? switches[group] : say("always_on")),
    element("p", {}, say(group + "_text"), " ", locked ? say("locked") : ""),
    vendors.length ? list : "",
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
  const { name, company, privacy_url, opt_out_url } = state._payload.vendors[id];
  const flip = () => {
    answers[id] = !answerOf(id, group);
    showAnswers();
  };
  const answer = group === "essential" ? "" : newSwitch(locked, flip);
  const label = element("label", { class: "head" }, company === name ? name : `${name} (${company})`, answer);
  const links = [newLink(privacy_url, say("vendor_policy", name)), " ", newLink(opt_out_url, say("vendor_opt_out", name))];
  const node = element("li", {}, label, ...links);
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

/** Let each vendor's switch show its own answer, else its group's. */
function showAnswers() {
  for (const { _switch, _vendor, _group } of rows) {
    if (_switch) _switch.checked = !isLocked(_group) && answerOf(_vendor, _group);
  }
}

/** @returns {import("./choose.js").Act} */
function newSavedAct() {
  const groups = Object.fromEntries(OPTIONAL.map((group) => [group, switches[group].checked]));
  /** @type {Record<string, boolean>} */
  const vendors = {};
  for (const { _vendor, _group, _switch } of rows) {
    if (_switch && answerOf(_vendor, _group) !== groups[_group]) vendors[_vendor] = answers[_vendor];
  }
  return { _action: "save", _groups: groups, _vendors: vendors };
}

/** Fetch what each vendor does and keeps: long, and asked for by few, so it does not come with the script. */
async function fillFacts() {
  const answer = await fetch(addressOf("vendors?language=" + state._payload.language));
  const { vendors } = await answer.json();
  for (const { _vendor, _group, _node } of rows) {
    for (const { id, purposes, cookies } of vendors) {
      if (id !== _vendor) continue;
      _node.append(element("p", {}, purposes.map((/** @type {{text: string}} */ purpose) => purpose.text).join(", ")));
      for (const { group, name, purpose, lifetime } of cookies) {
        if (group === _group) _node.append(element("p", {}, [name, purpose, lifetime].filter(Boolean).join(" \u00b7 ")));
      }
    }
  }
}
