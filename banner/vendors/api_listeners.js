/**
 * Store the listeners of one of the page's APIs. A frame can only remove its own, and can't exhaust the page's memory.
 */

/**
 * @template T
 * @typedef {Map<unknown, [callback: T, frame?: MessageEventSource]>} Listeners
 */

/** Maximum number of frames' listeners; further ones are refused. */
const MAX_FRAME_LISTENERS = 200;

/**
 * Return whether one more listener of `frame` is allowed; without a frame, it is the page's own.
 *
 * @param {Listeners<any>} listeners
 * @param {MessageEventSource} [frame]
 */
export function hasRoom(listeners, frame) {
  if (!frame) return true;
  let count = 0;
  for (const [id, [, one]] of listeners) if (one) /** @type {Window} */ (one).closed ? listeners.delete(id) : count++;
  return count < MAX_FRAME_LISTENERS;
}

/**
 * Remove the listener `id`, and return whether it existed and belonged to the caller.
 *
 * @param {Listeners<any>} listeners
 * @param {unknown} id
 * @param {MessageEventSource} [frame]
 */
export function removeOne(listeners, id, frame) {
  return (!frame || listeners.get(id)?.[1] === frame) && listeners.delete(id);
}
