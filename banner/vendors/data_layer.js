/** Push the event `consent_change` to `dataLayer`, for triggers of a tag manager. */
import { OPTIONAL } from "../decision/groups.js";
import { quiet } from "../page/safe_dom.js";
import { state } from "../state.js";

let last = "";

/**
 * Push what is granted now, unless it is unchanged: a tag manager would run the same triggers twice. Its exceptions are
 * ignored.
 */
export const pushEvent = quiet(push);

function push() {
  const { groups } = state._decision;
  const answers = OPTIONAL.map((group) => [`consent_${group}`, groups[group].granted ? "granted" : "denied"]);
  if (last === (last = answers.join())) return;
  Reflect.get(window, "dataLayer").push({ event: "consent_change", ...Object.fromEntries(answers) });
}
