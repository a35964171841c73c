/** Answer `__gpp` where no section applies, at once: who asks by it waits for an answer. */
import { quiet } from "../page/safe_dom.js";
import { provide } from "../vendors/gpp_api.js";
import { isEnabled } from "../vendors/platform_signals.js";
import { state } from "../state.js";

/** Begin, where the site has the switch and the visitor's place no section. */
export default quiet(() => {
  if (isEnabled("gpp") && !state._payload.gpp) provide({ _sections: [], _write: () => "DBAA", _read: () => [] });
});
