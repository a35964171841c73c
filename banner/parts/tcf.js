/** Store the choice under IAB Europe's framework (TCF 2.3), where it applies, and make the second layer show it. */
import { quiet } from "../page/safe_dom.js";
import { parts, startParts } from "../parts.js";
import { makers } from "../ui/layers.js";
import { keepTcf } from "../vendors/tcf_state.js";
import { state } from "../state.js";

/** @type {object} */
let kit;

/**
 * Begin before the first decision.
 *
 * @param {unknown} _later
 * @param {object} core the core's exports for the second layer
 */
export default function start(_later, core) {
  if (!state._payload.tcf?.applies) return;
  kit = core;
  keepTcf();
  nameLanguage();
  parts.push({ screen });
}

/** Mark the language of the list's own names on the first layer, if it isn't the banner's. */
function nameLanguage() {
  const { ask } = makers;
  const { lang } = /** @type {import("../types.js").TcfFacts} */ (state._payload.tcf);
  if (!ask || state._payload.visit.language.startsWith(lang)) return;
  makers.ask = () => {
    const layer = ask();
    for (const name of layer.querySelectorAll("i")) name.lang = lang;
    return layer;
  };
}

/** @param {HTMLDialogElement} dialog */
function screen(dialog) {
  const tcf = /** @type {import("../vendors/tcf_state.js").TcfState} */ (state._tcf);
  const show = (/** @type {boolean} */ isShown) => {
    tcf._isSecond = isShown;
    tcf._tell?.();
  };
  dialog.addEventListener("close", () => show(false));
  show(true);
  void fill(dialog);
}

/** Fill the second layer once its code has loaded; without it, groups can still be chosen. */
const fill = quiet(async (/** @type {HTMLDialogElement} */ dialog) => {
  if (!state._tcf?._fill) startParts([(await import(state._base + state._payload.screens)).default], kit);
  state._tcf?._fill?.(dialog);
});
