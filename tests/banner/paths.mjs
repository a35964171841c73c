// Reads pairs of pattern and path as JSON from standard input; writes whether each matches in the browser.
import { anyMatches } from "../../banner/decision/path_patterns.js";
import { readFileSync } from "node:fs";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(([pattern, path]) => anyMatches([pattern], path))));
