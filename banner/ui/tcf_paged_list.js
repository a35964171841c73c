/**
 * Show a long list page by page, with a field to find an entry by its name; each page is built when it is requested.
 */
import { element } from "../page/safe_dom.js";

const PAGE = 50;

/**
 * Return the list of `items`.
 *
 * @template {{name: string}} T
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} make
 * @param {string} find the label of the search field
 * @param {string} more the label of the button for the next page; `{count}` is how many are left
 */
export function newPagedList(items, make, find, more) {
  /** @type {Map<T, HTMLElement>} each is built once, since its switches hold their state */
  const made = new Map();
  const nodeOf = (/** @type {T} */ item) => {
    const node = made.get(item) || make(item);
    made.set(item, node);
    return node;
  };
  const list = element("ul");
  const next = element("button", { class: "more", click: () => grow(true) });
  let found = items;
  const grow = (/** @type {boolean} */ hasAsked) => {
    const begin = list.children.length;
    list.append(...found.slice(begin, begin + PAGE).map(nodeOf));
    const left = found.length - list.children.length;
    next.hidden = !left;
    next.textContent = more.replace("{count}", String(left));
    if (hasAsked) /** @type {HTMLElement | null | undefined} */ (list.children[begin]?.querySelector("input,summary"))?.focus();
  };
  const search = () => {
    const wanted = field.value.trim().toLowerCase();
    found = items.filter(({ name }) => name.toLowerCase().includes(wanted));
    list.replaceChildren();
    grow(false);
  };
  const field = element("input", { type: "search", "aria-label": find, placeholder: find, input: search });
  grow(false);
  return element("div", {}, items.length > PAGE / 5 ? field : "", list, next);
}
