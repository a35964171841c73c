"""Derive the GPP strings for receipts, which don't contain any."""

from functools import lru_cache

from sqlalchemy import Engine

from consent.core.documents.gpp import GppAnswer
from consent.core.rules import Rules
from consent.exports.claims_view import claims_of
from consent.runtime.banner_replay import past_config, past_showing
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.decisions import receipt_gpp
from consent.storage.receipts.export_rows import MAX_CACHED, ExportRow
from consent.storage.sites import sites

MAX_CONFIGS = 32


class GppStrings:
    """The GPP strings of a site's receipts, computed once for receipts of one day with the same shared columns."""

    def __init__(self, engine: Engine, site_id: int, rules: Rules) -> None:
        self._engine, self._site_id, self._rules = engine, site_id, rules
        self._config = lru_cache(MAX_CONFIGS)(self._read_config)
        self._cache: dict[tuple[str, int], GppAnswer | None] = {}

    def sent_strings(self) -> list[str]:
        """Return which strings the site currently sends: `gpp`, `tcf`, both or none."""
        with self._engine.connect() as connection:
            site = sites.by_id(connection, self._site_id)
        config = self._config(site.live_config, self._rules.version) if site and site.live_config else None
        if config is None:
            return []
        return [*(["gpp"] if config.gpp_sections(None, None) is not None else []), *(["tcf"] if config.has_tcf else [])]

    def string_for(self, row: ExportRow) -> GppAnswer | None:
        """Return the string derived from a receipt, or None if the site sent none or the receipt is erased."""
        if row.erased:
            return None
        key = (row.shared, day_of_time(row.time))
        if key not in self._cache:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            self._cache[key] = self._compute(row.jws)
        return self._cache[key]

    def _compute(self, jws: str) -> GppAnswer | None:
        claims = claims_of(jws)
        config = self._config(claims["config"], claims["rules_version"])
        if config is None or config.gpp_sections(None, None) is None:
            return None
        return receipt_gpp(past_showing(config, claims), claims)

    def _read_config(self, name: str, rules_version: str) -> CompiledConfig | None:
        with self._engine.connect() as connection:
            return past_config(connection, self._site_id, name, rules_version, self._rules)
