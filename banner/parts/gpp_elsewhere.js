/** Answer `__gpp` immediately where no section applies, since callers wait for a response. */
import { quiet } from "../page/safe_dom.js";
import { provide } from "../vendors/gpp_api.js";
import { isEnabled } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** Begin, if the site has switched this on and the visitor's place has no section. */
export default quiet(() => {
  if (isEnabled("gpp") && !state._payload.gpp) provide({ _sections: [], _write: () => "DBAA", _read: () => [] });
});
