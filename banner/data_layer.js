/** The event `consent_change` in `dataLayer`, for triggers of a tag manager. */
import { OPTIONAL } from "./groups.js";
import { state } from "./state.js";

/** Push what is granted now. */
export function pushEvent() {
  const { groups } = state._decision;
  const answers = OPTIONAL.map((group) => [`consent_${group}`, groups[group].granted ? "granted" : "denied"]);
  Reflect.get(window, "dataLayer").push({ event: "consent_change", ...Object.fromEntries(answers) });
}
