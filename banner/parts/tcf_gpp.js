/** Also send the TC string through the Global Privacy Platform, where it is section 2 in Europe. */
import { quiet } from "../page/safe_dom.js";
import { provide } from "../vendors/gpp_api.js";
import { isEnabled } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** The header of a string that only has section 2. */
const HEADER = "DBABMA~";

let text = "";

/**
 * Begin, if the site has switched on both. The signal is ready when no layer asks; while one does, the previous signal
 * is kept.
 */
export default quiet(() => {
  const { _tcf } = state;
  if (!_tcf?._string || !isEnabled("gpp")) return;
  const write = () => (text = _tcf._isOpen() ? text : HEADER + _tcf._string?.());
  // The section has no fields here: callers that need them use `__tcfapi`.
  const read = () => [/** @type {any} */ (null)];
  const send = provide({ _sections: [{ id: 2, prefix: "tcfeuv2" }], _write: write, _read: read, _display: () => (_tcf._isOpen() ? "visible" : "hidden") });
  const { _tell } = _tcf;
  _tcf._tell = () => {
    _tell?.();
    send?.();
  };
});
