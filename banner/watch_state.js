/** Have a part see each new value of a field of `state` before anything else does. */
import { state } from "./state.js";

/** The names of these fields of `state`, as the build shortens them. */
export const [DECISION, CHOICE] = Object.keys({ _decision: 0, _choice: 0 });

/**
 * Have each new value of a field of `state` go through this, beside what another part does with it.
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
