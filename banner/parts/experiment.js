/**
 * Draw the variant of the first layer that this page view shows, if the site has an experiment. The draw is forgotten
 * with the page, and ends with the first choice: no cookie, storage or identifier records it, and each page view draws
 * again.
 */
import { makers } from "../ui/layers.js";
import { countEvent } from "../choice/queue.js";
import { parts } from "../parts.js";
import { state } from "../state.js";

/** @typedef {import("../types.js").DrawnVariant} DrawnVariant */

/** Begin, if the page's language has variants. */
export default function start() {
  const { draw } = state._payload;
  const { ask } = makers;
  if (!draw || !ask) return;
  /** @type {DrawnVariant | undefined} */
  let base;
  let isOver = false;
  let isCounted = false;
  makers.ask = () => {
    if (!base) base = exchange(drawnOf(draw));
    return ask();
  };
  parts.push({
    open: () => {
      if (!base || isOver || isCounted) return;
      isCounted = true;
      countEvent("opened");
    },
    complete: (action) => {
      // After the choice the banner itself is shown again, as on the next page; the receipt is queued before that.
      if (base && !isOver) void Promise.resolve(base).then(exchange);
      isOver = true;
      return action;
    },
  });
}

/**
 * Return one of `variants` at random, by weight.
 *
 * @param {DrawnVariant[]} variants
 */
function drawnOf(variants) {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  let left = (crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32) * total;
  return variants.find(({ weight }) => (left -= weight) < 0) || variants[0];
}

/**
 * Make the first layer show `variant`, and return what it showed before.
 *
 * @param {DrawnVariant} variant
 * @returns {DrawnVariant}
 */
function exchange({ id, token, look, words, texts = {} }) {
  const { _payload } = state;
  const known = /** @type {Record<string, string>} */ (_payload.texts);
  const before = {
    id: _payload.visit.variant,
    weight: 0,
    token: _payload.token,
    look: _payload.look,
    words: _payload.words,
    texts: Object.fromEntries(Object.keys(texts).map((key) => [key, known[key]])),
  };
  _payload.visit.variant = id;
  _payload.token = token;
  if (look) _payload.look = look;
  if (words) _payload.words = words;
  Object.assign(known, texts);
  return before;
}
