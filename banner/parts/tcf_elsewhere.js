/** Answer `__tcfapi` where the framework does not apply, at once: who asks by it waits for an answer. */
import { quiet } from "../page/safe_dom.js";
import { factsOf, provide } from "../vendors/tcf_api.js";
import { state } from "../state.js";

/** Begin, where the site takes part and the visitor's place does not. */
export default quiet(() => {
  const { tcf } = state._payload;
  if (tcf && !tcf.applies) provide(factsOf(tcf));
});
