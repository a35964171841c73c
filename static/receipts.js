// What the page of receipts does better with a script: local times, copying, and the banner's own choices on this page.
import { loadBanner } from "./own_banner.js";

const site = document.body.dataset.site;
const language = document.documentElement.lang;

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
  loadBanner(change.dataset.change).then(
    (consent) => consent.open(),
    () => location.assign(change.href),
  );
});

// A choice that is recorded shows at once.
const fetched = window.fetch;
window.fetch = async (address, options) => {
  const answer = await fetched(address, options);
  if (answer.ok && String(address).endsWith("/receipts")) reloadWhenSent();
  return answer;
};

/** Load the page again once the banner holds no choice that is still to be sent. */
function reloadWhenSent() {
  if (localStorage.getItem(`consent_${site}_queue`)) setTimeout(reloadWhenSent, 50);
  else setTimeout(() => location.reload(), 50);
}
