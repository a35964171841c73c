// Reads cookie values from standard input as JSON, answers what the browser's twin of the cookie reads in each.
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { readFileSync } from "node:fs";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(parseChoice)));
