// Reads cookie values as JSON from standard input; writes what the banner reads from each, and what it writes for that.
import { formatChoice } from "../../banner/decision/choice.js";
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

const choices = JSON.parse(readFileSync(0, "utf8")).map(parseChoice);
process.stdout.write(JSON.stringify(choices.map((choice) => [choice, choice && formatChoice(choice)])));
