/**
 * Stand in for `__gpp` until the site's script has loaded: ad code calls it immediately, and gives up without a
 * response. This is the stub of the IAB Tech Lab's GPP CMP API 1.1: it queues listeners and calls, and the script takes
 * them over.
 */
const page = /** @type {any} */ (window);
if (!page.__gpp) {
  /** @type {any[]} */
  const events = [];
  /** @type {any[]} */
  const queue = [];
  let lastId = 0;
  const ping = () => ({
    gppVersion: "1.1",
    cmpStatus: "stub",
    cmpDisplayStatus: "hidden",
    signalStatus: "not ready",
    supportedAPIs: ["7:usnat"],
    cmpId: 1,
    sectionList: [],
    applicableSections: [0],
    gppString: "",
    parsedSections: {},
  });
  page.__gpp = (/** @type {any[]} */ ...call) => {
    const [command, callback, parameter] = call;
    if (command === "queue") return queue;
    if (command === "events") return events;
    if (command === "ping") callback(ping(), true);
    else if (command === "addEventListener") {
      events.push({ id: ++lastId, callback, parameter });
      callback({ eventName: "listenerRegistered", listenerId: lastId, data: true, pingData: ping() }, true);
    } else if (command === "hasSection") callback(false, true);
    else if (queue.length < 999) queue.push(call);
  };
  page.__gpp_msghandler = (/** @type {any} */ { data, source }) => {
    const isText = typeof data === "string";
    let call;
    try {
      call = (isText ? JSON.parse(data) : data).__gppCall;
    } catch {}
    if (!call || events.length > 999) return;
    page.__gpp(
      call.command,
      (/** @type {any} */ returnValue, /** @type {boolean} */ success) => {
        const back = { __gppReturn: { returnValue, success, callId: call.callId } };
        source.postMessage(isText ? JSON.stringify(back) : back, "*");
      },
      call.parameter,
    );
  };
  addEventListener("message", page.__gpp_msghandler);
  (function addFrame() {
    if (page.frames.__gppLocator) return;
    if (!document.body) return setTimeout(addFrame, 9);
    const frame = document.createElement("iframe");
    frame.name = "__gppLocator";
    frame.hidden = true;
    document.body.append(frame);
  })();
}
