"""Open, validate and install a geo database file (MaxMind DB), from a private copy."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geoip2.database
import geoip2.errors
import maxminddb

from consent.geo.places import is_country

_METHODS = {"City": "city", "Country": "country", "Enterprise": "enterprise"}
"""The method of geoip2's Reader by a word in the file's type; the Reader rejects the other methods."""
_FIRST_NETWORKS = 64
_SAMPLES_6 = ("2001:4860:4860::8888", "2400::1", "2600::1", "2800::1", "2a00::1", "2c00::1", "fd00::1")


class GeoDatabaseError(ValueError):
    """A file that isn't a usable geo database; the message says why."""


@dataclass(frozen=True, slots=True)
class Description:
    """The state of a database; `build_epoch` is in Unix seconds.

    `status` is `ok`; `kept` if the file is gone or was rejected and the one read before stays in use; `missing` or
    `refused` if none is in use, so that every place is unknown.
    """

    status: str
    path: Path
    database_type: str | None = None
    build_epoch: int | None = None
    error: str | None = None


def open_checked(path: Path) -> maxminddb.Reader:
    """Return a reader for the current content of `path`, checked with geoip2's reader.

    It is maxminddb's own reader, whose C extension answers in half a microsecond; geoip2's models take twenty times as
    long. It maps the file into memory: if that were the owner's own file, overwriting it in place would kill the
    process with a bus error. So it maps a private copy, which is unlinked once it is open. Raises GeoDatabaseError for
    an unusable file, OSError if it can't be read.
    """
    with _private_copy(path, None) as copy:
        check(copy)
        return maxminddb.open_database(copy)


def install_database(source_path: str | Path, target_path: str | Path) -> Description:
    """Check a database file and replace another with a copy of it, atomically.

    Raises GeoDatabaseError for an unusable file, OSError if a file can't be read or written; the target is then
    unchanged.
    """
    target = Path(target_path)
    with _private_copy(Path(source_path), target.parent) as copy:
        metadata = check(copy)
        copy.chmod(0o644)
        os.replace(copy, target)
    _sync_folder(target.parent)
    return Description("ok", target, metadata.database_type, metadata.build_epoch)


def check(path: Path) -> maxminddb.reader.Metadata:
    """Return the metadata of a database that answers sample lookups as expected. Raises GeoDatabaseError otherwise."""
    _refuse_gzip(path)
    try:
        with geoip2.database.Reader(path) as reader:
            metadata = reader.metadata()
            method = _method_of(metadata.database_type)
            addresses = _samples(path, metadata.ip_version)
            countries = [_country(reader, method, address) for address in addresses]
    except GeoDatabaseError:
        raise
    except Exception as error:  # damaged bytes can be read as anything, and fail in any way
        raise GeoDatabaseError(f"it is damaged or not a MaxMind DB file ({type(error).__name__})") from error
    if not any(map(is_country, countries)):
        raise GeoDatabaseError("it has no country for any of the addresses tried")
    return metadata


def _method_of(database_type: str) -> str:
    for word, method in _METHODS.items():
        if word in database_type:
            return method
    raise GeoDatabaseError(f"its type is {database_type[:60]!r}; a City or Country database is required")


def _samples(path: Path, ip_version: int) -> list[str]:
    """Return the first addresses in the file and some from all ranges, so that damage shows wherever it is."""
    with maxminddb.open_database(path) as reader:
        first = [str(network.network_address) for network, _ in itertools.islice(reader, _FIRST_NETWORKS)]
    spread = [f"{a}.{b}.0.1" for a in range(1, 224) for b in (1, 67, 133, 199)]
    return first + spread + list(_SAMPLES_6 if ip_version == 6 else ())


def _country(reader: geoip2.database.Reader, method: str, address: str) -> str:
    try:
        return getattr(reader, method)(address).country.iso_code or ""
    except geoip2.errors.AddressNotFoundError:
        return ""


def _refuse_gzip(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            raise GeoDatabaseError("it is compressed; decompress it first with gunzip or tar")


@contextlib.contextmanager
def _private_copy(path: Path, folder: Path | None) -> Iterator[Path]:
    """Copy a file into `folder` (durably) or the system's temporary folder, and remove the copy afterwards."""
    handle, name = tempfile.mkstemp(prefix=".consent-geo-", suffix=".mmdb", dir=folder)
    try:
        with open(handle, "wb") as copy, path.open("rb") as source:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            if folder:
                os.fsync(copy.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
