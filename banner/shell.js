/** A host whose style the page cannot break: a shadow root with a sheet of its own, which no CSP forbids. */
import { MARK, element } from "./page.js";
import { sharedCss } from "./styles.js";
import { state } from "./state.js";

/**
 * Return a host element with `content` in a shadow root that is styled by `css`, and by the site's look, which the
 * service composes of what the site uses (consent/snapshots/look.py).
 *
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {string} css
 * @param {Node[]} content
 */
export function newShell(name, attributes, css, ...content) {
  const { direction = "ltr", visit } = state._payload;
  const host = element(/** @type {"div"} */ (name), { dir: direction, lang: visit.language, ...attributes });
  /** @type {any} */ (host)[MARK] = 1;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(sharedCss + css + state._payload.look.css.replace("$base", state._base));
  root.adoptedStyleSheets = [sheet];
  root.append(...content);
  return host;
}
