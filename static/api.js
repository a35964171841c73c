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

/** Return the site to begin with: the one that the address names, the one whose page led here, or the last one visited. */
function firstSite(session) {
  const [, from] = document.referrer.startsWith(location.origin) ? (new URL(document.referrer).pathname.match(/\/sites\/([^/]+)\//) ?? []) : [];
  const named = new URLSearchParams(location.search).get("site");
  return [named, from, session.site].find((key) => key && key in session.sites);
}

/** Return the options of a select of sites, by their names. */
function siteOptions(keys, session) {
  return keys.map((key) => make("option", { value: key }, session.sites[key] === key ? key : `${session.sites[key]} (${key})`));
}

/** Return the field of a parameter, from its row in the table, with room for a sentence on what is wrong with it. */
function fieldOf(row, operation, session) {
  const { name, in: place, choices } = row.dataset;
  const isRequired = "required" in row.dataset;
  const id = `${operation.parentElement.dataset.of}.${place}.${name}`;
  const facts = { id, name: `${place}.${name}`, required: isRequired };
  const example = row.lastElementChild.textContent;
  const fault = make("small", { className: "fault", id: `${id}.fault` });
  let options = choices?.split(" ").map((value) => make("option", { value }, value));
  if (name === "site") options = siteOptions(session.readable[operation.dataset.try] ?? Object.keys(session.sites), session);
  const input = options ? make("select", facts) : make("input", { ...facts, placeholder: example, autocomplete: "off" });
  if (options && !isRequired) input.append(make("option", { value: "" }, ""));
  if (options) input.append(...options);
  if (name === "site" && isRequired && options.some((one) => one.value === chosenSite())) input.value = chosenSite();
  input.setAttribute("aria-describedby", fault.id);
  return make("div", {}, make("label", {}, isRequired ? `${name} *` : name, input), fault);
}

const chosenSite = () => document.getElementById("site").value;

/** Show sentences by field beside their fields, and focus the first. */
function showFaults(form, faults) {
  let first;
  for (const field of form.querySelectorAll("input, select")) {
    const said = [faults[field.name.split(".").slice(1).join(".")] ?? []].flat().join(" ");
    field.ariaInvalid = said ? "true" : null;
    document.getElementById(`${field.id}.fault`).textContent = said;
    if (said) first ??= field;
  }
  first?.focus();
}

/** Return a sentence for each required field that is empty. */
function emptyFields(form) {
  const empty = [...form.querySelectorAll("[required]")].filter((field) => !field.value.trim());
  return Object.fromEntries(empty.map((field) => [field.name.split(".").slice(1).join("."), field.tagName === "SELECT" ? "Your roles include no site for this." : `Enter a value${field.placeholder ? `, such as ${field.placeholder}` : ""}.`]));
}

/** Send the form of an operation to the dashboard, which calls it, and show what it answers. */
async function send(form, place, session) {
  const empty = emptyFields(form);
  showFaults(form, empty);
  if (Object.keys(empty).length) return;
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
  showFaults(form, faultsOf(found));
}

/** Return what an answer says of fields, by their names. */
function faultsOf(found) {
  try {
    return JSON.parse(found.text).error.fields ?? {};
  } catch {
    return {};
  }
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
  const parts = rows.map((row) => fieldOf(row, place, session));
  const form = make("form", { noValidate: true }, make("h3", {}, "Try it"), ...parts, make("button", {}, "Send"), make("output"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, place, session);
  });
  place.querySelector("pre").after(form);
}

/** Offer the sites of the user; the one selected is that of every operation. */
function addSites(session) {
  const select = document.getElementById("site");
  select.append(...siteOptions(Object.keys(session.sites), session));
  select.value = firstSite(session) ?? select.value;
  select.parentElement.hidden = !select.options.length;
  select.addEventListener("change", () => {
    for (const field of document.querySelectorAll("form [name='path.site'], form [name='query.site'][required]")) {
      if ([...field.options].some((one) => one.value === select.value)) field.value = select.value;
    }
  });
}

/** Ask the dashboard who is signed in. */
async function begin() {
  const place = document.getElementById("session");
  const answer = await fetch(document.body.dataset.console, { redirect: "manual" }).catch(() => null);
  if (answer?.ok) {
    const session = await answer.json();
    addSites(session);
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
