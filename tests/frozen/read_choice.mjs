// Reads cookie values from standard input as JSON, answers what the banner reads in each, and what it writes for that.
import { formatChoice } from "../../banner/decision/choice.js";
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

const choices = JSON.parse(readFileSync(0, "utf8")).map(parseChoice);
process.stdout.write(JSON.stringify(choices.map((choice) => [choice, choice && formatChoice(choice)])));
