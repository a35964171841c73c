/**
 * Hold optional tags while something that may refuse them is unresolved: a join with an account, a choice from another
 * domain.
 *
 * @typedef {import("../types.js").Decision} Decision
 */
import { state } from "../state.js";

/** The name of this field of `state` after the build has shortened it. */
const [DECISION] = Object.keys({ _decision: 0 });

/**
 * Make `state` report that nothing optional is granted as long as `isHeld` returns true.
 *
 * @param {(decision: Decision) => boolean} isHeld gets the decision without the hold
 * @param {boolean} [asks] whether to show a layer in the meantime, as without the hold
 */
export function holdWhile(isHeld, asks) {
  let decision = state._decision;
  const before = Object.getOwnPropertyDescriptor(state, DECISION);
  const get = before?.get?.bind(state) || (() => decision);
  const set = before?.set?.bind(state) || ((/** @type {Decision} */ value) => (decision = value));
  Object.defineProperty(state, DECISION, { configurable: true, get: () => (get() && isHeld(get()) ? held(get(), asks) : get()), set });
}

/**
 * Return `decision` with nothing optional granted.
 *
 * @param {Decision} decision
 * @param {boolean} [asks]
 * @returns {Decision}
 */
function held(decision, asks) {
  const closed = { granted: false, reason: "opt_in_not_given" };
  // If a layer is shown in the meantime, what is refused without the hold, such as by a signal, stays refused.
  const keeps = (/** @type {string} */ group, /** @type {boolean} */ runs) => group === "essential" || (asks && !runs);
  const groups = Object.entries(decision.groups).map(([group, answer]) => [group, keeps(group, answer.granted) ? answer : { ...answer, ...closed }]);
  const tags = decision.tags.map((tag) => (keeps(tag.group, tag.mode !== "held") ? tag : { ...tag, mode: /** @type {const} */ ("held"), reason: closed.reason }));
  const allowed_tags = decision.allowed_tags.filter((id) => tags.some((tag) => tag.id === id && tag.mode === "full"));
  return { ...decision, show: asks ? decision.show : "none", groups: Object.fromEntries(groups), tags, allowed_tags, limited_tags: [] };
}
