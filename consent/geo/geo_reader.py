"""Look up addresses in the geo database, and reload it when its file is replaced."""

import logging
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb

from consent.core.rules import Place
from consent.geo.address import is_public, parse_address, to_text
from consent.geo.database import Description, GeoDatabaseError, open_checked
from consent.geo.places import UNKNOWN, read_place

SHIPPED_DATABASE = Path(__file__).parent.parent / "data" / "geo" / "country-region.mmdb"
CHECK_SECONDS = 3.0
"""How often the next lookup also checks the file; this needs no thread, so a fork can't lose one."""

_log = logging.getLogger(__name__)
_Signature = tuple[int, ...]


class GeoReader:
    """Looks up the places of addresses in the file `path`, or in `fallback` while `path` is missing or unusable.

    Never raises for a missing or damaged file: without a usable file, every place is unknown, and `description` says
    why.
    """

    def __init__(
        self, path: str | Path, fallback: str | Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._clock = Path(path), clock
        self._lock = threading.Lock()
        self._seen: _Signature | None = None
        self._reader: maxminddb.Reader | None = None
        self._next_check = 0.0
        self.description = Description("missing", self._path)
        if fallback is not None:
            self._use_fallback(Path(fallback))
        self.refresh()

    @classmethod
    def of_setting(cls, path: Path | None) -> "GeoReader":
        """Return the reader for a service with this CONSENT_GEO_DATABASE setting."""
        return cls(path, SHIPPED_DATABASE) if path else cls(SHIPPED_DATABASE)

    def locate(self, address: str) -> Place:
        """Return the place of an address, with source `geoip`; unknown for private and invalid addresses."""
        packed = parse_address(address)
        return UNKNOWN if packed is None else self.locate_packed(packed)

    def locate_packed(self, packed: bytes) -> Place:
        """Return the place of an address packed by `parse_address`."""
        if self._clock() >= self._next_check:
            self.refresh(wait=False)
        # Use a local reference, since another thread may replace the reader at any time.
        reader = self._reader
        if reader is None or not is_public(packed):
            return UNKNOWN
        try:
            record = reader.get(to_text(packed))
        except (ValueError, maxminddb.InvalidDatabaseError):
            # IPv6 in an IPv4 database, or damage that the samples missed: unknown is the safe answer.
            return UNKNOWN
        return _place_of(record)

    def refresh(self, wait: bool = True) -> bool:
        """Reload the file if it changed, and return whether a new one is in use.

        An unusable file is rejected and logged once, and the one read before stays in use. Without `wait`, nothing is
        done while another thread is reloading.
        """
        if not self._lock.acquire(blocking=wait):
            return False
        try:
            self._next_check = self._clock() + CHECK_SECONDS
            return self._reload()
        finally:
            self._lock.release()

    def _reload(self) -> bool:
        signature = _signature(self._path)
        if signature is None:
            self._seen = None
            if self._reader is None or self.description.path == self._path:
                self._record_problem("missing", "the file does not exist")
            return False
        if signature == self._seen:
            return False
        try:
            reader = open_checked(self._path)
        except GeoDatabaseError as error:
            self._seen = signature
            self._record_problem("refused", str(error))
            return False
        except OSError as error:
            # The file isn't at fault (no space for the copy, no read permission): try again at the next check.
            self._record_problem("refused", f"it cannot be read ({error.strerror or type(error).__name__})")
            return False
        if signature != _signature(self._path):
            return False  # still being written: the next check reads the rest
        self._seen = signature
        self._use(reader, self._path)
        return True

    def _use(self, reader: maxminddb.Reader, path: Path) -> None:
        metadata = reader.metadata()
        self._reader = reader
        self.description = Description("ok", path, metadata.database_type, metadata.build_epoch)
        _log.info("Using geo database %s: %s", path, metadata.database_type)

    def _record_problem(self, status: str, error: str) -> None:
        """Store why the file isn't in use, and log it unless the reason is unchanged."""
        known = self.description
        message = f"{self._path}: {error}"
        if known.error == message:
            return
        status = "kept" if self._reader is not None else status
        self.description = Description(status, known.path, known.database_type, known.build_epoch, message)
        consequence = "the previous one remains in use" if self._reader is not None else "every place is unknown"
        _log.warning("Geo database %s; %s", message, consequence)

    def _use_fallback(self, path: Path) -> None:
        try:
            self._use(open_checked(path), path)
        except (OSError, GeoDatabaseError) as error:
            _log.warning("Fallback geo database %s is unusable: %s", path, error)


def _signature(path: Path) -> _Signature | None:
    """Return values that change when a file is replaced or written, None if there is no regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev


def _place_of(record: Any) -> Place:
    """Return the place in a record of a City or Country database.

    `registered_country` is ignored: it is where the provider is registered, not where the visitor is.
    """
    try:
        country = record["country"]["iso_code"]
        subdivisions = record.get("subdivisions")
        subdivision = subdivisions[0]["iso_code"] if subdivisions else ""
    except (KeyError, TypeError, AttributeError):
        return UNKNOWN
    if not isinstance(country, str) or not isinstance(subdivision, str):
        return UNKNOWN
    return read_place(country, subdivision, "geoip")
