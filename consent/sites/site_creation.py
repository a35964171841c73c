"""Create a site: the checks and defaults that the dashboard, the API and the command line share."""

import ipaddress
import json
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError

from consent.core.documents.config import Draft
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.presentation.default_facts import default_period, default_place
from consent.presentation.languages import languages
from consent.sites.cookie_domain import default_scope
from consent.sites.draft import DraftError, check_draft, new_draft
from consent.sites.time_zones import UTC
from consent.storage.database.base import Transaction
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow

MAX_NAME = 255
DEFAULT_MONTHS = 36
"""How long receipts of a new site are kept after their end: the default of `site.retention_months`."""
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls that change the direction of the text after a name, and control characters other than whitespace."""
FIELDS = {
    "site": "key",
    "texts": "language",
    "overrides.time_zone": "time_zone",
}
"""Fields of a new site, by the parts of its draft that they become."""


class NewSite(NamedTuple):
    """A site to be created; without a `key`, it is made from the name, and without a `time_zone`, it is UTC.

    `hosts` are origins, and `controller` the known facts about who is responsible.
    """

    name: str
    hosts: list[str]
    controller: dict[str, str]
    key: str = ""
    language: str = "en"
    time_zone: str = ""


def create_site(transaction: Transaction, wanted: NewSite, base_url: str, by: Author, now: int) -> SiteRow:
    """Create a site with an empty draft, and write the audit entry.

    `base_url` is the service's own address. Raises DraftError with a sentence for each invalid field of `wanted`, and
    KeyTakenError, after which the transaction must be rolled back.
    """
    name = site_name(wanted.name)
    draft = _draft_of(name, wanted, base_url)
    try:
        site = sites.create(transaction, draft["site"], name, json.dumps(draft, ensure_ascii=False), now)
    except IntegrityError:
        raise KeyTakenError(draft["site"]) from None
    by.record(transaction, site, "site.created", site.key, None, {"name": name, "hosts": draft["hosts"]}, now)
    return site


class KeyTakenError(DraftError):
    """There is a site with that key, or there was one."""

    def __init__(self, key: str) -> None:
        super().__init__({"key": translatable(f"There is already a site {key}.")})


def _draft_of(name: str, wanted: NewSite, base_url: str) -> Draft:
    """Return the draft of a new site. Raises DraftError."""
    key, hosts = wanted.key.strip().lower() or key_of(name), list(dict.fromkeys(wanted.hosts))
    facts = _default_facts(wanted.language, base_url) | {fact: text for fact, text in wanted.controller.items() if text}
    draft = new_draft(key, hosts, facts, wanted.language)
    draft["overrides"]["time_zone"] = wanted.time_zone.strip() or UTC
    errors = {"name": sentence} if (sentence := name_error(name)) else {}
    if not hosts:
        errors["hosts"] = translatable("Enter where visitors find it, such as www.example.com.")
    try:
        check_draft(draft)
    except DraftError as error:
        for path, text in error.fields.items():
            errors.setdefault(_field_of(path), text)
    if "name" in errors and not wanted.key.strip():
        # The key is made from the name.
        errors.pop("key", None)
    if errors:
        raise DraftError(errors)
    draft["overrides"]["cookie_scope"] = default_scope(hosts)
    return draft


def _field_of(path: str) -> str:
    return next((field for part, field in FIELDS.items() if path == part or path.startswith(f"{part}.")), path)


def name_error(name: str) -> str:
    """Return why a site can't have this name, or an empty string."""
    if not name:
        return translatable("Enter a name for the site.")
    return translatable("A site needs a name of up to 255 characters.") if len(name) > MAX_NAME else ""


def site_name(text: str) -> str:
    """Return a name as it is stored: without control characters and text direction marks.

    The result is empty if it would be invisible, such as a name of only zero-width characters.
    """
    name = " ".join(UNSEEN.sub("", text).split())
    return name if any(unicodedata.category(sign)[0] in "LNPS" for sign in name) else ""


def key_of(name: str) -> str:
    """Return a key made from a name: `Ökö shop` becomes `oko-shop`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63]


def _default_facts(language: str, base_url: str) -> dict[str, str]:
    """Return the facts that follow from this service itself, in the language of the site, if the banner has it."""
    if language not in languages():
        return {}
    host = urlsplit(base_url).hostname or ""
    return {
        "storage_location": default_place(language, "" if _is_loopback(host) else host),
        "retention": default_period(language, DEFAULT_MONTHS),
    }


def _is_loopback(host: str) -> bool:
    """Return whether `host` means only the machine itself, which says nothing to a visitor."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
