"""Record in a site's log which build of the script is served if the live config names another one.

That is the case after an upgrade, until the config is published again.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from consent.log.audit_author import Author
from consent.storage.log import entries
from consent.storage.log.entries import Entry
from consent.storage.log.entry_index import payload_of
from consent.storage.sites import configs, sites

ACTION = "script.served"


class BuildRecorder:
    """Writes an audit entry to the log of each live site, once per build; `sha256` names the build that is served."""

    def __init__(self, engine: Engine, author: Author, sha256: str, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._author, self._sha256, self._clock = engine, author, sha256, clock

    def run_once(self) -> None:
        """Record the build on each site whose log doesn't have it yet."""
        with self._engine.connect() as connection:
            known_sites = sites.every(connection)
        for site in known_sites:
            with self._engine.begin() as connection:
                if site.live_config and not is_recorded(connection, site.id, site.live_config, self._sha256):
                    after = {"banner_sha256": self._sha256}
                    self._author.record(connection, site, ACTION, "script", None, after, int(self._clock()))


def is_recorded(connection: Connection, site_id: int, config: str, sha256: str) -> bool:
    """Return whether the live config or an entry names the build."""
    document = configs.get_document(connection, config)
    is_named = document is not None and document["banner_sha256"] == sha256
    return is_named or find_served(connection, site_id, sha256) is not None


def build_entry(connection: Connection, site_id: int, config: str, sha256: str) -> Entry | None:
    """Return the leaf that names the build: the live config's, else the entry by `BuildRecorder`; None if neither."""
    document = configs.get_document(connection, config)
    if document is not None and document["banner_sha256"] == sha256:
        return entries.config_entry(connection, site_id, config)
    return find_served(connection, site_id, sha256)


def find_served(connection: Connection, site_id: int, sha256: str) -> Entry | None:
    """Return the entry that records the serving of the build, or None."""
    for entry in entries.of_action(connection, site_id, ACTION):
        if payload_of(entry.jws)["after"]["banner_sha256"] == sha256:
            return entry
    return None
