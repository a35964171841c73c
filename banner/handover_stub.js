/**
 * Remove a hand-over code from the page's address before anything reads it: routers, analytics, shared links. The
 * site's script redeems it. Only pages of sites that share choices with other domains contain this.
 */
import { takeFromAddress } from "./page/handover_fragment.js";

takeFromAddress();
