/**
 * Provide the contents of a layer, for pages that draw their own.
 *
 * @typedef {import("../../static/consent").Layer} Layer
 * @typedef {import("../../static/consent").LayerGroup} LayerGroup
 * @typedef {import("../../static/consent").LayerVendor} LayerVendor
 * @typedef {import("../../static/consent").LayerText} Text
 * @typedef {import("../types.js").Decision} Decision
 */
import { isLocked } from "../choice/make_choice.js";
import { addressOfEndpoint } from "../choice/queue.js";
import { readItem } from "../choice/local_store.js";
import { OPTIONAL, own } from "../decision/groups.js";
import { webAddress } from "../page/safe_dom.js";
import { say, signalText } from "./texts.js";
import { state } from "../state.js";

/**
 * Return the contents of the layer `level` under `decision`.
 *
 * @param {1 | 2} level
 * @param {Decision} decision
 * @returns {Promise<Layer>}
 */
export async function layerFacts(level, decision) {
  const { visit, direction = "ltr", resolved } = state._payload;
  const { place, regime, rules_version, language } = visit;
  const isNotice = level === 1 && decision.show === "notice";
  const groups = groupsOf(level, decision);
  if (level === 2) await addDetails(groups);
  const [title, paragraphs, buttons] = level === 2 ? secondLayer() : isNotice ? notice() : firstLayer();
  const signal = signalText(isNotice ? "active" : "conflict");
  return {
    level,
    show: decision.show,
    language,
    direction: /** @type {"ltr" | "rtl"} */ (direction),
    label: say("label"),
    title: say(title),
    paragraphs,
    notes: [decision.status ? say("status") : "", signal].filter(Boolean),
    groups,
    buttons: buttons.map(([action, key]) => ({ action, label: say(key) })),
    back: say("back"),
    keep_proof: level === 2 ? say("keep_proof") : "",
    receipts: level === 2 && readItem("receipt") === "1" ? { text: say("receipts"), url: `${state._base}/r/${visit.site}` } : null,
    why: { place, regime, rules_version, rule: resolved.rule || "" },
  };
}

/** @typedef {[title: string, paragraphs: Text[][], buttons: [import("../../static/consent").Action, string][]]} Parts */

/** @returns {Parts} */
function firstLayer() {
  const paragraphs = paragraphsOf(state._payload.words);
  return ["title", paragraphs, [["accept_all", "accept_all"], ["reject_all", "reject_all"], ["open", "settings"]]];
}

/** @returns {Parts} */
function notice() {
  const words = own(state._payload.linked, "notice") || [[say("notice")]];
  return ["notice_title", paragraphsOf(words), [["opt_out", "opt_out"], ["dismiss", "dismiss"], ["open", "settings"]]];
}

/** @returns {Parts} */
function secondLayer() {
  const policy = webAddress(state._payload.policy);
  const paragraph = [{ text: say("preferences_text") }, ...(policy ? [{ text: say("policy"), url: policy }] : [])];
  const isAsked = (state._payload.asked || OPTIONAL).length;
  const answers = isAsked ? [["accept_all", "accept_all"], ["reject_all", "reject_all"], ["save", "save"]] : [];
  return ["preferences_title", [paragraph], /** @type {Parts[2]} */ ([...answers, ["close", "close"]])];
}

/**
 * Return text that comes in pieces as paragraphs; a piece is a link, emphasized, or plain; the button that opens the list of
 * partners is plain, since the layer has a button of its own for that.
 *
 * @param {[string, string?][]} pieces
 */
function paragraphsOf(pieces) {
  /** @type {Text[][]} */
  const paragraphs = [[]];
  for (const [text, kind] of pieces) {
    const last = paragraphs[paragraphs.length - 1];
    if (kind === "p") paragraphs.push([]);
    else if (kind?.[1]) last.push({ text, url: webAddress(kind) });
    else last.push(kind && kind !== "v" ? { text, strong: true } : { text });
  }
  return paragraphs.filter((paragraph) => paragraph.length);
}

/**
 * Return the groups that a layer lists, with the decision for each.
 *
 * @param {1 | 2} level
 * @param {Decision} decision
 * @returns {LayerGroup[]}
 */
export function groupsOf(level, decision = state._decision) {
  const asked = state._payload.asked || OPTIONAL;
  return [...(level === 2 ? ["essential"] : []), ...asked].map((group) => {
    const { granted, reason, rule = "" } = decision.groups[group];
    const isEssential = group === "essential";
    return {
      group: /** @type {LayerGroup["group"]} */ (group),
      name: say(group),
      text: say(group + "_text"),
      granted,
      reason: /** @type {LayerGroup["reason"]} */ (reason),
      rule,
      always_on: isEssential ? say("always_on") : "",
      locked: !isEssential && isLocked(group) ? say("locked") : "",
      vendors: vendorsOf(group),
    };
  });
}

/**
 * @param {string} group
 * @returns {LayerVendor[]}
 */
function vendorsOf(group) {
  const { acts, resolved } = state._payload;
  const tags = resolved.tags?.filter((tag) => tag.group === group && !tag.hold) || [];
  return [...new Set(tags.map(({ vendor }) => vendor))].map((id) => {
    const { name } = acts.vendors[id];
    const isLimited = tags.some((tag) => tag.vendor === id && tag.limited);
    const granted = state._choice?.vendors[id] ?? null;
    return { id, name, granted, limited: isLimited ? say("limited").split("{vendor}").join(name) : "", company: "", purposes: [], cookies: [], links: [] };
  });
}

/**
 * Add each vendor's company, purposes, cookies and links.
 *
 * @param {LayerGroup[]} groups
 */
async function addDetails(groups) {
  const answer = await fetch(addressOfEndpoint("vendors?language=" + state._payload.visit.language));
  const { vendors } = /** @type {{vendors: any[]}} */ (await answer.json());
  for (const { group, vendors: named } of groups) {
    for (const vendor of named) {
      const facts = vendors.find(({ id }) => id === vendor.id);
      if (!facts) continue;
      const { company, purposes, cookies, links } = facts;
      vendor.company = company;
      vendor.purposes = purposes.map((/** @type {{text: string}} */ { text }) => text);
      vendor.cookies = cookies.filter((/** @type {{group: string}} */ cookie) => cookie.group === group).map((/** @type {Record<string, string>} */ { name, purpose, lifetime }) => ({ name, purpose, lifetime }));
      vendor.links = links;
    }
  }
}
