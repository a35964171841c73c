"""The evidence of one site for one day: gathered, described, signed, and put into an archive whose bytes repeat."""

import datetime
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine

from consent.core.days import day_of
from consent.core.rules import Rules
from consent.evidence.gather import Gathered, gather
from consent.evidence.index import index_page
from consent.proof.audit import Author
from consent.proof.canonical import canonical
from consent.proof.checkpoint_file import CheckpointFiles
from consent.proof.keys import Keys
from consent.proof.statement import sign_payload
from consent.storage import configs
from consent.storage.configs import Version
from consent.storage.sites import FoundSite

TYPE = "consent-evidence+jws"
MANIFEST = "manifest.jws"
INDEX = "index.html"


class NothingInForce(LookupError):
    """No config of the site had been published by that day."""


class Pack(NamedTuple):
    """An archive by name, its bytes, and their SHA-256 in hex."""

    name: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Makes packs. `rules` and `banner` are those of this release, used where those of then are not kept.

    `checkpoints` has what was signed when: so the archive of a past day is the same, byte for byte, whenever it is made,
    unless something of that day was erased meanwhile.
    """

    engine: Engine
    rules: Rules
    banner: bytes
    keys: Keys
    base_url: str
    checkpoints: CheckpointFiles

    def make(self, site: FoundSite, day: datetime.date) -> Pack:
        """Return the evidence of the site for `day`, as it stood at its end in UTC. Raises NothingInForce."""
        with self.engine.connect() as connection:
            version = version_on(connection, site, day)
            if version is None:
                raise NothingInForce
            gathered = gather(connection, self, site, version, day)
        return self._sealed(site, day, version, gathered)

    def tell(self, author: Author, site: FoundSite, day: datetime.date, pack: Pack, now: int) -> None:
        """Tell the log that a pack was made, with its hash: what somebody shows later can be compared with it."""
        after = {"date": day.isoformat(), "sha256": pack.sha256}
        with self.engine.begin() as connection:
            author.tell(connection, site, "evidence.made", f"evidence {day}", None, after, now)

    def _sealed(self, site: FoundSite, day: datetime.date, version: Version, gathered: Gathered) -> Pack:
        files = {**gathered.files, INDEX: index_page(site, day, version, gathered, MANIFEST)}
        files[MANIFEST] = self._manifest(site, day, version, files).encode()
        data = archive(files, day)
        return Pack(f"evidence-{site.key}-{day}.zip", data, sha256(data).hexdigest())

    def _manifest(self, site: FoundSite, day: datetime.date, version: Version, files: dict[str, bytes]) -> str:
        hashes = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
        claims: dict[str, Any] = {"schema": "consent-evidence/1", "site": site.key, "date": day.isoformat()}
        claims |= {
            "id": sha256(json.dumps(hashes).encode()).hexdigest()[:32],
            "config": version.sha256,
            "files": hashes,
        }
        return sign_payload(self.keys.receipt, TYPE, canonical(claims))


def version_on(connection: Connection, site: FoundSite, day: datetime.date) -> Version | None:
    """Return the version that was live at the end of `day`, or None where nothing was published by then."""
    end = (day_of(day) + 1) * 86400
    found = [one for one in configs.versions(connection, site.id) if one.published_at < end]
    return max(found, key=lambda one: one.version, default=None)


def archive(files: dict[str, bytes], day: datetime.date) -> bytes:
    """Return a ZIP archive of `files` in the order of their names, all dated `day`."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=6) as archived:
        for name, data in sorted(files.items()):
            entry = ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
            archived.writestr(entry, data)
    return out.getvalue()
