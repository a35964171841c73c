// Reads golden cases as JSON from standard input; writes the browser's decision for each, under IAB Europe's framework if it applies.
import { parseChoice } from "../../banner/choice/read_choice_cookie.js";
import { decide } from "../../banner/decision/decide.js";
import { anyMatches } from "../../banner/decision/path_patterns.js";
import { answerTags, besideChoice, parseTcf, showOf } from "../../banner/vendors/tcf_choice.js";
import { readFileSync } from "node:fs";

const answerTo = ({ resolved, day, signals, choice: text, tcf: second, path }) => {
  const choice = parseChoice(text);
  const tcf = resolved.tcf ? besideChoice(choice, parseTcf(second)) : null;
  const { sensitive } = resolved;
  answerTags(resolved, choice, tcf, sensitive === true || !!(sensitive && sensitive.length && (path === null || anyMatches(sensitive, path))));
  const decision = decide(resolved, day, signals, choice, path);
  return { ...decision, show: showOf(resolved, day, decision, signals, choice, tcf) };
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answerTo)));
