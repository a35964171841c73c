// What the page of receipts does better with a script: local times, copying, and the banner's own choices on this page.
"use strict";

const site = document.body.dataset.site;
const language = document.documentElement.lang;
const fetched = window.fetch;

for (const time of document.querySelectorAll("time")) {
  time.title = time.textContent;
  time.textContent = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }).format(new Date(time.dateTime));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.getElementById("said").textContent = button.textContent = button.dataset.done;
  });
}

// The proof is there within seconds: the page looks again by itself, more slowly each time.
if (document.querySelector("[data-waits]") && !document.querySelector("h1[data-withdrawn]")) {
  const tries = Number(sessionStorage.getItem("receipts_tries") || 0);
  sessionStorage.setItem("receipts_tries", String(tries + 1));
  setTimeout(() => location.reload(), 2000 * 2 ** Math.min(tries, 5));
} else {
  sessionStorage.removeItem("receipts_tries");
}

document.querySelector("[data-withdraw]")?.addEventListener("submit", () => localStorage.removeItem(`consent_${site}_receipt`));

const change = document.querySelector("[data-change]");
change?.addEventListener("click", (event) => {
  event.preventDefault();
  if (window.consent) return void window.consent.open();
  const script = document.createElement("script");
  script.src = change.dataset.change;
  script.addEventListener("error", () => location.assign(change.href));
  document.head.append(script);
  openWhenReady();
});

/** Open the second layer once the banner has its decision; where none comes, go to the site. */
function openWhenReady(tries = 0) {
  if (window.consent) window.consent.open();
  else if (tries > 100) location.assign(change.href);
  else setTimeout(openWhenReady, 50, tries + 1);
}

// None of the site's tags loads on this page, and a choice that is recorded shows at once.
window.fetch = async (address, options) => {
  const answer = await fetched(address, options);
  if (String(address).includes("/decision?view=banner")) {
    const decision = await answer.json();
    for (const part of [decision.banner, decision.banner?.acts]) if (part?.tags) part.tags = {};
    return Response.json(decision);
  }
  if (answer.ok && String(address).endsWith("/receipts")) reloadWhenSent();
  return answer;
};

/** Load the page again once the banner holds no choice that is still to be sent. */
function reloadWhenSent() {
  if (localStorage.getItem(`consent_${site}_queue`)) setTimeout(reloadWhenSent, 50);
  else setTimeout(() => location.reload(), 50);
}
