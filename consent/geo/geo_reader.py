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
"""How often the file is looked at, by whichever look-up comes next: no thread is needed, and none is lost by a fork."""

_log = logging.getLogger(__name__)
_Signature = tuple[int, ...]


class GeoReader:
    """Places of addresses, from the file `path`, and from `fallback` as long as `path` is not there or of no use.

    Never raises for a file that is missing or damaged: without any every place is unknown, and `description` says why.
    """

    def __init__(
        self, path: str | Path, fallback: str | Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._clock = Path(path), clock
        self._lock = threading.Lock()
        self._seen: _Signature | None = None
        self._reader: maxminddb.Reader | None = None
        self._next_look = 0.0
        self.description = Description("missing", self._path)
        if fallback is not None:
            self._use_fallback(Path(fallback))
        self.refresh()

    @classmethod
    def of_setting(cls, path: Path | None) -> "GeoReader":
        """Return the reader that a service with this CONSENT_GEO_DATABASE has."""
        return cls(path, SHIPPED_DATABASE) if path else cls(SHIPPED_DATABASE)

    def locate(self, address: str) -> Place:
        """Return the place of an address, with source `geoip`; unknown for a private one and for what is no address."""
        packed = parse_address(address)
        return UNKNOWN if packed is None else self.locate_packed(packed)

    def locate_packed(self, packed: bytes) -> Place:
        """Return the place of an address of `parse_address`."""
        if self._clock() >= self._next_look:
            self.refresh(wait=False)
        # Kept by this name while in use: another thread may put a new one in its place.
        reader = self._reader
        if reader is None or not is_public(packed):
            return UNKNOWN
        try:
            record = reader.get(to_text(packed))
        except (ValueError, maxminddb.InvalidDatabaseError):
            # IPv6 in a database of IPv4, or damage that the samples did not meet: unknown is the safe answer.
            return UNKNOWN
        return _place_of(record)

    def refresh(self, wait: bool = True) -> bool:
        """Reload the file if it changed; return whether a new one is in force.

        A file that cannot be used is refused and logged, once, and what was read before stays in force. Without `wait`
        nothing is done while another thread is at it.
        """
        if not self._lock.acquire(blocking=wait):
            return False
        try:
            self._next_look = self._clock() + CHECK_SECONDS
            return self._reload()
        finally:
            self._lock.release()

    def _reload(self) -> bool:
        signature = _signature(self._path)
        if signature is None:
            self._seen = None
            if self._reader is None or self.description.path == self._path:
                self._complain("missing", "there is no such file")
            return False
        if signature == self._seen:
            return False
        try:
            reader = open_checked(self._path)
        except GeoDatabaseError as error:
            self._seen = signature
            self._complain("refused", str(error))
            return False
        except OSError as error:
            # Not the file's fault (no room for the copy, no right to read): try again at the next look.
            self._complain("refused", f"it cannot be read ({error.strerror or type(error).__name__})")
            return False
        if signature != _signature(self._path):
            return False  # still being written: the next look reads the rest
        self._seen = signature
        self._take(reader, self._path)
        return True

    def _take(self, reader: maxminddb.Reader, path: Path) -> None:
        metadata = reader.metadata()
        self._reader = reader
        self.description = Description("ok", path, metadata.database_type, metadata.build_epoch)
        _log.info("Geo database %s is in force: %s", path, metadata.database_type)

    def _complain(self, status: str, error: str) -> None:
        """Store why the file is not in force, and log it unless it is unchanged."""
        known = self.description
        message = f"{self._path}: {error}"
        if known.error == message:
            return
        status = "kept" if self._reader is not None else status
        self.description = Description(status, known.path, known.database_type, known.build_epoch, message)
        consequence = "the one read before stays in force" if self._reader is not None else "every place is unknown"
        _log.warning("Geo database %s; %s", message, consequence)

    def _use_fallback(self, path: Path) -> None:
        try:
            self._take(open_checked(path), path)
        except (OSError, GeoDatabaseError) as error:
            _log.warning("Geo database %s, the fallback, cannot be used: %s", path, error)


def _signature(path: Path) -> _Signature | None:
    """Return what changes when a file is replaced or written, None where there is no regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev


def _place_of(record: Any) -> Place:
    """Return the place of a record of a City or Country database.

    `registered_country` is not read: it is where the provider is registered, not where the visitor is.
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
