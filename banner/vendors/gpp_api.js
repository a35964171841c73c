/**
 * Provide `__gpp` (IAB Tech Lab, GPP CMP API 1.1), in place of a stub that a page may have, and for frames through
 * `__gppLocator`. An opt-out law doesn't wait for an action, so the signal is ready immediately.
 *
 * @typedef {Record<string, unknown>} Segment
 * @typedef {(data: unknown, success: boolean) => void} Callback
 *
 * @typedef {object} Source Writes and reads this visitor's string.
 * @property {{id: number, prefix: string}[]} _sections by ascending id
 * @property {() => string} _write
 * @property {(text: string) => Segment[][]} _read the segments of each section
 * @property {() => string} [_display] whether a layer is `visible` or `hidden`, if one blocks the signal
 */
import { quiet } from "../page/safe_dom.js";
import { hasRoom, removeOne } from "./api_listeners.js";
import { answerFrames } from "./frame_calls.js";
import { own } from "../decision/groups.js";
import { sendOnChange } from "./platform_signals.js";
import { state } from "../state.js";

/** @type {Source} */
let source;
let text = "";
let status = "not ready";
/** @type {string | null} */
let display = null;
let lastId = 0;
/** @type {import("./api_listeners.js").Listeners<Callback>} */
const listeners = new Map();

/**
 * Begin, unless the page has another implementation of the API, and return a function that reports changes.
 *
 * @param {Source} given
 */
export function provide(given) {
  const stub = Object.hasOwn(window, "__gpp") ? Reflect.get(window, "__gpp") : undefined;
  const queue = stub && stubList(stub, "queue");
  if (stub && !queue) return;
  source = given;
  for (const { id, callback } of (stub && stubList(stub, "events")) || []) {
    lastId = Math.max(lastId, id);
    listeners.set(id, [callback]);
  }
  Reflect.set(window, "__gpp", answer);
  answerFrames("__gpp", ({ command, parameter, version }, callback, frame) => answer(command, callback, parameter, version, frame));
  describe();
  dispatch("cmpStatus", "loaded");
  sendOnChange(send);
  for (const call of queue || []) quiet(answer)(call[0], call[1], call[2]);
  return send;
}

/** Add the string to the output of `consent.debug()`. */
function describe() {
  const { consent } = window;
  if (!consent?.when) return;
  const { debug } = consent;
  consent.debug = () => ({ ...debug(), gpp: text });
}

/**
 * Return what a stub stores under `name`. Of the two kinds in use, one has it as a property.
 *
 * @param {any} stub
 * @param {string} name
 * @returns {any[] | undefined}
 */
function stubList(stub, name) {
  try {
    return [stub(name), stub[name]].find(Array.isArray);
  } catch {
    // The page's own function, which is not a stub.
  }
}

/** Send a changed string; it must not be read between "not ready" and "ready". */
function send() {
  const shown = source._display?.() ?? null;
  if (display !== (display = shown)) dispatch("cmpDisplayStatus", display);
  const before = text.split("~");
  const next = source._write();
  if (next === text) return;
  status = "not ready";
  if (text) dispatch("signalStatus", status);
  text = next;
  const parts = text.split("~");
  source._sections.forEach(({ prefix }, index) => parts[index + 1] !== before[index + 1] && dispatch("sectionChange", prefix));
  status = "ready";
  dispatch("signalStatus", status);
}

/** @param {[string, unknown]} event its name and data */
function dispatch(...event) {
  for (const [id, [callback]] of [...listeners]) void quiet(callback)(newEvent(id, ...event), true);
}

/**
 * @param {unknown} listenerId
 * @param {string} eventName
 * @param {unknown} data
 */
const newEvent = (listenerId, eventName, data) => ({ eventName, listenerId, data, pingData: ping() });

/** Return the segments by section. */
function sections() {
  const found = source._read(text || "DBAA");
  return Object.fromEntries(found.map((segments, index) => [source._sections[index].prefix, segments]));
}

function ping() {
  const ids = source._sections.map(({ id }) => id);
  return {
    gppVersion: "1.1",
    cmpStatus: "loaded",
    cmpDisplayStatus: display,
    signalStatus: status,
    supportedAPIs: source._sections.map(({ id, prefix }) => `${id}:${prefix}`),
    cmpId: state._payload.tcf?.cmp[0] ?? 1, // an unregistered platform's id
    sectionList: ids,
    applicableSections: ids[0] ? [...ids] : [-1],
    gppString: text,
    parsedSections: sections(),
  };
}

/**
 * The result of each command; undefined if it fails.
 *
 * @type {Record<string, (parameter: any, callback: Callback, frame?: MessageEventSource) => unknown>}
 */
const COMMANDS = {
  ping,
  addEventListener(_, callback, frame) {
    if (!hasRoom(listeners, frame)) return;
    listeners.set(++lastId, [callback, frame]);
    return newEvent(lastId, "listenerRegistered", true);
  },
  removeEventListener: (id, _, frame) => removeOne(listeners, id, frame),
  hasSection: (prefix) => Object.hasOwn(sections(), prefix),
  getSection: (prefix) => (prefix ? (own(sections(), prefix) ?? null) : undefined),
  getField(path) {
    const [prefix, name] = path.split(".");
    return name ? (own(Object.assign({}, ...(own(sections(), prefix) || [])), name) ?? null) : undefined;
  },
};

/**
 * @param {string} command
 * @param {Callback} callback
 * @param {unknown} [parameter]
 * @param {unknown} [version]
 * @param {MessageEventSource} [frame]
 */
function answer(command, callback, parameter, version, frame) {
  let data;
  try {
    data = own(COMMANDS, command)?.(parameter, callback, frame);
  } catch {
    // A parameter of the wrong type.
  }
  if (typeof callback === "function") callback(data ?? null, data !== undefined);
}
