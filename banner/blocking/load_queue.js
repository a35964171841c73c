/** Load scripts in order, in one queue per vendor: no vendor waits for another. */
import { nextTask } from "../page/safe_dom.js";

/** How long an unresponsive script delays the next one of its vendor: slow ones may take as long as a page does. */
const LOAD_TIMEOUT_MS = 30_000;
const DONE = Promise.resolve();

/** @type {Map<unknown, Promise<unknown>>} */
const queues = new Map();
/** The number of unfinished jobs of each queue. @type {Map<unknown, number>} */
const waiting = new Map();
/** Those whose timeout starts now. @type {((value: unknown) => void)[]} */
let timed = [];
/** @type {() => unknown} */
let pause = nextTask;

/**
 * Run the jobs that `act` adds without a pause, since no button press is waiting to be painted.
 *
 * @param {() => void} act
 */
export function withoutPause(act) {
  pause = () => {};
  act();
  pause = nextTask;
}

/**
 * Run `job` in its own task, unless there is no pause, after the earlier jobs of the queue `line`.
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
 * Return whether a job of `line` is waiting or running.
 *
 * @param {unknown} line
 */
export function isBusy(line) {
  return !!waiting.get(line);
}

/**
 * Run `now` if `line` has no earlier job, else `later` in order.
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
    // A failure must not affect the next job of the queue.
  }
  queues.set(line, done ? done.catch(() => {}) : DONE);
}

/** Return a promise that resolves once all queues are empty, or after half a second. */
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
  if (node instanceof HTMLScriptElement && node.noModule) return DONE; // no browser that supports modules loads it
  return new Promise((resolve) => {
    node.addEventListener("load", resolve);
    node.addEventListener("error", resolve);
    // Everything that is added at the same time shares one timer.
    if (!timed[0]) void DONE.then(startTimeout);
    timed.push(resolve);
  });
}

function startTimeout() {
  const waiting = timed;
  timed = [];
  setTimeout(() => waiting.forEach((resolve) => resolve(0)), LOAD_TIMEOUT_MS);
}
