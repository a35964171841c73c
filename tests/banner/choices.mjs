// Reads cookie values as JSON from standard input; writes what the browser's parser reads from each.
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(parseChoice)));
