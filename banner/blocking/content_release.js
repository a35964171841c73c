/** Release nodes that may load now: scripts, templates, frames, and any other elements that load by `src`. */
import { addressOf, restoreAttributes } from "./unmarked_content.js";
import { whenLoaded } from "./load_queue.js";
import { CONSENT_KEY, page, webAddress } from "../page/safe_dom.js";
import { dropPlaceholder } from "../ui/placeholder.js";
import { answersFor, isStripped, isUnmarked, once, released, restored } from "./node_answers.js";
import { isTrusted, queueScript, registerCode } from "./script_runner.js";

/** @type {Map<HTMLTemplateElement, ChildNode[]>} what each template has inserted into the page */
export const contents = new Map();

/**
 * Release only `node`, whatever the choice is, until the page is left or the visitor changes their answer.
 *
 * @param {HTMLElement} node
 */
export function releaseOnce(node) {
  once.set(node, answersFor(node));
  release(node);
}

/**
 * Release `node`, unless it already was.
 *
 * @param {HTMLElement} node
 */
export function release(node) {
  if (released.has(node)) return;
  released.add(node);
  // A marked script may have lost the type that makes it wait; it then runs on its own.
  if (node instanceof HTMLScriptElement) (/^\s*text\/plain\s*$/i.test(node.type) || isStripped(node)) && queueScript(node);
  else if (node instanceof HTMLTemplateElement) releaseTemplate(node);
  else if (isUnmarked(node)) releaseUnmarked(node);
  else {
    const address = webAddress(node.dataset.src);
    if (address) node.setAttribute("src", address);
    if (node.dataset.srcset) node.setAttribute("srcset", node.dataset.srcset);
    if (node instanceof HTMLIFrameElement) dropPlaceholder(node);
  }
}

/** @param {HTMLElement} node not a script */
function releaseUnmarked(node) {
  const address = addressOf(node);
  released.delete(node); // it may be blocked again
  restoreAttributes(node);
  if (!(node instanceof HTMLIFrameElement)) return;
  restored.add(node);
  if (once.has(node)) /** @type {any} */ (node)[CONSENT_KEY] = 0; // otherwise the blocker would check its address again
  if (!node.getAttribute("src")) node.src = address; // a placeholder of another tool's player
  dropPlaceholder(node);
}

/** @param {HTMLTemplateElement} template */
function releaseTemplate(template) {
  const content = page.importNode(template.content, true);
  for (const script of content.querySelectorAll("script")) if (!isTrusted(script)) script.remove();
  // Marked content in the template still waits; nothing else does, since the template was released.
  for (const node of content.querySelectorAll("*")) /** @type {any} */ (node)[CONSENT_KEY] = 0;
  contents.set(template, [...content.childNodes]);
  const scripts = [...content.querySelectorAll("script")];
  const answer = scripts[0] && registerCode(template);
  const loaded = scripts.map((script) => script.hasAttribute("src") && whenLoaded(script));
  template.before(content);
  if (answer) void Promise.all(loaded).then(answer);
}
