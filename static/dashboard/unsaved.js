// Forms with data-unsaved: unsaved input survives a reload, a closed tab and an expired session.
"use strict";

const SAVE_MS = 400;
const MAX_AGE_MS = 7 * 86_400_000;
const SKIPPED = /^(csrf_token|revision|part|seen|password|device|width|template|variant|next|language)$/;

/** Return a form's current values as pairs, without fields that the page adds or only uses for previews. */
const stateOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SKIPPED.test(name));

function remember(form, isSent = false) {
  const { key, saved } = form.unsaved;
  const typed = JSON.stringify(stateOf(form));
  try {
    if (typed !== saved) localStorage.setItem(key, JSON.stringify({ time: Date.now(), saved, typed, isSent }));
    else localStorage.removeItem(key);
  } catch {
    // Storage is blocked or full, so nothing is remembered.
  }
}

/** Restore typed values into the fields, in order for each name. */
function fill(form, pairs) {
  const left = pairs.map(([name, value]) => [name, value]);
  const take = (name, value) => {
    const at = left.findIndex((pair) => pair[0] === name && (value === undefined || pair[1] === value));
    return at < 0 ? undefined : left.splice(at, 1)[0][1];
  };
  for (const field of form.elements) {
    if (!field.name || SKIPPED.test(field.name) || field.type === "hidden" || field.type === "file" || field.matches("button, fieldset")) continue;
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = take(field.name, field.value) !== undefined;
    else {
      const value = take(field.name);
      if (value !== undefined) field.value = value;
    }
    for (let one = field.closest("details"); one; one = one.parentElement.closest("details")) if (field.value !== field.defaultValue) one.open = true;
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(form, kept) {
  const note = document.createElement("div");
  note.className = "note";
  note.setAttribute("role", "status");
  const said = document.createElement("p");
  said.textContent = kept.saved === form.unsaved.saved ? words.unsaved : words.older_unsaved;
  const time = document.createElement("time");
  time.dateTime = new Date(kept.time).toISOString();
  time.textContent = new Date(kept.time).toISOString();
  said.append(time, ".");
  const bar = document.createElement("div");
  bar.className = "bar";
  for (const [label, act] of [[words.restore, () => fill(form, JSON.parse(kept.typed))], [words.discard, () => localStorage.removeItem(form.unsaved.key)]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "outline";
    button.textContent = label;
    button.addEventListener("click", () => {
      act();
      note.remove();
    });
    bar.append(button);
  }
  const body = document.createElement("div");
  body.append(said, bar);
  note.append(body);
  form.before(note);
  const fold = form.closest("details");
  if (fold) fold.open = true;
  showLocalTimes(note);
}

/** Return a form's unsaved values; those that were sent and confirmed are forgotten. */
function keptOf({ key, saved }) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    const isSaved = kept?.isSent && document.querySelector(".toast.success");
    if (!kept || (!isSaved && kept.typed !== saved && Date.now() - kept.time < MAX_AGE_MS)) return kept;
    localStorage.removeItem(key);
  } catch {
    // Treat an unreadable entry as missing.
  }
  return null;
}

function watch(form) {
  const where = new URL(form.getAttribute("action") || location.pathname, location.href).pathname;
  form.unsaved = { key: `unsaved ${document.body.dataset.user} ${where} ${form.dataset.unsaved}`, saved: JSON.stringify(stateOf(form)), sent: false };
  const kept = keptOf(form.unsaved);
  // A rejected form already shows what was typed.
  if (kept && !document.querySelector("main [aria-invalid=true], main .note.error")) offer(form, kept);
  let waiting;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => remember(form), SAVE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    // A preview renders the form elsewhere and saves nothing.
    form.unsaved.sent = !event.submitter?.hasAttribute("formtarget");
    remember(form, form.unsaved.sent);
  });
  addEventListener("pagehide", () => {
    if (!form.unsaved.sent) remember(form);
  });
}

for (const form of document.querySelectorAll("form[data-unsaved]")) watch(form);
