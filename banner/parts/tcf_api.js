/** Answer `__tcfapi` where IAB Europe's framework (TCF 2.3) applies. */
import { quiet } from "../page/safe_dom.js";
import { parts } from "../parts.js";
import { factsOf, provide } from "../vendors/tcf_api.js";
import { decode } from "../vendors/tcf_codec.js";
import { additionalConsent, tcString } from "../vendors/tcf_strings.js";
import { state } from "../state.js";

/** Begin, if the part `tcf` stores a choice. */
export default quiet(() => {
  const { _tcf } = state;
  if (!_tcf) return;
  const facts = /** @type {import("../types.js").TcfFacts} */ (state._payload.tcf);
  _tcf._string = () => tcString(facts, _tcf._shown(), _tcf._granted());
  _tcf._tell = provide(factsOf(facts), { _write: _tcf._string, _read: read, _isOpen: _tcf._isOpen, _isMade: _tcf._isMade });
  parts.push({ follow: _tcf._tell });
});

/**
 * Return the TCData facts that follow from the string, and Google's string.
 *
 * @param {string} text
 */
function read(text) {
  const { _created, _screen, _language, _list, _restrictions, ...said } = decode(text);
  const { _offered, _granted } = /** @type {import("../vendors/tcf_state.js").TcfState} */ (state._tcf);
  const addtlConsent = additionalConsent(_offered(), _granted());
  return {
    ...said,
    ...(addtlConsent ? { addtlConsent } : {}),
    ...(state._payload.tcf?.consent_mode ? { enableAdvertiserConsentMode: true } : {}),
  };
}
