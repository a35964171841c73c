// The page of the cookie declaration, where it is on the site's own host: the choice is seen and changed on it.
import { loadBanner } from "./own_banner.js";

loadBanner(document.body.dataset.banner).catch(() => {}); // then the page says where the choice is kept
