// Reads pairs of choices with a lifetime in months as JSON from standard input; writes the browser's result for each pair.
import { amended } from "../../banner/decision/amend_choice.js";
import { newChoice } from "../../banner/decision/choice.js";
import { readFileSync } from "node:fs";

const pairs = JSON.parse(readFileSync(0, "utf8"));
/** Return the choice in the script's form, whose vendors have no prototype. */
const choiceOf = (facts) => Object.assign(newChoice(facts.told, facts, facts.day), facts, { vendors: Object.assign(Object.create(null), facts.vendors) });
process.stdout.write(JSON.stringify(pairs.map(([before, now, life]) => amended(choiceOf(before), choiceOf(now), life))));
