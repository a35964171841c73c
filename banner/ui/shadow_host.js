/**
 * Create a shadow host that the page's styles can't break; its root has a constructed style sheet, which no CSP
 * forbids.
 */
import { CONSENT_KEY, element } from "../page/safe_dom.js";
import { sharedCss } from "./styles.js";
import { state } from "../state.js";

/**
 * Return a host element with `content` in a shadow root styled by `css` and by the site's look, which the service
 * composes from what the site uses (consent/presentation/theme.py).
 *
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {string} css
 * @param {Node[]} content
 */
export function newShadowHost(name, attributes, css, ...content) {
  const { direction = "ltr", visit } = state._payload;
  const host = element(/** @type {"div"} */ (name), { dir: direction, lang: visit.language, ...attributes });
  /** @type {any} */ (host)[CONSENT_KEY] = 1;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(sharedCss + css + state._payload.look.css.replace("$base", state._base));
  root.adoptedStyleSheets = [sheet];
  root.append(...content);
  return host;
}
