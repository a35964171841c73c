// Reads golden cases as JSON from standard input; writes the browser's decision for each.
import { decide } from "../../banner/decision/decide.js";
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map((one) => decide(one.resolved, one.day, one.signals, parseChoice(one.choice), one.path));
process.stdout.write(JSON.stringify(answers));
