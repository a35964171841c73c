"""Run the service with one site for each website and set-up, and build the *Install* lines."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port, running
from bench.websites.sites import Website
from bench.websites.world import SERVICE
from consent.app import load_artifacts, load_rules
from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.documents.config import Draft
from consent.log.audit_author import AuditActor, Author
from consent.publishing.publish import publish
from consent.runtime.embed_snippets import lines_of
from consent.signing.keys import load_keys
from consent.sites.custom.code import CodeGuard
from consent.sites.draft import new_draft
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites

ORIGIN = f"https://{SERVICE}"
NONE, FOUND = "none", "found"
SET_UPS = (NONE, FOUND)
"""A site without tags, and one with the tags that *Check my site* finds on its pages."""
CONTROLLER = {
    "name": "The owner of this website",
    "address": "1 Main Street, 10115 Berlin, Germany",
    "contact": "privacy@owner.example",
    "policy_url": "https://owner.example/privacy",
    "policy_revision": "1",
    "storage_location": "Germany",
    "retention": "36 months after expiry or withdrawal",
}


def key_of(site: Website, set_up: str) -> str:
    """Return the key of a website's site in the service."""
    return f"{site.name}-{set_up}"


def lines(draft: Draft) -> str:
    """Return the lines that an owner copies from *Install* to the beginning of the head."""
    return lines_of(draft["site"], ORIGIN, draft)["head"]


@contextmanager
def running_service(folder: Path, drafts: list[Draft]) -> Iterator[int]:
    """Publish `drafts`, run the service as `consent run` does, and yield its port."""
    instance, port = folder / "instance", free_port()
    instance.mkdir()
    engine = make_engine(f"sqlite:///{(instance / 'consent.sqlite').absolute()}")
    upgrade(engine)
    keys = load_keys(instance / "keys")
    author, guard = (
        Author(AuditActor("bench", "program"), keys.receipt),
        CodeGuard(load_catalog(VENDORS), keys.secret),
    )
    for draft in drafts:
        key = draft["site"]
        with engine.begin() as connection:
            sites.create(connection, key, key, json.dumps(draft), int(time.time()))
        publish(engine, key, load_rules(), load_artifacts(), guard, author)
    engine.dispose()
    with running(
        ["-m", "bench.serve", "consent.app:create_asgi", str(port), "asginl"], port, "/", _environment(instance)
    ):
        yield port


def _environment(instance: Path) -> dict[str, str]:
    return {
        "CONSENT_INSTANCE": str(instance),
        "CONSENT_BASE_URL": ORIGIN,
        "CONSENT_SECRET_KEY": "0123456789abcdef" * 4,
        "CONSENT_TRUSTED_PROXIES": "127.0.0.0/8",
        "CONSENT_EDGE": "cloudflare",
        "CONSENT_WRITE_LIMIT": "",
        "CONSENT_LOG_FILE": str(instance / "consent.log"),
    }


def empty_draft(site: Website, set_up: str) -> Draft:
    """Return the site's draft without tags, in which the site's own code on other hosts is allowed."""
    hosts = [f"https://{name}" for name in dict.fromkeys((site.host, site.domain, f"www.{site.domain}"))]
    draft = new_draft(key_of(site, set_up), hosts, CONTROLLER)
    draft["texts"] |= {"confirmed": ["en"]}
    draft["overrides"]["allowed_hosts"] = [*site.allowed]
    return draft


def sold_hosts(draft: Draft) -> list[str]:
    """Return the hosts of vendors whose tags sell or share, which a visitor with Global Privacy Control has refused."""
    sold = {tag["vendor"] for tag in draft["tags"] if tag["sale_or_share"]}
    return [host for vendor in draft["vendors"] if vendor["id"] in sold for host in vendor["hosts"]]
