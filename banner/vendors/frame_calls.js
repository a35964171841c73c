/** Answer frames of other origins, which use the page's APIs through messages (the same for all IAB Tech Lab APIs). */
import { element, page, quiet } from "../page/safe_dom.js";

/** @typedef {(data: unknown, success: boolean) => void} Callback */

/**
 * Answer for the API `name`, such as `__gpp`, in place of a stub that has answered frames so far; a stub with an
 * unnamed handler continues, and calls the API itself.
 *
 * @param {string} name
 * @param {(call: any, callback: Callback, frame: MessageEventSource) => void} answer
 */
export function answerFrames(name, answer) {
  const { frames } = window;
  const locator = name + "Locator";
  const handler = Reflect.get(window, name + "_msghandler");
  const isThere = Reflect.get(frames, locator);
  if (isThere && !handler) return;
  removeEventListener("message", handler);
  addEventListener("message", quiet((/** @type {MessageEvent} */ event) => take(name, answer, event)));
  if (!isThere) (page.body || page.documentElement).append(element("iframe", { name: locator, title: locator, hidden: true }));
}

/**
 * Answer in the format of the frame's call, an object or its JSON.
 *
 * @param {string} name
 * @param {Parameters<typeof answerFrames>[1]} answer
 * @param {MessageEvent} event
 */
function take(name, answer, { data, source }) {
  const isText = typeof data === "string";
  if (isText && !data.includes(name + "Call")) return;
  const call = (isText ? JSON.parse(data) : data)?.[name + "Call"];
  if (!call || !source) return;
  /** @type {Callback} */
  const callback = (returnValue, success) => {
    const back = { [name + "Return"]: { returnValue, success, callId: call.callId } };
    source.postMessage(isText ? JSON.stringify(back) : back, { targetOrigin: "*" });
  };
  answer(call, callback, source);
}
