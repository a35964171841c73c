/** One line of jobs for each vendor: order is kept inside it, and no vendor waits for another. */
import { nextTask } from "./page.js";

/** How many ms a script that never answers holds the next one of its own vendor: a slow one may take as many seconds as a page does. */
const PATIENCE = 30_000;
const DONE = Promise.resolve();

/** @type {Map<unknown, Promise<unknown>>} */
const lines = new Map();
/** How many jobs of each line are not done. @type {Map<unknown, number>} */
const waiting = new Map();
/** Whose patience begins now. @type {((value: unknown) => void)[]} */
let patient = [];
/** @type {() => unknown} */
let pause = nextTask;

/**
 * Let the jobs that `act` adds go without a pause: nothing that somebody pressed waits to be painted.
 *
 * @param {() => void} act
 */
export function withoutPause(act) {
  pause = () => {};
  act();
  pause = nextTask;
}

/**
 * Run `job` in a task of its own unless there is no pause, after the earlier jobs of the same `line`.
 *
 * @param {unknown} line
 * @param {() => Promise<unknown> | void} job
 */
export function inOrder(line, job) {
  const before = lines.get(line) || DONE;
  waiting.set(line, (waiting.get(line) || 0) + 1);
  const done = () => void waiting.set(line, (waiting.get(line) || 0) - 1);
  lines.set(line, before.then(pause).then(job).catch(() => {}).then(done));
}

/**
 * Tell whether a job of `line` waits or runs.
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
export function inOrderOrNow(line, now, later) {
  if (lines.has(line)) return inOrder(line, later);
  let done;
  try {
    done = now();
  } catch {
    // The next job of the line is no matter of this one's.
  }
  lines.set(line, done ? done.catch(() => {}) : DONE);
}

/** Return a promise of the time when all lines have done what they had, but of half a second at the latest. */
export function whenThrough() {
  if (!lines.size) return DONE;
  return new Promise((/** @type {(value: void) => void} */ resolve) => {
    const late = setTimeout(resolve, 500);
    void Promise.all(lines.values()).then(() => resolve(clearTimeout(late)));
  });
}

/**
 * Return a promise of the end of `node`'s loading, however it ends.
 *
 * @param {HTMLElement} node
 */
export function whenLoaded(node) {
  return new Promise((resolve) => {
    node.addEventListener("load", resolve);
    node.addEventListener("error", resolve);
    // All that is added at once has one clock.
    if (!patient[0]) void DONE.then(beginPatience);
    patient.push(resolve);
  });
}

function beginPatience() {
  const waiting = patient;
  patient = [];
  setTimeout(() => waiting.forEach((resolve) => resolve(0)), PATIENCE);
}
