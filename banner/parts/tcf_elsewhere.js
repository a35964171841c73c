/** Answer `__tcfapi` immediately where the framework doesn't apply, since callers wait for a response. */
import { quiet } from "../page/safe_dom.js";
import { factsOf, provide } from "../vendors/tcf_api.js";
import { state } from "../state.js";

/** Begin, if the site uses the framework but it doesn't apply to the visitor's place. */
export default quiet(() => {
  const { tcf } = state._payload;
  if (tcf && !tcf.applies) provide(factsOf(tcf));
});
