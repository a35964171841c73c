/** Nodes that are added later and load from a host of the site's vendors: a script that the parser meets, a frame, an image. */
import { parts } from "../parts.js";
import { state } from "../state.js";
import { holdAtOnce } from "../unmarked.js";

/** Begin, where the site wants it. */
export default function start() {
  const { holding } = state._payload;
  if (holding && !holding.cookies) parts.unshift({ work: holdAtOnce() });
}
