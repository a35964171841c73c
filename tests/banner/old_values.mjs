// Reads cases from standard input as JSON, answers what the script takes of each: mapping, cookies and place.
import { mapCookies } from "../../banner/moving/map_answers.js";
import { readFileSync } from "node:fs";

const { now, cases } = JSON.parse(readFileSync(0, "utf8"));
Date.now = () => now;
process.stdout.write(JSON.stringify(cases.map(([old, cookies, place]) => mapCookies(old, cookies, place))));
