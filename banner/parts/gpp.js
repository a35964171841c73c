/** Send the decision through the Global Privacy Platform, for a visitor in the US or one who may be there. */
import { quiet } from "../page/safe_dom.js";
import { provide } from "../vendors/gpp_api.js";
import { read, stringOf } from "../vendors/gpp_sections.js";
import { state } from "../state.js";

/** Begin, if the visitor's place has sections. */
export default quiet(() => {
  const { gpp } = state._payload;
  if (gpp) provide({ _sections: gpp, _write: () => stringOf(gpp), _read: (text) => read(text, gpp) });
});
