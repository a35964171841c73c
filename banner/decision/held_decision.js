/**
 * Hold what is optional while something is open that may refuse it: a join with an account, a choice from another domain.
 *
 * @typedef {import("../types.js").Decision} Decision
 */
import { state } from "../state.js";

/** The name of this field of `state`, as the build shortens it. */
const [DECISION] = Object.keys({ _decision: 0 });

/**
 * Have `state` answer that nothing optional is granted as long as `isHeld` says so.
 *
 * @param {() => boolean} isHeld
 */
export function holdWhile(isHeld) {
  let decision = state._decision;
  const before = Object.getOwnPropertyDescriptor(state, DECISION);
  const get = before?.get?.bind(state) || (() => decision);
  const set = before?.set?.bind(state) || ((/** @type {Decision} */ value) => (decision = value));
  Object.defineProperty(state, DECISION, { configurable: true, get: () => (isHeld() && get() ? held(get()) : get()), set });
}

/**
 * Return `decision` with nothing optional granted.
 *
 * @param {Decision} decision
 * @returns {Decision}
 */
function held(decision) {
  const closed = { granted: false, reason: "opt_in_not_given" };
  const groups = Object.entries(decision.groups).map(([group, answer]) => [group, group === "essential" ? answer : { ...answer, ...closed }]);
  const tags = decision.tags.map((tag) => (tag.group === "essential" ? tag : { ...tag, mode: /** @type {const} */ ("held"), reason: closed.reason }));
  const allowed_tags = decision.allowed_tags.filter((id) => tags.some((tag) => tag.id === id && tag.mode === "full"));
  return { ...decision, show: "none", groups: Object.fromEntries(groups), tags, allowed_tags, limited_tags: [] };
}
