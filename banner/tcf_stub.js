/**
 * Stand in for `__tcfapi` until the site's script has loaded: ad code calls it immediately, and gives up without a
 * response. This is the stub of IAB Europe's CMP API v2: it queues calls, and the script takes them over.
 */
const root = /** @type {any} */ (window);
if (!root.__tcfapi) {
  /** @type {any[]} */
  const queue = [];
  root.__tcfapi = (/** @type {any[]} */ ...call) => {
    if (!call.length) return queue;
    if (call[0] === "ping") call[2]({ gdprApplies: undefined, cmpLoaded: false, cmpStatus: "stub", displayStatus: "hidden", apiVersion: "2.3" }, true);
    else if (queue.length < 999) queue.push(call);
  };
  root.__tcfapi_msghandler = (/** @type {any} */ { data, source }) => {
    const isText = typeof data === "string";
    let call;
    try {
      call = (isText ? JSON.parse(data) : data).__tcfapiCall;
    } catch {}
    if (!call) return;
    root.__tcfapi(
      call.command,
      call.version,
      (/** @type {any} */ returnValue, /** @type {boolean} */ success) => {
        const back = { __tcfapiReturn: { returnValue, success, callId: call.callId } };
        source.postMessage(isText ? JSON.stringify(back) : back, "*");
      },
      call.parameter,
    );
  };
  addEventListener("message", root.__tcfapi_msghandler);
  (function addFrame() {
    if (root.frames.__tcfapiLocator) return;
    if (!document.body) return setTimeout(addFrame, 9);
    const frame = document.createElement("iframe");
    frame.name = "__tcfapiLocator";
    frame.hidden = true;
    document.body.append(frame);
  })();
}
