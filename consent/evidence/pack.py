"""Build the signed, reproducible archive of a site's evidence for one day."""

import datetime
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine

from consent.core.days import DAY_SECONDS, day_of
from consent.core.rules import Rules
from consent.evidence.collect import EvidenceData, collect_evidence
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
    """Raised when the site had no published config by that day."""


class Pack(NamedTuple):
    """An archive: its name, its bytes, and their hex SHA-256."""

    name: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Creates packs. `rules` and `banner` belong to this release and replace those of the day if they weren't kept.

    Thanks to `checkpoints`, which records what was signed when, the archive of a past day is the same, byte for byte,
    whenever it is created, unless data of that day has since been erased.
    """

    engine: Engine
    rules: Rules
    banner: bytes
    keys: Keys
    base_url: str
    checkpoints: CheckpointFiles
    cosigned: CheckpointFiles | None = None

    def create(self, site: SiteRow, day: datetime.date) -> Pack:
        """Return the site's evidence for `day`, as of the end of that day in UTC. Raises NotPublishedError."""
        with self.engine.connect() as connection:
            version = version_on(connection, site, day)
            if version is None:
                raise NotPublishedError
            gathered = collect_evidence(connection, self, site, version, day)
        return self._build_pack(site, day, version, gathered)

    def record(self, author: Author, site: SiteRow, day: datetime.date, pack: Pack, now: int) -> None:
        """Write an audit entry with the pack's hash, so that a copy shown later can be compared."""
        after = {"date": day.isoformat(), "sha256": pack.sha256}
        with self.engine.begin() as connection:
            author.record(connection, site, "evidence.created", f"evidence {day}", None, after, now)

    def _build_pack(self, site: SiteRow, day: datetime.date, version: Version, gathered: EvidenceData) -> Pack:
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
    """Return the version that was live at the end of `day`, or None if nothing was published by then."""
    end = (day_of(day) + 1) * DAY_SECONDS
    versions = [one for one in configs.versions(connection, site.id) if one.published_at < end]
    return max(versions, key=lambda one: one.version, default=None)


def archive(files: dict[str, bytes], day: datetime.date) -> bytes:
    """Return a ZIP archive of `files`, sorted by name and all dated `day`."""
    out = io.BytesIO()
    # A pack has the banner in each language under each rule; level 6 takes almost twice as long and saves only 3%.
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=4) as archived:
        for name, data in sorted(files.items()):
            entry = ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
            archived.writestr(entry, data)
    return out.getvalue()
