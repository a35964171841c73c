/** Load scripts in order, in one queue per vendor: no vendor waits for another. */
import { nextTask } from "../page/safe_dom.js";

/** How long a script that never answers delays the next one of its own vendor: a slow one may take as many seconds as a page does. */
const LOAD_TIMEOUT_MS = 30_000;
const DONE = Promise.resolve();

/** @type {Map<unknown, Promise<unknown>>} */
const queues = new Map();
/** How many jobs of each queue are not done. @type {Map<unknown, number>} */
const waiting = new Map();
/** Those whose timeout begins now. @type {((value: unknown) => void)[]} */
let timed = [];
/** @type {() => unknown} */
let pause = nextTask;

/**
 * Run the jobs that `act` adds without a pause: no press of a button waits to be painted.
 *
 * @param {() => void} act
 */
export function withoutPause(act) {
  pause = () => {};
  act();
  pause = nextTask;
}

/**
 * Run `job` in a task of its own unless there is no pause, after the earlier jobs of the same queue, `line`.
 *
 * @param {unknown} line
 * @param {() => Promise<unknown> | void} job
 */
export function enqueueJob(line, job) {
  const before = queues.get(line) || DONE;
  waiting.set(line, (waiting.get(line) || 0) + 1);
  const done = () => void waiting.set(line, (waiting.get(line) || 0) - 1);
  queues.set(line, before.then(pause).then(job).catch(() => {}).then(done));
}

/**
 * Return whether a job of `line` waits or runs.
 *
 * @param {unknown} line
 */
export function isBusy(line) {
  return !!waiting.get(line);
}

/**
 * Run `now` where `line` has no job before it, else `later` in order.
 *
 * @param {unknown} line
 * @param {() => Promise<unknown> | void} now
 * @param {() => Promise<unknown> | void} later
 */
export function runOrEnqueue(line, now, later) {
  if (queues.has(line)) return enqueueJob(line, later);
  let done;
  try {
    done = now();
  } catch {
    // The next job of the line is no matter of this one's.
  }
  queues.set(line, done ? done.catch(() => {}) : DONE);
}

/** Return a promise that resolves once all queues are empty, after half a second at the latest. */
export function whenDrained() {
  if (!queues.size) return DONE;
  return new Promise((/** @type {(value: void) => void} */ resolve) => {
    const late = setTimeout(resolve, 500);
    void Promise.all(queues.values()).then(() => resolve(clearTimeout(late)));
  });
}

/**
 * Return a promise that resolves once `node` has loaded, failed, or timed out.
 *
 * @param {HTMLElement} node
 */
export function whenLoaded(node) {
  if (node instanceof HTMLScriptElement && node.noModule) return DONE; // which no browser with modules loads
  return new Promise((resolve) => {
    node.addEventListener("load", resolve);
    node.addEventListener("error", resolve);
    // All that is added at once has one timer.
    if (!timed[0]) void DONE.then(startTimeout);
    timed.push(resolve);
  });
}

function startTimeout() {
  const waiting = timed;
  timed = [];
  setTimeout(() => waiting.forEach((resolve) => resolve(0)), LOAD_TIMEOUT_MS);
}
