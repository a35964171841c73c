// Reads sections and visitors' facts as JSON from standard input; writes the GPP strings that the page's script makes.
import { stringOf } from "../../banner/vendors/gpp_sections.js";
import { state } from "../../banner/state.js";
import { readFileSync } from "node:fs";

const stringFor = ({ sections, signals, advertising }) => {
  state._signals = signals;
  state._decision = { groups: { advertising } };
  return stringOf(sections);
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(stringFor)));
