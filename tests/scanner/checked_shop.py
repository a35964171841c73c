"""A made-up shop for *Check my site*, with its lines."""

from typing import Any

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.recognition.known_tags import KnownTags
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.sites.health_report import Subject

SERVICE = "https://consent.example.com"
PAGE = "https://www.shop.example/"
GOOGLE = {"id": "google-analytics", "hosts": ["www.googletagmanager.com", "*.google-analytics.com"]}
SHOP: dict[str, Any] = {"hosts": [PAGE[:-1]], "tags": [], "vendors": [GOOGLE], "overrides": {}}
LINES = lines_of("shop", SERVICE, SHOP)
BLOCKER = LINES["blocker"]
SUBJECT = Subject(
    key="shop",
    hosts=[PAGE[:-1]],
    scope="host",
    vendors=frozenset({"google-analytics"}),
    lines=LINES,
    blocker=blocker(),
    blocker_hash=blocker_hash(),
    was_seen=False,
    unknown_hosts="hold",
    allowed_hosts=(),
    foreign_marks=False,
    is_published=True,
    asks=frozenset({"analytics", "advertising"}),
)
KNOWN = KnownTags(load_catalog(VENDORS))
