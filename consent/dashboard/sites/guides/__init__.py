"""Installation guides by platform: steps with lines to copy; docs/guides.md has the same text."""

from consent.dashboard.sites.guides.browser_code import REACT, SVELTEKIT, VUE
from consent.dashboard.sites.guides.hosted import SHOPIFY, WEBFLOW
from consent.dashboard.sites.guides.own_path import APACHE, CADDY, NGINX
from consent.dashboard.sites.guides.pages import HTML, HUGO, JEKYLL, TEMPLATES, TURBO
from consent.dashboard.sites.guides.parts import Guide, Step, filled
from consent.dashboard.sites.guides.prebid import PREBID
from consent.dashboard.sites.guides.rendered import ASTRO, NEXT, NEXT_PAGES, NUXT
from consent.dashboard.sites.guides.tag_manager import TAG_MANAGER
from consent.dashboard.sites.guides.wordpress import WORDPRESS

__all__ = ["GUIDES", "Guide", "Step", "filled"]

GUIDES = (
    *(HTML, WORDPRESS, SHOPIFY, WEBFLOW),
    *(REACT, NEXT, NEXT_PAGES, NUXT, VUE, ASTRO, SVELTEKIT),
    *(JEKYLL, HUGO, TEMPLATES, TURBO, TAG_MANAGER, PREBID),
    *(NGINX, CADDY, APACHE),
)
