// Keys of the review queue: arrows move, and 1 to 4 decide on the focused row, or the first one.
"use strict";

const waiting = [];
let place = 0;
let request = null;
let unfolded = [];

const rows = () => [...document.querySelectorAll("#queue [data-row]")];

/** Return which lists are unfolded: the rest of the queue, or of the decisions. */
const open = () => ["#queue .more", "#decided .more"].filter((one) => document.querySelector(one)?.open);

/** Return a key handler that waits until earlier decisions are saved, so that fast keystrokes each act on the right row. */
function queued(act) {
  return () => {
    waiting.push(act);
    runNext();
  };
}

function runNext() {
  while (!request && waiting.length) waiting.shift()();
}

/** Click a group's button in the focused row. */
function answer(number) {
  const row = rows().find((one) => one.contains(document.activeElement)) ?? rows()[0];
  row?.querySelectorAll(".answers button")[number - 1]?.click();
}

for (const name of ["j", "k", "u"]) KEYS[name] = queued(KEYS[name]);
Object.assign(KEYS, { ArrowDown: KEYS.j, ArrowUp: KEYS.k });
for (const number of [1, 2, 3, 4]) KEYS[number] = queued(() => answer(number));

document.addEventListener("htmx:beforeRequest", (event) => {
  request = event.detail.xhr;
  unfolded = open();
  place = Math.max(rows().findIndex((row) => row.contains(event.target)), 0);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) return;
  request = null;
  waiting.length = 0;
});
// Fires once for each swapped part; the first event with the new list continues.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr !== request || !event.target.closest("#review")) return;
  request = null;
  for (const one of unfolded) document.querySelector(one)?.setAttribute("open", "");
  const left = rows();
  left[Math.min(place, left.length - 1)]?.querySelector("a").focus();
  runNext();
});
