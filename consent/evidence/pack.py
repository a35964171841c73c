"""Build the signed, reproducible archive with the evidence of one site for one day."""

import datetime
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine

from consent.core.days import day_of
from consent.core.rules import Rules
from consent.evidence.collect import EvidenceData, gather
from consent.evidence.index_page import index_page
from consent.log.audit_author import Author
from consent.log.checkpoint_files import CheckpointFiles
from consent.signing.canonical_json import canonical
from consent.signing.keys import Keys
from consent.signing.receipt_claims import sign_payload
from consent.storage.sites import configs
from consent.storage.sites.configs import Version
from consent.storage.sites.sites import SiteRow

TYPE = "consent-evidence+jws"
MANIFEST = "manifest.jws"
INDEX = "index.html"


class NotPublishedError(LookupError):
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
    cosigned: CheckpointFiles | None = None

    def create(self, site: SiteRow, day: datetime.date) -> Pack:
        """Return the evidence of the site for `day`, as it stood at its end in UTC. Raises NotPublishedError."""
        with self.engine.connect() as connection:
            version = version_on(connection, site, day)
            if version is None:
                raise NotPublishedError
            gathered = gather(connection, self, site, version, day)
        return self._sealed(site, day, version, gathered)

    def record(self, author: Author, site: SiteRow, day: datetime.date, pack: Pack, now: int) -> None:
        """Write the audit entry of a pack with its hash, so that a pack shown later can be compared."""
        after = {"date": day.isoformat(), "sha256": pack.sha256}
        with self.engine.begin() as connection:
            author.record(connection, site, "evidence.created", f"evidence {day}", None, after, now)

    def _sealed(self, site: SiteRow, day: datetime.date, version: Version, gathered: EvidenceData) -> Pack:
        files = {**gathered.files, INDEX: index_page(site, day, version, gathered, MANIFEST)}
        files[MANIFEST] = self._manifest(site, day, version, files).encode()
        data = archive(files, day)
        return Pack(f"evidence-{site.key}-{day}.zip", data, sha256(data).hexdigest())

    def _manifest(self, site: SiteRow, day: datetime.date, version: Version, files: dict[str, bytes]) -> str:
        hashes = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
        claims: dict[str, object] = {"schema": "consent-evidence/1", "site": site.key, "date": day.isoformat()}
        claims |= {
            "id": sha256(json.dumps(hashes).encode()).hexdigest()[:32],
            "config": version.sha256,
            "files": hashes,
        }
        return sign_payload(self.keys.receipt, TYPE, canonical(claims))


def version_on(connection: Connection, site: SiteRow, day: datetime.date) -> Version | None:
    """Return the version that was live at the end of `day`, or None where nothing was published by then."""
    end = (day_of(day) + 1) * 86400
    versions = [one for one in configs.versions(connection, site.id) if one.published_at < end]
    return max(versions, key=lambda one: one.version, default=None)


def archive(files: dict[str, bytes], day: datetime.date) -> bytes:
    """Return a ZIP archive of `files` in the order of their names, all dated `day`."""
    out = io.BytesIO()
    # Level 6 would take nearly twice as long for 3 % less: a pack has the banner in each language under each rule.
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=4) as archived:
        for name, data in sorted(files.items()):
            entry = ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
            archived.writestr(entry, data)
    return out.getvalue()
