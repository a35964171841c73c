/**
 * Decide where IAB Europe's framework applies, and encode the decision in its strings. The twin of `tcf_answer` in
 * consent/runtime/tcf_facts.py.
 *
 * @typedef {import("../types.js").Resolved} Resolved
 * @typedef {import("../types.js").Signals} Signals
 * @typedef {import("../types.js").Decision} Decision
 * @typedef {import("../decision/choice.js").Choice} Choice
 * @typedef {import("../vendors/tcf_choice.js").TcfChoice} TcfChoice
 */
import { decide } from "../decision/decide.js";
import { anyMatches } from "../decision/path_patterns.js";
import { answerTags, besideChoice, grants, isOver, masked, offeredBy, parseTcf, showOf } from "../vendors/tcf_choice.js";
import { readSet } from "../vendors/tcf_sets.js";
import { additionalConsent, tcString } from "../vendors/tcf_strings.js";

/**
 * Return the decision, and the choice of purposes and vendors that accompanies that of groups. `text` is the second
 * cookie.
 *
 * @param {Resolved} resolved its tags are modified
 * @param {number} day
 * @param {Signals} signals
 * @param {Choice | null} choice
 * @param {string | null} path
 * @param {string | undefined} text
 * @returns {{decision: Decision, tcf: TcfChoice | null}}
 */
export function decideWithTcf(resolved, day, signals, choice, path, text) {
  if (!resolved.tcf) return { decision: decide(resolved, day, signals, choice, path), tcf: null };
  const { sensitive } = resolved;
  const isSensitive = sensitive === true || !!(sensitive && sensitive.length && (path === null || anyMatches(sensitive, path)));
  const tcf = besideChoice(choice, parseTcf(text));
  answerTags(resolved, choice, tcf, isSensitive);
  const decision = decide(resolved, day, signals, choice, path);
  return { decision: { ...decision, show: showOf(resolved, day, decision, signals, choice, tcf) }, tcf };
}

/**
 * Return the framework's part of a decision.
 *
 * @param {any} facts the site's facts in the strings
 * @param {Resolved & {applies?: boolean}} resolved
 * @param {number} day
 * @param {Choice | null} choice
 * @param {TcfChoice | null} tcf
 * @param {Decision} decision
 */
export function tcfAnswer(facts, resolved, day, choice, tcf, decision) {
  const answer = { gdpr_applies: !!resolved.applies, cmp_id: facts.cmp[0], cmp_version: facts.cmp[1], version: facts.list[0], policy: facts.list[1] };
  if (!resolved.applies) return answer;
  const offer = resolved.tcf;
  const stands = offer && choice && tcf && offer.keys.includes(tcf._key) && !(grants(tcf) && isOver(resolved, day, choice));
  if (!stands) return { ...answer, string: null };
  const offered = offeredBy(offer);
  const granted = masked(offered.map((all, index) => readSet(tcf._sets[index], all)), decision.groups, false);
  const google = additionalConsent(offered, granted);
  return { ...answer, string: tcString(facts, tcf, granted), ...(google && { additional_consent: google }) };
}
