/**
 * Provide `__tcfapi` (IAB Europe, TCF 2.3, "CMP API v2"), in place of a stub that a page may have, and for frames through
 * `__tcfapiLocator`.
 *
 * @typedef {(data: unknown, success: boolean) => void} Callback
 *
 * @typedef {object} Facts
 * @property {number} cmpId
 * @property {number} cmpVersion
 * @property {number} tcfPolicyVersion
 * @property {number} [gvlVersion]
 *
 * @typedef {object} Source This visitor's string, if the framework applies.
 * @property {() => string} _write
 * @property {(text: string) => object} _read returns the TCData facts that follow from the string, newly created by each call
 * @property {() => boolean} _isOpen whether a layer is shown that asks
 * @property {() => boolean} _isMade whether a choice was made in this page
 */
import { quiet } from "../page/safe_dom.js";
import { own } from "../decision/groups.js";
import { hasRoom, removeOne } from "./api_listeners.js";
import { answerFrames } from "./frame_calls.js";

const API_VERSION = "2.3";
/** Versions of the API that mean the current one; callers may also omit it. */
const VERSIONS = [2, 0, undefined, null];

/** @type {Facts} */
let facts;
/** @type {Source | undefined} */
let source;
let text = "";
let status = "";
let lastId = 0;
/** @type {import("./api_listeners.js").Listeners<Callback>} */
const listeners = new Map();

/**
 * Begin, unless the page has another implementation of the API, and return a function that reports a changed string or
 * status.
 *
 * @param {Facts} told
 * @param {Source} [given] without it, the framework doesn't apply here
 */
export function provide(told, given) {
  const queue = stubQueue();
  if (!queue) return () => {};
  facts = told;
  source = given;
  if (source) {
    text = source._write();
    status = statusOf(source);
    describe();
  }
  Reflect.set(window, "__tcfapi", answer);
  answerFrames("__tcfapi", ({ command, version, parameter }, callback, frame) => answer(command, version, callback, parameter, frame));
  for (const call of queue) quiet(answer)(call[0], call[1], call[2], call[3]);
  return send;
}

/**
 * Return the versions of what made the strings, by the API's names.
 *
 * @param {import("../types.js").TcfFacts} tcf
 * @returns {Facts}
 */
export function factsOf({ cmp: [cmpId, cmpVersion], list: [gvlVersion, tcfPolicyVersion] }) {
  return { cmpId, cmpVersion, gvlVersion, tcfPolicyVersion };
}

/**
 * Return the status: closing a layer without an answer says nothing, so the previous choice remains.
 *
 * @param {Source} given
 */
function statusOf({ _isOpen, _isMade }) {
  return _isOpen() ? "cmpuishown" : _isMade() ? "useractioncomplete" : "tcloaded";
}

/**
 * Return a stub's queue, an empty one without a stub, and undefined if the page has its own API.
 *
 * @returns {any[] | undefined}
 */
function stubQueue() {
  if (!Object.hasOwn(window, "__tcfapi")) return [];
  try {
    const queue = Reflect.get(window, "__tcfapi")();
    if (Array.isArray(queue)) return queue;
  } catch {
    // The page's own function, which is not a stub.
  }
}

/** Add the string to the output of `consent.debug()`. */
function describe() {
  const { consent } = window;
  if (!consent?.when) return;
  const { debug } = consent;
  consent.debug = () => ({ ...debug(), tcf: text });
}

/** Report a changed string or status. */
function send() {
  if (!source) return;
  const before = text + status;
  text = source._write();
  status = statusOf(source);
  if (before === text + status) return;
  for (const [id, [callback]] of [...listeners]) void quiet(callback)(tcData(id), true);
}

/** @param {unknown} [listenerId] */
function tcData(listenerId) {
  const { gvlVersion, ...said } = facts;
  const common = { ...said, gdprApplies: !!source, ...(listenerId ? { listenerId } : {}) };
  return source ? { tcString: text, eventStatus: status, cmpStatus: "loaded", ...source._read(text), ...common } : common;
}

/**
 * The result of each command; undefined if it fails.
 *
 * @type {Record<string, (parameter: any, callback: Callback, frame?: MessageEventSource) => unknown>}
 */
const COMMANDS = {
  ping: () => ({
    ...facts,
    gdprApplies: !!source,
    cmpLoaded: true,
    cmpStatus: "loaded",
    displayStatus: source ? (status === "cmpuishown" ? "visible" : "hidden") : "disabled",
    apiVersion: API_VERSION,
  }),
  addEventListener(_, callback, frame) {
    if (!hasRoom(listeners, frame) || typeof callback !== "function") return;
    listeners.set(++lastId, [callback, frame]);
    return tcData(lastId);
  },
  removeEventListener: (id, _, frame) => removeOne(listeners, id, frame),
  // Deprecated since 2.2; callers get what an event would say.
  getTCData: () => tcData(),
};

/**
 * @param {string} command
 * @param {unknown} version
 * @param {Callback} callback
 * @param {unknown} [parameter]
 * @param {MessageEventSource} [frame]
 */
function answer(command, version, callback, parameter, frame) {
  const data = VERSIONS.includes(/** @type {any} */ (version)) ? own(COMMANDS, command)?.(parameter, callback, frame) : undefined;
  if (typeof callback === "function") callback(command === "removeEventListener" ? !!data : (data ?? null), data !== undefined && data !== false);
}
