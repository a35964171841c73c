// Reads pairs of choices with a life in months from standard input as JSON, answers what the browser makes of each pair.
import { amended } from "../../banner/decision/amend_choice.js";
import { newChoice } from "../../banner/decision/choice.js";
import { readFileSync } from "node:fs";

const pairs = JSON.parse(readFileSync(0, "utf8"));
/** Return the choice with vendors as the script has them, without a prototype. */
const choiceOf = (facts) => Object.assign(newChoice(facts.told, facts, facts.day), facts, { vendors: Object.assign(Object.create(null), facts.vendors) });
process.stdout.write(JSON.stringify(pairs.map(([before, now, life]) => amended(choiceOf(before), choiceOf(now), life))));
