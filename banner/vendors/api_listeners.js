/** Keep who listens to an API of the page. A frame removes its own alone, and cannot fill the page's memory. */

/**
 * @template T
 * @typedef {Map<unknown, [callback: T, frame?: MessageEventSource]>} Listeners
 */

/** Listeners of frames: of more, those that come are refused. */
const MAX_FRAME_LISTENERS = 200;

/**
 * Return whether one more listener of `frame` may come; without a frame it is the page's own.
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
 * Remove the listener `id`, and return whether it was there and the caller's.
 *
 * @param {Listeners<any>} listeners
 * @param {unknown} id
 * @param {MessageEventSource} [frame]
 */
export function removeOne(listeners, id, frame) {
  return (!frame || listeners.get(id)?.[1] === frame) && listeners.delete(id);
}
