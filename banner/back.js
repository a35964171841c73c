/** The permanent way back to the choice: a small button on every page, which also says where an opt-out was honoured. */
import { element } from "./page.js";
import { openPreferences } from "./preferences.js";
import { newShell } from "./shell.js";
import { backCss } from "./styles.js";
import { say } from "./text.js";
import { state } from "./state.js";

/** Return the host of the button. */
export function newBack() {
  const label = say("back");
  const status = state._decision.status ? say("status") + " \u00b7 " : "";
  const button = element("button", { click: openPreferences }, status + label);
  return newShell("section", { "aria-label": label }, backCss, button);
}
