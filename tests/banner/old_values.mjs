// Reads cases of mapping, cookies and place as JSON from standard input; writes what the script imports from
// each, and whether it counts as unreadable.
import { mapCookies } from "../../banner/moving/map_answers.js";
import { readFileSync } from "node:fs";

const { now, cases } = JSON.parse(readFileSync(0, "utf8"));
Date.now = () => now;
const found = cases.map(([old, cookies, place]) => {
  let isDamaged = false;
  const mapped = mapCookies(old, cookies, place, () => (isDamaged = true));
  return [mapped, isDamaged];
});
process.stdout.write(JSON.stringify(found));
