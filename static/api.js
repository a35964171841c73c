// The page of the HTTP API: finds operations by words, opens the one that an address names, and sends those that read as
// the user who is signed in to the dashboard.
"use strict";

const operations = [...document.querySelectorAll(".operation")];
const entries = new Map([...document.querySelectorAll("nav li[data-of]")].map((entry) => [entry.dataset.of, entry]));
const words = new Map(operations.map((one) => [one, one.textContent.toLowerCase()]));
const field = document.getElementById("find");

/** Show the operations that have each word of the field, and open their groups in the menu while there are words. */
function find() {
  const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of operations) {
    const fits = wanted.every((word) => words.get(one).includes(word));
    one.hidden = entries.get(one.dataset.of).hidden = !fits;
    count += fits;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    const left = group.querySelectorAll(".operation:not([hidden]), li:not([hidden])").length;
    group.hidden = !left;
    if (group.tagName === "DETAILS") group.open = wanted.length > 0;
  }
  for (const id of ["authentication", "errors"]) document.getElementById(id).hidden = wanted.length > 0;
  document.getElementById("found").textContent = wanted.length ? `${count} of ${operations.length}` : "";
}

/** Open the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const operation = named?.closest(".operation");
  if (!operation) return;
  const group = operation.closest(".route-group");
  operation.hidden = group.hidden = false;
  group.open = true;
  operation.open = true;
  operation.querySelector("summary").scrollIntoView();
}

/** Return a new element with attributes and children. */
function make(name, facts = {}, ...children) {
  const element = Object.assign(document.createElement(name), facts);
  element.append(...children);
  return element;
}

/** Return the field of a parameter, from its row in the table. */
function fieldOf(row, sites) {
  const { name, in: place, choices } = row.dataset;
  const options = name === "site" ? sites : choices?.split(" ");
  const facts = { name: `${place}.${name}`, required: "required" in row.dataset };
  const example = row.lastElementChild.textContent;
  const input = options ? make("select", facts) : make("input", { ...facts, placeholder: example, autocomplete: "off" });
  if (options && !facts.required) input.append(make("option", { value: "" }, ""));
  if (options) input.append(...options.map((value) => make("option", { value }, value)));
  return make("label", {}, name, input);
}

/** Send the form of an operation to the dashboard, which calls it, and show what it answers. */
async function send(form, place, session) {
  const button = form.querySelector("button");
  const shown = form.querySelector("output");
  button.disabled = true;
  const body = new URLSearchParams(new FormData(form));
  body.set("path", place.dataset.path);
  const headers = { "X-CSRFToken": session.csrf };
  const answer = await fetch(document.body.dataset.console, { method: "POST", headers, body, redirect: "manual" }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  button.disabled = false;
  if (!found) {
    shown.replaceChildren(make("p", {}, "The dashboard did not send it. Reload the page, and sign in if it asks."));
    return;
  }
  const size = found.is_cut ? ", only its beginning is shown" : "";
  const status = make("p", {}, make("strong", {}, `${found.status}`), ` ${found.media_type}${size}`);
  const url = make("code", {}, `GET ${found.path}`);
  shown.replaceChildren(status, url, make("pre", { tabIndex: 0 }, make("code", {}, indented(found))));
}

/** Return the text of an answer, JSON with an indent. */
function indented(found) {
  if (!found.media_type.includes("json")) return found.text;
  try {
    return JSON.stringify(JSON.parse(found.text), null, 2);
  } catch {
    return found.text;
  }
}

/** Give each operation that reads a form, once it is opened. */
function addForms(session) {
  for (const place of document.querySelectorAll("[data-try]")) {
    place.closest("details").addEventListener("toggle", () => addForm(place, session), { once: true });
    if (place.closest("details").open) addForm(place, session);
  }
}

function addForm(place, session) {
  if (place.querySelector("form")) return;
  const rows = [...place.querySelectorAll("tr[data-in=path], tr[data-in=query]")];
  const parts = rows.map((row) => fieldOf(row, session.sites));
  const form = make("form", {}, make("h3", {}, "Try it"), ...parts, make("button", {}, "Send"), make("output"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, place, session);
  });
  place.querySelector("pre").after(form);
}

/** Ask the dashboard who is signed in. */
async function begin() {
  const place = document.getElementById("session");
  const answer = await fetch(document.body.dataset.console, { redirect: "manual" }).catch(() => null);
  if (answer?.ok) {
    const session = await answer.json();
    addForms(session);
    place.textContent = `You are signed in as ${session.user}: open an operation that reads to send it with your roles, without a token.`;
    return;
  }
  const next = new URLSearchParams({ next: location.pathname });
  place.append(" ", make("a", { href: `${document.body.dataset.signIn}?${next}` }, "Sign in to try them"));
}

field.closest("[hidden]").hidden = false;
field.addEventListener("input", find);
addEventListener("hashchange", openNamed);
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  field.focus();
});
openNamed();
begin();
