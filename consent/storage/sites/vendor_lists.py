"""Queries of vendor lists and their translations (Transparency and Consent Framework): every version stays."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import insert, select

from consent.storage.database.base import Transaction
from consent.storage.sites import configs
from consent.storage.tables.sites import Config, VendorList

LIST = ""
"""In the place of a translation's language."""
KIND = "gvl"


class ListFile(NamedTuple):
    """A stored file: the name of its content, and of a list the version and the day of its making."""

    sha256: str
    version: int
    updated_on: str
    added_at: int


def newest(transaction: Transaction) -> ListFile | None:
    """Return the list with the highest version, None where there is none."""
    columns = [getattr(VendorList, name) for name in ListFile._fields]
    query = select(*columns).where(VendorList.language == LIST).order_by(VendorList.version.desc()).limit(1)
    row = transaction.execute(query).one_or_none()
    return ListFile(*row) if row else None


def translations(transaction: Transaction, version: int) -> dict[str, str]:
    """Return the name of the translation in each language that belongs to the list `version`: the last one added."""
    matching = (VendorList.language != LIST, VendorList.version == version)
    query = select(VendorList.language, VendorList.sha256).where(*matching).order_by(VendorList.added_at)
    return {row.language: row.sha256 for row in transaction.execute(query)}


def used_by(transaction: Transaction, names: Collection[str]) -> dict[str, int | None]:
    """Return the version of the list that each of the configs named `sha256:…` was cut from, None for one without TCF.

    A config never changes, so each is read once in the life of a process: alarms ask for all live ones each minute.
    """
    unknown = [name for name in names if name not in _USED]
    for first in range(0, len(unknown), configs.MAX_KEYS):
        asked = unknown[first : first + configs.MAX_KEYS]
        # Most configs have no such part: the database leaves them out.
        query = select(Config.sha256, Config.body).where(Config.sha256.in_(asked), Config.body.contains(_CUT))
        versions = {name: int(json.loads(body)["tcf"]["version"]) for name, body in transaction.execute(query)}
        _USED.update({name: versions.get(name) for name in asked})
    used = {name: _USED[name] for name in names}
    if len(_USED) > MAX_USED:
        _USED.clear()
    return used


_CUT = '"tcf":{"bases"'
"""How the part of a vendor list begins in the canonical JSON of a config."""
MAX_USED = 100_000
_USED: dict[str, int | None] = {}
"""What was found, by config: its name is the hash of its content."""


def add(transaction: Transaction, body: bytes, *, version: int, updated_on: str, now: int, language: str) -> str:
    """Save a file for ever, and return its name `sha256:…`; the same file for the same version once."""
    name = configs.put_artifact(transaction, KIND, body)
    where = (VendorList.sha256 == name, VendorList.language == language, VendorList.version == version)
    if transaction.execute(select(VendorList.version).where(*where)).one_or_none() is None:
        row = {"sha256": name, "language": language, "version": version, "updated_on": updated_on, "added_at": now}
        transaction.execute(insert(VendorList).values(**row))
    return name
