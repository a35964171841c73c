// Decides golden cases in njs, each on its own day, since nginx's clock shows today.
import worker from "consent_edge.js";

function decide(r) {
  const cases = JSON.parse(r.requestText);
  r.return(200, JSON.stringify(cases.map((one) => {
    const configs = golden_days[String(one.day)];
    const place = worker.readPlace(one.country, one.subdivision, configs.places);
    const visit = { place, language: one.language, signals: one.signals, choice: worker.newestChoice([one.choice]), path: one.path, tcf: one.tcf || undefined };
    return worker.decideVisit(configs.sites[one.site], visit, one.day * 864e5);
  })));
}

export default { decide };
