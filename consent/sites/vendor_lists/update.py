"""Update the vendor list and its translations from the operator's source, and reject anything that would downgrade it."""

import datetime
import logging
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from consent.core.days import DAY_SECONDS
from consent.core.tcf.vendor_list import (
    MAX_BYTES,
    Texts,
    VendorList,
    VendorListError,
    read_list,
    read_translation,
)
from consent.outbound.get_file import GetFileError, get_file
from consent.presentation.languages import SOURCE, languages
from consent.signing.canonical_json import sha256_name
from consent.sites.vendor_lists.site_cut import list_names
from consent.storage.database.base import Transaction
from consent.storage.sites import vendor_lists

log = logging.getLogger(__name__)

LIST_FILE = "vendor-list.json"
EVERY_SECONDS = DAY_SECONDS
"""The list is published weekly; a copy may be a day late."""
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2,4})?")


class Update(NamedTuple):
    """The result of an update: the list's version, whether it is new, and the languages of the texts available for it.

    `problems` are sentences about translations that were left out.
    """

    version: int
    is_new: bool
    languages: tuple[str, ...]
    problems: tuple[str, ...] = ()


class ListSource:
    """The operator's source of the list: a folder, or an https address to which file names are appended."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.is_address = place.startswith(("https://", "http://"))

    def read(self, name: str) -> bytes | None:
        """Return a file, None if there is none. Raises VendorListError if it can't be read."""
        try:
            if self.is_address:
                return get_file(f"{self.place.rstrip('/')}/{name}", MAX_BYTES)
            path = Path(self.place) / name
            if not path.is_file():
                return None
            if path.stat().st_size > MAX_BYTES:
                raise VendorListError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB.")
            return path.read_bytes()
        except (GetFileError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise VendorListError(f"{name} cannot be read from {self.place}: {reason}.") from None

    def languages(self) -> list[str]:
        """Return the languages in which there may be texts: those in the folder, or the banner's for an address."""
        if self.is_address:
            return sorted({name for tag in languages() for name in list_names(tag)} - {SOURCE})
        names = (path.stem.partition("-")[2] for path in Path(self.place).glob("purposes-*.json"))
        return sorted(name for name in names if _LANGUAGE.fullmatch(name))


def update_lists(engine: Engine, place: str, now: int) -> Update:
    """Update from `place`. Raises VendorListError with a sentence if that isn't possible, and then nothing changes."""
    source = ListSource(place)
    body = source.read(LIST_FILE)
    if body is None:
        raise VendorListError(f"There is no {LIST_FILE} in {place}.")
    listed = read_list(body)
    if listed.updated > datetime.datetime.fromtimestamp(now, datetime.UTC).date() + datetime.timedelta(days=1):
        raise VendorListError(f"The list says that it is of {listed.updated}, a day to come.")
    with engine.connect() as connection:
        is_new = _check_version(connection, listed, body)
        known = vendor_lists.translations(connection, listed.version)
    # A server is asked for texts only when a list is new; checking a folder costs nothing.
    wanted = source.languages() if is_new or not source.is_address else []
    translated, problems = _read_translations(source, wanted, listed.texts)
    with engine.begin() as connection:
        _check_version(connection, listed, body)
        for language, text in {vendor_lists.LIST: body, **translated}.items():
            vendor_lists.add(
                connection,
                text,
                version=listed.version,
                updated_on=listed.updated.isoformat(),
                now=now,
                language=language,
            )
    return Update(listed.version, is_new, tuple(sorted({*known, *translated})), tuple(problems))


def _check_version(transaction: Transaction, listed: VendorList, body: bytes) -> bool:
    """Return whether the list is new. Raises VendorListError if it is older than or contradicts the stored one."""
    before = vendor_lists.newest(transaction)
    if before is None or listed.version > before.version:
        return True
    if listed.version < before.version:
        raise VendorListError(f"The list has version {listed.version}, and version {before.version} is kept already.")
    if sha256_name(body) != before.sha256:
        raise VendorListError(f"The list has version {listed.version} as the one that is kept, and another content.")
    return False


def _read_translations(source: ListSource, wanted: Iterable[str], texts: Texts) -> tuple[dict[str, bytes], list[str]]:
    found: dict[str, bytes] = {}
    problems = []
    for language in wanted:
        name = f"purposes-{language}.json"
        try:
            body = source.read(name)
            if body is None:
                continue
            if not read_translation(body).covers(texts):
                raise VendorListError("it does not have every text of the list")
        except VendorListError as error:
            problems.append(f"{name} is left out: {str(error).rstrip('.')}.")
            continue
        found[language] = body
    return found, problems


class VendorListJob:
    """Updates the list once a day if the operator has configured a source; any number of nodes may run it."""

    def __init__(self, engine: Engine, place: str, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._place, self._clock = engine, place, clock
        self._next = 0.0

    def run_once(self) -> None:
        """Update at most once a day; problems are logged, and the stored list stays in use."""
        now = self._clock()
        if not self._place or now < self._next:
            return
        self._next = now + EVERY_SECONDS
        try:
            update = update_lists(self._engine, self._place, int(now))
        except VendorListError as error:
            log.warning("the vendor list was not updated: %s", error)
            return
        if update.is_new:
            log.info("updated the vendor list to version %d", update.version)
        for problem in update.problems:
            log.warning("%s", problem)
