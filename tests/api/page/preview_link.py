"""Preview links."""

import time

from consent.signing.preview_token import Link, make_link


def link(shop, site: str = "shop", seconds: int = 3600, ended: int = 0) -> str:
    return make_link(shop.service.context.keys.secret, Link(site, int(time.time()) + seconds, ended))
