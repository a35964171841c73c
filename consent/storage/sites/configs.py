"""Queries for published configs, the live version, and the rule tables and banner builds that they pin."""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Config as ConfigDocument
from consent.storage.database.base import Transaction
from consent.storage.database.notifications import notify_nodes
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.sites import Artifact, Config, PublishApproval, Site

SHA256 = "sha256:"
"""The prefix of a hash's hex digits."""
NAMED_SECONDS = 62 * DAY_SECONDS
"""How long after the next version receipts may still refer to a config: write tokens are valid for 60 days."""
MAX_KEYS = 500
"""Sites per statement."""
CLOCKS_SECONDS = DAY_SECONDS
"""How long before a version's publication, by one node's clock, another may date a receipt that refers to it."""


class SiteSummary(NamedTuple):
    """A site in a list; without `config` and `version`, it is not published."""

    key: str
    name: str
    config: str | None
    version: int | None


class LiveVersion(NamedTuple):
    """The config that is live on a site."""

    site_id: int
    sha256: str
    version: int


class Version(NamedTuple):
    """A published config without its body."""

    sha256: str
    version: int
    published_at: int
    published_by: str
    note: str


def put_config(
    transaction: Transaction, site_id: int, version: int, body: bytes, *, now: int, by: str, note: str = ""
) -> str:
    """Save the canonical JSON `body` as a version of the site, and return its name `sha256:…`.

    Raises sqlalchemy's IntegrityError if another publish used the version first.
    """
    name = name_of(body)
    row = {"sha256": name, "site_id": site_id, "version": version, "body": body.decode()}
    transaction.execute(insert(Config).values(**row, published_at=now, published_by=by, note=note))
    return name


def get_config(transaction: Transaction, name: str) -> bytes | None:
    """Return the canonical JSON of the config named `sha256:…`, or None."""
    body = transaction.execute(select(Config.body).where(Config.sha256 == name)).scalar_one_or_none()
    return body.encode() if body is not None else None


def get_document(transaction: Transaction, name: str | None) -> ConfigDocument | None:
    """Return the parsed config named `sha256:…`; None if there is none, or no name: a site that was never published."""
    body = get_config(transaction, name) if name else None
    document: ConfigDocument | None = json.loads(body) if body else None
    return document


def put_approval(transaction: Transaction, name: str, body: str) -> None:
    """Save the passkey-signed approval of the config named `sha256:…`, as canonical JSON."""
    transaction.execute(insert(PublishApproval).values(config=name, body=body))


def get_approval(transaction: Transaction, name: str) -> str | None:
    """Return the passkey-signed approval of the config named `sha256:…` as canonical JSON, or None."""
    return transaction.execute(select(PublishApproval.body).where(PublishApproval.config == name)).scalar_one_or_none()


def find_config(transaction: Transaction, name: str) -> tuple[int, bytes] | None:
    """Return the site id and canonical JSON of the config named `sha256:…`, or None."""
    row = transaction.execute(select(Config.site_id, Config.body).where(Config.sha256 == name)).one_or_none()
    return (row.site_id, row.body.encode()) if row else None


def find_name(transaction: Transaction, site_id: int, digits: str) -> str | None:
    """Return the name of the site's config whose hash starts with `digits` (hex), or None."""
    matching = select(Config.sha256).where(Config.site_id == site_id, _starts_with(Config.sha256, digits))
    return transaction.execute(matching.limit(1)).scalar_one_or_none()


def published_at(transaction: Transaction, name: str) -> int | None:
    """Return when the config named `sha256:…` was published, in unix seconds, or None."""
    return transaction.execute(select(Config.published_at).where(Config.sha256 == name)).scalar_one_or_none()


def next_version(transaction: Transaction, site_id: int) -> int:
    """Return the number of the next version to be published."""
    newest = transaction.execute(select(func.max(Config.version)).where(Config.site_id == site_id)).scalar_one()
    return (newest or 0) + 1


def set_live(transaction: Transaction, site_id: int, name: str) -> None:
    """Set the site's live config to `name`, and notify the nodes."""
    transaction.execute(update(Site).where(Site.id == site_id).values(live_config=name))
    notify_nodes(transaction)


def live(transaction: Transaction) -> list[tuple[str, str]]:
    """Return (site key, config name) for each live site, in a single query, since it runs every second."""
    query = select(Site.key, Site.live_config).where(Site.live_config.is_not(None)).order_by(Site.key)
    return [(key, name) for key, name in transaction.execute(query) if name is not None]


def live_versions(transaction: Transaction, keys: Sequence[str]) -> dict[str, LiveVersion]:
    """Return the live versions of the sites with these keys, without unknown or unpublished sites."""
    found: dict[str, LiveVersion] = {}
    query = select(Site.key, Site.id, Config.sha256, Config.version).join(Config, Config.sha256 == Site.live_config)
    for first in range(0, len(keys), MAX_KEYS):
        rows = transaction.execute(query.where(Site.key.in_(keys[first : first + MAX_KEYS])))
        found |= {key: LiveVersion(site_id, sha256, version) for key, site_id, sha256, version in rows}
    return found


def summaries(transaction: Transaction, rows: Sequence[SiteRow]) -> list[SiteSummary]:
    """Return what a list of sites shows of each."""
    live = live_versions(transaction, [row.key for row in rows])
    return [
        SiteSummary(row.key, row.name, row.live_config, live[row.key].version if row.key in live else None)
        for row in rows
    ]


def versions(transaction: Transaction, site_id: int) -> list[Version]:
    """Return the site's published versions, newest first."""
    columns = [getattr(Config, name) for name in Version._fields]
    query = select(*columns).where(Config.site_id == site_id).order_by(Config.version.desc())
    return [Version(*row) for row in transaction.execute(query)]


# Text within a config can't match this, since its quotes are escaped.
_HAS_EXPERIMENT = Config.body.contains('"experiment":{', autoescape=True)


def experiment_bodies(transaction: Transaction, site_id: int) -> dict[str, bytes]:
    """Return the canonical JSON of the site's versions that have an experiment, by name."""
    rows = transaction.execute(select(Config.sha256, Config.body).where(Config.site_id == site_id, _HAS_EXPERIMENT))
    return {name: body.encode() for name, body in rows}


def experiment_names(transaction: Transaction, site_id: int) -> frozenset[str]:
    """Return the names of the site's versions that have an experiment."""
    query = select(Config.sha256).where(Config.site_id == site_id, _HAS_EXPERIMENT)
    return frozenset(transaction.execute(query).scalars())


def named_between(transaction: Transaction, site_id: int, name: str) -> tuple[int, int | None]:
    """Return the unix times between which the site's receipts can refer to the config; the end is None if still open.

    Returns (0, 0) if the site has no such config.
    """
    matching = select(Config.version, Config.published_at).where(Config.site_id == site_id, Config.sha256 == name)
    config = transaction.execute(matching.order_by(Config.version).limit(1)).one_or_none()
    if config is None:
        return 0, 0
    later = select(func.min(Config.published_at)).where(Config.site_id == site_id, Config.version > config.version)
    replaced_at = transaction.execute(later).scalar_one()
    return config.published_at - CLOCKS_SECONDS, replaced_at + NAMED_SECONDS if replaced_at is not None else None


def put_artifact(transaction: Transaction, kind: str, body: bytes) -> str:
    """Store a rule table (`rules`), banner build (`banner`), its part `acts`, a `logo` or a TCF file permanently.

    TCF files are vendor lists and translations (`gvl`), and the extracts that second layers show (`tcf`). Returns the
    artifact's name `sha256:…`.
    """
    name = name_of(body)
    known = transaction.execute(select(Artifact.kind).where(Artifact.sha256 == name)).scalar_one_or_none()
    if known is None:
        transaction.execute(insert(Artifact).values(sha256=name, kind=kind, body=body))
    return name


def get_artifact(transaction: Transaction, name: str) -> bytes | None:
    """Return the artifact named `sha256:…`, or None."""
    return transaction.execute(select(Artifact.body).where(Artifact.sha256 == name)).scalar_one_or_none()


def find_artifact(transaction: Transaction, kind: str, digits: str) -> bytes | None:
    """Return an artifact of `kind` whose hash starts with `digits` (hex), or None."""
    named = select(Artifact.body).where(Artifact.kind == kind, _starts_with(Artifact.sha256, digits))
    return transaction.execute(named.limit(1)).scalar_one_or_none()


def _starts_with(name: InstrumentedAttribute[str], digits: str) -> ColumnElement[bool]:
    return func.substr(name, 1, len(SHA256) + len(digits)) == SHA256 + digits


def name_of(body: bytes) -> str:
    """Return the name `sha256:…` under which `body` is stored."""
    return SHA256 + hashlib.sha256(body).hexdigest()
