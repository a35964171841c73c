/** Let a part see each new value of a field of `state` before anything else does. */
import { state } from "./state.js";

/** The names of these fields of `state` after the build has shortened them. */
export const [DECISION, CHOICE] = Object.keys({ _decision: 0, _choice: 0 });

/**
 * Call these functions before and after each assignment to a field of `state`, in addition to other parts' hooks.
 *
 * @param {string} field
 * @param {(value: any) => unknown} [before]
 * @param {() => unknown} [after]
 */
export function watch(field, before, after) {
  let value = Reflect.get(state, field);
  const { get = () => value, set = (/** @type {unknown} */ next) => (value = next) } = Object.getOwnPropertyDescriptor(state, field) || {};
  const change = (/** @type {any} */ next) => {
    before?.(next);
    set(next);
    after?.();
  };
  Object.defineProperty(state, field, { configurable: true, get, set: change });
}
