/**
 * Provide the US Privacy string: `__uspapi`, for frames through `__uspapiLocator`, and the cookie `usprivacy` if the site
 * wants it (InteractiveAdvertisingBureau/USPrivacy, version 1).
 */
import { setCookie } from "../choice/write_cookies.js";
import { element, page, quiet } from "../page/safe_dom.js";
import { isGranted, isEnabled, sendOnChange } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** Begin, if the site has switched this on. */
export default function start() {
  if (isEnabled("us_privacy_cookie")) sendOnChange(writeCookie);
  if (!isEnabled("us_privacy") || Object.hasOwn(window, "__uspapi")) return;
  Reflect.set(window, "__uspapi", answer);
  const frame = element("iframe", { name: "__uspapiLocator", title: "__uspapiLocator", hidden: true });
  (page.body || page.documentElement).append(frame);
  addEventListener("message", quiet(answerFrame));
}

/**
 * Write the string to a cookie in the US, and delete it elsewhere, where visitors weren't asked and nobody needs it.
 */
function writeCookie() {
  setCookie(`usprivacy=${text()};Max-Age=${state._payload.visit.place.country === "US" ? 34560000 : 0};SameSite=Lax`);
}

/** Notice was given; whether sale is refused; no limited service provider agreement. Outside the US: not applicable. */
function text() {
  const { country } = state._payload.visit.place;
  return country && country !== "US" ? "1---" : `1Y${isGranted("advertising") ? "N" : "Y"}N`;
}

/**
 * @param {string} command
 * @param {number} version
 * @param {(data: object | null, isKnown: boolean) => void} callback
 */
function answer(command, version, callback) {
  const isKnown = command === "getUSPData" && version === 1;
  callback(isKnown ? { version: 1, uspString: text() } : null, isKnown);
}

/**
 * Answer a frame in the format of its call, an object or its JSON.
 *
 * @param {MessageEvent} event
 */
function answerFrame({ data, source }) {
  const isText = typeof data === "string";
  const call = (isText ? JSON.parse(data) : data)?.__uspapiCall;
  if (!call || !source) return;
  answer(call.command, call.version, (returnValue, success) => {
    const back = { __uspapiReturn: { returnValue, success, callId: call.callId } };
    source.postMessage(isText ? JSON.stringify(back) : back, { targetOrigin: "*" });
  });
}
