// Opens the page of the first argument by Chromium (the second one), goes on by its first link once a line comes in, and
// says what became of the page that the browser had prepared. Playwright holds such pages back; puppeteer lets them run.
// It ends with Chromium, which puppeteer closes where this process is told to end.
import puppeteer from "puppeteer-core";
import { createInterface } from "node:readline";

const [address, executablePath] = process.argv.slice(2);
/** Return what is seen on the page that was prepared, once its layer is there. */
const look = () => {
  const buttons = [...document.querySelectorAll("section[role=region] button")].map((button) => button.textContent);
  const wasPrepared = performance.getEntriesByType("navigation")[0].activationStart > 0;
  return location.pathname === "/second" && buttons.length && { wasPrepared, buttons };
};

/** Return what `asked` comes to, or nothing where it fails or has no answer in five seconds: pages that change places have none. */
const soon = (asked) => Promise.race([asked.catch(() => null), new Promise((resolve) => setTimeout(resolve, 5000, null))]);

/**
 * Return what is seen on whichever page of the browser is the one. Puppeteer's page may go on as the one that was left, where
 * the two change places slowly: each is asked for by itself, in a session of its own.
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
  // The test ends this process where nothing is ever found.
  for (let found; !found; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    found = await lookEverywhere();
    if (found) console.log(JSON.stringify(found));
  }
} finally {
  await browser.close();
}
