// Drives Firefox with WebDriver BiDi: reads a command per line from standard input and answers each with a line of JSON.
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath, userDataDir, settings] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  userDataDir,
  defaultViewport: null,
  extraPrefsFirefox: JSON.parse(settings),
});
let context = await browser.createBrowserContext();
let page = await context.newPage();

const commands = {
  async forget() {
    await context.close();
    context = await browser.createBrowserContext();
    page = await context.newPage();
  },
  visit: (url) => page.goto(url).then(() => null),
  evaluate: (expression) => page.evaluate(expression),
  click: (x, y) => page.mouse.click(x, y),
  press: (key) => page.keyboard.press(key),
  async openTab() {
    page = await context.newPage();
    await page.bringToFront();
  },
  async switchTab(number) {
    page = (await context.pages())[number];
    await page.bringToFront();
  },
  resize: (width, height) => page.setViewport({ width, height }).then(() => null),
};

console.log(JSON.stringify({ value: await browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await commands[name](...given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
