// Reads pairs of a pattern and a path from standard input as JSON, answers which of them the browser's twin says fit.
import { anyMatches } from "../../banner/decision/path_patterns.js";
import { readFileSync } from "node:fs";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(([pattern, path]) => anyMatches([pattern], path))));
