"""Queries for vendor lists and their translations (Transparency and Consent Framework); all versions are kept."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import insert, select

from consent.storage.database.base import Transaction
from consent.storage.sites import configs
from consent.storage.tables.sites import Config, VendorList

LIST = ""
"""The `language` of a list, as it isn't a translation."""
KIND = "gvl"


class ListFile(NamedTuple):
    """A stored file: its content's name and, for a list, its version and creation date."""

    sha256: str
    version: int
    updated_on: str
    added_at: int


def newest(transaction: Transaction) -> ListFile | None:
    """Return the list with the highest version, or None."""
    columns = [getattr(VendorList, name) for name in ListFile._fields]
    query = select(*columns).where(VendorList.language == LIST).order_by(VendorList.version.desc()).limit(1)
    row = transaction.execute(query).one_or_none()
    return ListFile(*row) if row else None


def translations(transaction: Transaction, version: int) -> dict[str, str]:
    """Return the name of each language's translation for list `version`; of several, the last one added."""
    matching = (VendorList.language != LIST, VendorList.version == version)
    query = select(VendorList.language, VendorList.sha256).where(*matching).order_by(VendorList.added_at)
    return {row.language: row.sha256 for row in transaction.execute(query)}


def list_versions(transaction: Transaction, names: Collection[str]) -> dict[str, int | None]:
    """Return the list version from which each config named `sha256:…` was cut, None for configs without TCF.

    A config never changes, so each process reads it once: alarms query all live configs every minute.
    """
    unknown = [name for name in names if name not in _VERSIONS]
    for first in range(0, len(unknown), configs.MAX_KEYS):
        batch = unknown[first : first + configs.MAX_KEYS]
        # Most configs don't have that part: filter them in the database.
        query = select(Config.sha256, Config.body).where(Config.sha256.in_(batch), Config.body.contains(_TCF_PART))
        versions = {name: int(json.loads(body)["tcf"]["version"]) for name, body in transaction.execute(query)}
        _VERSIONS.update({name: versions.get(name) for name in batch})
    used = {name: _VERSIONS[name] for name in names}
    if len(_VERSIONS) > MAX_USED:
        _VERSIONS.clear()
    return used


_TCF_PART = '"tcf":{"bases"'
"""The beginning of the vendor list part in a config's canonical JSON."""
MAX_USED = 100_000
_VERSIONS: dict[str, int | None] = {}
"""Cached results by config; its name is the hash of its content."""


def add(transaction: Transaction, body: bytes, *, version: int, updated_on: str, now: int, language: str) -> str:
    """Store a file permanently and return its name `sha256:…`; the same file is stored once per version."""
    name = configs.put_artifact(transaction, KIND, body)
    same = (VendorList.sha256 == name, VendorList.language == language, VendorList.version == version)
    if transaction.execute(select(VendorList.version).where(*same)).one_or_none() is None:
        row = {"sha256": name, "language": language, "version": version, "updated_on": updated_on, "added_at": now}
        transaction.execute(insert(VendorList).values(**row))
    return name
