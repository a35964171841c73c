/** Fill the second layer as IAB Europe's framework requires; fetched when the layer is opened. */
import { quiet } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { fillScreens, showChosen } from "../ui/tcf_screens.js";
import { state } from "../state.js";

/** Begin; the part `tcf` calls this for each second layer. */
export default function start() {
  if (state._tcf) state._tcf._fill = quiet(fillScreens);
  parts.push({ follow: showChosen });
}
