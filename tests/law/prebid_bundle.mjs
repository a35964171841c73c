// Prebid with the modules for GPP and TCF, two bidders and one identity module, as a publisher would build it; the tests bundle it.
import pbjs from "prebid.js";
import "prebid.js/modules/consentManagementGpp";
import "prebid.js/modules/consentManagementTcf";
import "prebid.js/modules/tcfControl";
import "prebid.js/modules/gppControl_usnat";
import "prebid.js/modules/gppControl_usstates";
import "prebid.js/modules/userId";
import "prebid.js/modules/sharedIdSystem";
import "prebid.js/modules/appnexusBidAdapter";
import "prebid.js/modules/pubmaticBidAdapter";

pbjs.processQueue();
