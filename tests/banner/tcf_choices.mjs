// Reads queries about sets and choices as JSON from standard input; writes the page script's results.
import { derive, formatTcf, masked, offeredBy, parseTcf } from "../../banner/vendors/tcf_choice.js";
import { idsOf, readSet, writeSet } from "../../banner/vendors/tcf_sets.js";
import { additionalConsent, tcString } from "../../banner/vendors/tcf_strings.js";
import { readFileSync } from "node:fs";

const flags = (ids) => Object.fromEntries([...ids].sort((a, b) => a - b).map((id) => [id, true]));
const orError = (work) => {
  try {
    return work();
  } catch (error) {
    return error.name;
  }
};
const ANSWERS = {
  written: ([ids, offered]) => writeSet(flags(ids), flags(offered)),
  read: (text) => orError(() => idsOf(readSet(text))),
  parsed: (text) => {
    const found = parseTcf(text);
    return found && formatTcf(found);
  },
  derived: ([offer, action, before, after, cookie]) => derive(action, before, after, offeredBy(offer), parseTcf(cookie)),
  strings: ([facts, cookie, groups]) => {
    const choice = parseTcf(cookie);
    const offered = offeredBy(facts);
    const granted = masked(offered.map((all, index) => readSet(choice._sets[index], all)), groups, false);
    return [tcString(facts, choice, granted), additionalConsent(offered, granted)];
  },
};

const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(asked).map(([kind, questions]) => [kind, questions.map(ANSWERS[kind])]))));
