"""The service with one site, whose pages have their own tags; visitors come from Germany."""

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.dashboard.sites.guides import GUIDES, Step, filled
from consent.runtime.embed_snippets import lines_of
from consent.sites.draft import add_tag
from consent.storage.sites import sites
from tests.api.shop import Shop, open_shop
from tests.geo.addresses import BERLIN_V6
from tests.guides import snippets
from tests.wsgi_server import serving

IN_PAGE = {"type": "marked", "src": None, "attributes": {}, "calls": []}
TAGS = {
    "google-analytics": "ga4",
    "meta-pixel": "meta-pixel",
    "hotjar": "hotjar",
    "youtube": "youtube-nocookie",
    "google-tag-manager": "gtm",
}
"""The vendors whose tags are in the pages, each with its tag."""
PARAMETERS = {
    "google-analytics": {"measurement_id": "G-ABC1234567"},
    "meta-pixel": {"pixel_id": "1234567890123456"},
    "hotjar": {"site_id": "123456"},
}
"""What the service needs to load a tag itself."""


@dataclass
class Site:
    """A site: `service_url` is the service's address, `origin` the website's future one."""

    shop: Shop
    service_url: str
    origin: str

    @property
    def port(self) -> int:
        """Return the website's port."""
        return int(self.origin.rpartition(":")[2])

    def step(self, guide: str, words: str) -> str:
        """Return the lines of the step in `guide` that contains `words`."""
        with self.shop.service.context.engine.connect() as connection:
            draft = json.loads(sites.read_draft(connection, self.shop.site_id).text)
        return step_of(guide, words, lines_of("shop", self.service_url, draft)).lines

    def words(self, guide: str, **steps: str) -> dict[str, str]:
        """Return the lines of the steps in `guide` with these words, and the snippets that every page has."""
        own = {
            "start": snippets.START,
            "hotjar": snippets.HOTJAR_CODE,
            "meta": snippets.META_CODE,
            "film": snippets.FILM,
        }
        return own | {name: self.step(guide, words) for name, words in steps.items()}


def step_of(guide: str, words: str, values: dict[str, str]) -> Step:
    """Return the only step in `guide` that contains `words`, filled with `values`."""
    found = next(one for one in GUIDES if one.key == guide)
    (step,) = (step for step in filled(found, values).steps if words in step.text)
    return step


@contextmanager
def running_site(folder: Path, loads: Iterable[str] = ()) -> Iterator[Site]:
    """Run the service with the site published; once granted, the service loads the tags of the vendors in `loads`."""
    parameters = {vendor: PARAMETERS[vendor] for vendor in loads}
    opened: list[Shop] = []
    with serving(lambda environ, start_response: _from_germany(opened[0], environ, start_response)) as port:
        url = f"http://consent.localhost:{port}"
        opened.append(open_shop(folder, base_url=url, trusted_proxies=("127.0.0.1/32",)))
        site = Site(opened[0], url, f"http://localhost:{free_port()}")
        site.shop.edit(lambda draft: _with_tags(draft, site.origin, parameters))
        site.shop.publish(seen_by="another")
        yield site
    opened[0].service.close()


def free_port() -> int:
    """Return a port that nobody is listening on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _from_germany(shop: Shop, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    return shop.service.wsgi_app({**environ, "HTTP_X_FORWARDED_FOR": BERLIN_V6}, start_response)


def _with_tags(draft: dict[str, Any], origin: str, parameters: dict[str, dict[str, str]]) -> None:
    catalog = load_catalog(VENDORS)
    new = draft | {"hosts": [origin], "tags": [], "vendors": []}
    for name, tag in TAGS.items():
        vendor, filled_in = catalog.vendor(name), parameters.get(name, {})
        load = fill(vendor.tag(tag), filled_in) if filled_in else IN_PAGE
        new = add_tag(new, vendor, tag, load, filled_in, name)
    draft.update(new)
