/**
 * Take a hand-over code out of the page's address, above all that reads it: routers, statistics, links that are shared. The
 * script of the site redeems it. It stands in the pages of sites that share choices with other domains alone.
 */
import { takeFromAddress } from "./page/handover_fragment.js";

takeFromAddress();
