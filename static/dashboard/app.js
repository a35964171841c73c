// What the pages can't do without a script: local times, copying, toasts with undo, and keyboard navigation of lists.
"use strict";

const UNDO_MS = 10_000;
const FIRST_NOTE_MS = 2_000;
const NOTE_MS = 45_000;
/** Texts for these scripts, in the language of the page. */
const words = JSON.parse(document.body.dataset.words);
const pageLanguage = document.documentElement.lang;
const locale = navigator.languages.find((one) => one.split("-")[0] === pageLanguage) ?? pageLanguage;
const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: document.body.dataset.zone });

/** Show times in the time zone chosen under Account, or the browser's; the original stays in the title. Dates have no time zone. */
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime*=T]:not([title])")) {
    time.title = time.textContent;
    time.textContent = short.format(new Date(time.dateTime));
  }
}

async function copy(button) {
  const before = button.title;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(words.copied);
  } catch {
    toast(words.not_copied);
  }
  button.title = before;
}

/** Show a message for some seconds, with an optional undo button. */
function toast(text, undo) {
  const box = document.createElement("div");
  box.className = "toast";
  const said = document.createElement("span");
  said.textContent = text;
  box.append(said);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.undo;
    const part = undo.target ?? "#tags";
    const facts = { "hx-post": undo.url, "hx-vals": JSON.stringify(undo.values), "hx-target": part, "hx-select": part, "hx-select-oob": "#pending,#pending-thumb", "hx-swap": "outerHTML", "data-undo": "" };
    for (const [name, value] of Object.entries(facts)) button.setAttribute(name, value);
    button.addEventListener("htmx:afterRequest", () => box.remove());
    box.append(button);
  }
  const places = document.getElementById("toasts");
  places.append(box);
  htmx.process(box);
  removeLater(box);
}

/** Remove a toast after some time, but never while it is hovered or contains the focus. */
function removeLater(box) {
  setTimeout(() => (box.matches(":hover, :focus-within") ? removeLater(box) : box.remove()), UNDO_MS);
}

/** Move the focus to the next or previous row of the list. */
function step(by) {
  const links = [...document.querySelectorAll("[data-row]")].map((row) => row.querySelector("td a")).filter(Boolean);
  if (!links.length) return;
  const present = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  const link = links[Math.min(Math.max(present + by, 0), links.length - 1)];
  link.closest("details")?.setAttribute("open", "");
  link.focus();
}

const KEYS = {
  "/": () => document.getElementById("find")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  u: () => {
    const button = [...document.querySelectorAll("[data-undo]")].pop();
    if (button) button.click();
    else toast(words.nothing_to_undo);
  },
};

/** Submit the form when an id is pasted into an empty search box. */
document.addEventListener("paste", (event) => {
  if (!event.target.matches("#find, .paste [name=id]")) return;
  const id = event.clipboardData.getData("text").trim();
  if (event.target.value || !/^[0-9a-f]{32}$/i.test(id)) return;
  event.preventDefault();
  event.target.value = id;
  event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([role=switch]), textarea, select, [contenteditable]");
  // A link that looks like a button must react to Space like one.
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) print();
  else copy(button);
});

/**
 * The changes that wait for one that is being sent, by the id of the part of the page that each response replaces.
 * Otherwise a response that was rendered before the other change would be shown last, or the other one not at all.
 */
const waitingChanges = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, requestConfig: { verb, path, formData: values } } = event.detail;
  if (verb === "get") return;
  const waiting = waitingChanges.get(target.id);
  if (!waiting) {
    waitingChanges.set(target.id, []);
    return;
  }
  event.preventDefault();
  waiting.push({ verb, path, values, select: elt.getAttribute("hx-select"), selectOOB: elt.getAttribute("hx-select-oob") });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { target: { id }, requestConfig } = event.detail;
  if (requestConfig.verb === "get") return;
  const [next, ...others] = waitingChanges.get(id) ?? [];
  waitingChanges.delete(id);
  if (!next) return;
  const { verb, path, ...facts } = next;
  // Once htmx is done with the present request. By then, its element may no longer be in the page, but the body is.
  queueMicrotask(() => {
    htmx.ajax(verb, path, { source: document.body, target: `#${id}`, swap: "outerHTML", ...facts });
    waitingChanges.get(id)?.push(...others);
  });
});

window.addEventListener("beforeunload", (event) => {
  if ([...waitingChanges.values()].some((waiting) => waiting.length)) event.preventDefault();
});

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.undo));
document.addEventListener("htmx:afterSettle", (event) => showLocalTimes(event.target.parentElement ?? document));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 401) toast(words.failed);
});
document.addEventListener("htmx:sendError", () => toast(words.no_answer));

/** Report that this page of a draft is open, and show who else has one open, but only after some input here. */
function noteEditor(place) {
  let active = true;
  const note = async () => {
    if (!active || document.hidden) return;
    active = false;
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const body = new URLSearchParams({ page: place.dataset.page });
    const answer = await fetch(place.dataset.editors, { method: "POST", headers, body }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.body.textContent.trim() !== place.textContent.trim()) place.replaceChildren(...page.body.childNodes);
  };
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => (active = true), { passive: true });
  setTimeout(note, FIRST_NOTE_MS);
  setInterval(note, NOTE_MS);
}

const editors = document.querySelector("[data-editors]");
if (editors) noteEditor(editors);
showLocalTimes(document);
for (const field of document.querySelectorAll("input[data-own-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const box of document.querySelectorAll(".toast")) removeLater(box);
if (matchMedia("(min-width: 48.01rem)").matches) for (const folded of document.querySelectorAll("details[data-wide]")) folded.open = true;

/** After a rejected form, focus its first invalid field, unfolding it if necessary. */
const wrong = document.querySelector("main [aria-invalid=true]");
for (let folded = wrong?.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
wrong?.focus();

/** The error of an address was about the kind that was chosen before. */
for (const kind of document.querySelectorAll("select[data-clears]")) {
  kind.addEventListener("change", () => {
    const field = kind.form.elements[kind.dataset.clears];
    document.getElementById(field.getAttribute("aria-describedby"))?.remove();
    for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
  });
}
