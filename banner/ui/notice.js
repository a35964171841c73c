/** Build the notice, shown where tags load until they are refused; it can be dismissed. */
import { element } from "../page/safe_dom.js";
import { newReopenButton } from "./reopen_button.js";
import { newButton, newLayer } from "./first_layer.js";
import { answerAll, choose } from "../choice/make_choice.js";
import { paintLayer } from "./layers.js";
import { openPreferences } from "./preferences.js";
import { own } from "../decision/groups.js";
import { readItem, rememberItem } from "../choice/local_store.js";
import { line, nodesOf, say, signalText } from "./texts.js";
import { state } from "../state.js";

let isDismissed = false;

/** Return the notice, or the reopen button if the visitor has dismissed it. */
export function newNotice() {
  const { regime } = state._payload.visit;
  if (isDismissed || readItem("notice") === regime) return newReopenButton();
  const dismiss = () => {
    isDismissed = true;
    rememberItem("notice", regime); // only the regime: no receipt, nothing unique
    return paintLayer(true);
  };
  return newLayer("notice_title", [
    ...(state._decision.status ? [element("b", {}, say("status")), element("p", {}, " ")] : []), // first, before what can still be done
    ...nodesOf(own(state._payload.linked, "notice") || [[say("notice")]]),
    line(signalText("active")),
    newButton("opt_out", () => choose({ _action: "opt_out", _groups: answerAll(false) })),
    newButton("dismiss", dismiss),
    newButton("settings", openPreferences), // last: on a phone, the last of three is the widest
  ]);
}
