"""How to put the banner into a website, by platform: steps with lines to copy. docs/guides.md tells the same."""

from consent.dashboard.guides.browser_code import REACT, SVELTEKIT, VUE
from consent.dashboard.guides.hosted import SHOPIFY, WEBFLOW
from consent.dashboard.guides.own_path import APACHE, CADDY, NGINX
from consent.dashboard.guides.pages import HTML, HUGO, JEKYLL, TEMPLATES, TURBO
from consent.dashboard.guides.parts import Guide, Step, filled
from consent.dashboard.guides.rendered import ASTRO, NEXT, NEXT_PAGES, NUXT
from consent.dashboard.guides.tag_manager import TAG_MANAGER
from consent.dashboard.guides.wordpress import WORDPRESS

__all__ = ["GUIDES", "Guide", "Step", "filled"]

GUIDES = (
    *(HTML, WORDPRESS, SHOPIFY, WEBFLOW),
    *(REACT, NEXT, NEXT_PAGES, NUXT, VUE, ASTRO, SVELTEKIT),
    *(JEKYLL, HUGO, TEMPLATES, TURBO, TAG_MANAGER),
    *(NGINX, CADDY, APACHE),
)
