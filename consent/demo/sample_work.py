"""Made-up work that waits in a new demo: findings of a scan to review, and requests of visitors."""

import datetime
import json

from sqlalchemy import Connection

from consent.classifier.catalog import DATA, fill, load_catalog
from consent.classifier.classifier import shipped_classifier
from consent.classifier.observation import Observation
from consent.classifier.result import Answer
from consent.core.days import DAY_SECONDS
from consent.demo.ports import Ports
from consent.demo.site import CONTROLLER
from consent.log.audit_author import Author
from consent.privacy.request_register import Register
from consent.sites.draft import add_tag, new_draft
from consent.sites.shipped_rules import load_rights
from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow

HOST = "www.shop.localhost"
BLOG, BLOG_NAME, BLOG_HOST = "demo-blog", "Kleiner Garten (demo blog)", "blog.example.com"
BLOG_VENDORS = ("matomo", "vimeo")
SCANNED_AGO = 2 * 3600
PAGES = 12
COOKIES = (
    ("_ga", f".{HOST}", 63_072_000),
    ("_fbp", f".{HOST}", 7_776_000),
    ("PHPSESSID", HOST, 0),
    ("lg_wishlist_v2", HOST, 2_592_000),
    ("lg_wl", HOST, 2_592_000),
    ("lgrv2", HOST, 2_592_000),
    ("zq81", HOST, 2_592_000),
    ("uid", "pixel.example.com", 31_536_000),
)
"""Cookies that the made-up scan found, with host and lifetime: some are known, some nobody knows."""
REQUESTS = (("access", "DE", 25, 17), ("erasure", "FR", 6, 18), ("opt_out_sale", "US-CA", 2, None))
"""Kind, place, how many days ago it was received, and number in the owner's records; the first is due within a week."""


def add_blog(connection: Connection, now: int) -> None:
    """Add a second small site, a blog in German, with two tags of the catalog; the caller publishes it."""
    facts = CONTROLLER | {"policy_url": f"https://{BLOG_HOST}/datenschutz"}
    draft, catalog = new_draft(BLOG, [f"https://{BLOG_HOST}"], facts), load_catalog(DATA / "vendors")
    for vendor in map(catalog.vendor, BLOG_VENDORS):
        template = vendor.tags[0]
        parameters = {one.id: one.example for one in template.parameters}
        draft = add_tag(draft, vendor, template.id, fill(template, parameters), parameters)
    draft["texts"] |= {"default_language": "de", "languages": {"de": {}, "en": {}}, "confirmed": ["de", "en"]}
    sites.create(connection, BLOG, BLOG_NAME, json.dumps(draft), now)


def add_sample_work(connection: Connection, site: SiteRow, author: Author, ports: Ports, now: int) -> None:
    """Add a finished scan with findings to review, and three requests of visitors, to a new demo's site."""
    start = f"http://{HOST}:{ports.shop}/"
    number = scans.request(connection, site.id, start, now - SCANNED_AGO)
    seen = [Observation(name, host, expiry_s=life, third_party=not host.endswith(HOST)) for name, host, life in COOKIES]
    answers = shipped_classifier().cookies(seen)
    findings = [_finding(one, answer, start) for one, answer in zip(seen, answers, strict=True)]
    scans.save_findings(connection, site.id, findings, now - SCANNED_AGO)
    scans.finish(connection, number, now - SCANNED_AGO, state=scans.DONE, pages=PAGES, problems=[], diff=[])
    register = Register(connection, author, site, load_rights(), now)
    for kind, place, days_ago, case in REQUESTS:
        day = datetime.datetime.fromtimestamp(now - days_ago * DAY_SECONDS, datetime.UTC).date()
        reference = f"DSR-{day.year}-{case}" if case else ""
        register.add({"kind": kind, "place": place, "received": day.isoformat(), "reference": reference})


def _finding(seen: Observation, answer: Answer, page: str) -> StoredFinding:
    return StoredFinding(
        kind="cookie",
        name=seen.name,
        host=seen.domain.lstrip("."),
        third_party=bool(seen.third_party),
        lifetime_s=seen.expiry_s,
        situations="accept",
        page=page,
        made_by="",
        group=answer.group,
        purpose=answer.purpose,
        vendor=answer.vendor,
        layer=answer.layer,
        confidence=answer.confidence,
        reason=answer.reason,
        suggestion=answer.suggestion,
        is_leak=False,
    )
