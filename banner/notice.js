/** The one line that tells where tags load until they are refused; it can be dismissed. */
import { newBack } from "./back.js";
import { newButton, newLayer } from "./banner.js";
import { answerAll, choose } from "./choose.js";
import { paint } from "./layers.js";
import { openPreferences } from "./preferences.js";
import { recall, remember } from "./store.js";
import { line, nodesOf, say, signalText } from "./text.js";
import { state } from "./state.js";

let isDismissed = false;

/** Return the notice, or the way back where the visitor has dismissed it. */
export function newNotice() {
  const { regime } = state._payload.visit;
  if (isDismissed || recall("notice") === regime) return newBack();
  const dismiss = () => {
    isDismissed = true;
    remember("notice", regime); // the regime alone: no receipt, nothing unique
    return paint(true);
  };
  return newLayer("notice_title", [
    ...nodesOf("notice"),
    line(signalText("active")),
    line(state._decision.status && say("status")),
    newButton("opt_out", () => choose({ _action: "opt_out", _groups: answerAll(false) })),
    newButton("dismiss", dismiss),
    newButton("settings", openPreferences), // last: on a phone the last of three is the widest
  ]);
}
