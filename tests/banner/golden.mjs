// Reads golden cases from standard input as JSON, answers what the browser's twin of the decision says to each.
import { decide } from "../../banner/decision/decide.js";
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map((one) => decide(one.resolved, one.day, one.signals, parseChoice(one.choice), one.path));
process.stdout.write(JSON.stringify(answers));
