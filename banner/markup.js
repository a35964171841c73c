/** Markup that a script writes into the page as text: what must not load is marked in it, before the browser reads it. */
import { mustWait } from "./unmarked.js";

const TAG = /<(script|iframe|img)(?=[\s/])[^>]*>/gi;
const SOURCE = /[\s"'/]src\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/i;
const TYPE = /\stype\s*=\s*["']?([\w/.+-]*)/i;

/**
 * Return `text` with the address of each script, frame and image that must wait out of the way. No quote is added, since the
 * text may stand in one of a script's own.
 *
 * @param {string} text
 */
export function markWritten(text) {
  return text.replace(TAG, (tag, name) => {
    const found = SOURCE.exec(tag);
    if (!found || /\sdata-consent\b/i.test(tag) || !mustWait(found[1].replace(/["']/g, ""))) return tag;
    const type = /^s/i.test(name) ? ` type=text/plain data-as=${TYPE.exec(tag)?.[1] || "text/javascript"}` : "";
    const start = name.length + 1;
    const moved = tag.slice(start).replace(SOURCE, ([before, ...rest]) => before + "data-" + rest.join(""));
    return tag.slice(0, start) + type + " data-consent=unmarked" + moved;
  });
}
