/** Send the TC string by the Global Privacy Platform, too: in Europe it is section 2. */
import { quiet } from "../page/safe_dom.js";
import { provide } from "../vendors/gpp_api.js";
import { isEnabled } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** The header of a string with section 2 alone. */
const HEADER = "DBABMA~";

let text = "";

/** Begin, where the site has both switches. The signal is ready once nobody is asked; while a layer is shown, what stood before stands. */
export default quiet(() => {
  const { _tcf } = state;
  if (!_tcf?._string || !isEnabled("gpp")) return;
  const write = () => (text = _tcf._isOpen() ? text : HEADER + _tcf._string?.());
  // The section has no fields here: who reads them asks `__tcfapi`.
  const read = () => [/** @type {any} */ (null)];
  const send = provide({ _sections: [{ id: 2, prefix: "tcfeuv2" }], _write: write, _read: read, _display: () => (_tcf._isOpen() ? "visible" : "hidden") });
  const { _tell } = _tcf;
  _tcf._tell = () => {
    _tell?.();
    send?.();
  };
});
