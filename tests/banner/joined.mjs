// Reads carried and own choices as JSON from standard input; writes the browser's join of each pair.
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { joinChoices } from "../../banner/decision/join_choices.js";
import { readFileSync } from "node:fs";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ carried, own, resolved, day }) => joinChoices(parseChoice(carried), parseChoice(own), resolved, day));
process.stdout.write(JSON.stringify(answers));
