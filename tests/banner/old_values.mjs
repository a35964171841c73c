// Reads cases of mapping, cookies and place as JSON from standard input; writes what the script imports from each.
import { mapCookies } from "../../banner/moving/map_answers.js";
import { readFileSync } from "node:fs";

const { now, cases } = JSON.parse(readFileSync(0, "utf8"));
Date.now = () => now;
process.stdout.write(JSON.stringify(cases.map(([old, cookies, place]) => mapCookies(old, cookies, place))));
