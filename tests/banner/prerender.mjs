// Opens the page in the first argument with Chromium (the second one), follows its first link once it reads a line, and
// writes what became of the prerendered page. Playwright holds such pages back; puppeteer lets them run.
// This process ends with Chromium, which puppeteer closes on SIGTERM.
import puppeteer from "puppeteer-core";
import { createInterface } from "node:readline";

const [address, executablePath] = process.argv.slice(2);
/** Return what the prerendered page shows, once it has its layer. */
const look = () => {
  const buttons = [...document.querySelectorAll("section[role=region] button")].map((button) => button.textContent);
  const wasPrepared = performance.getEntriesByType("navigation")[0].activationStart > 0;
  return location.pathname === "/second" && buttons.length && { wasPrepared, buttons };
};

/** Return the result of `asked`, or null if it fails or takes five seconds: pages that are being swapped don't answer. */
const soon = (asked) => Promise.race([asked.catch(() => null), new Promise((resolve) => setTimeout(resolve, 5000, null))]);

/**
 * Return what the prerendered page shows, whichever of the browser's pages it is. If the two pages are swapped slowly,
 * puppeteer's page may still be the old one, so each page is queried in a session of its own.
 */
async function lookEverywhere() {
  for (const target of browser.targets().filter((one) => one.type() === "page")) {
    const session = await soon(target.createCDPSession());
    const answer = session && (await soon(session.send("Runtime.evaluate", { expression: `(${look})()`, returnByValue: true })));
    await (session && soon(session.detach()));
    if (answer?.result.value) return answer.result.value;
  }
}

const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"], headless: true });
browser.once("disconnected", () => process.exit());
try {
  const page = await browser.newPage();
  await page.goto(address);
  for await (const _ of createInterface({ input: process.stdin })) break;
  await soon(page.click("a"));
  // If nothing is ever found, the test ends this process.
  for (let found; !found; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    found = await lookEverywhere();
    if (found) console.log(JSON.stringify(found));
  }
} finally {
  await browser.close();
}
