"""Which sites share choices: those whose live configs name each other, and the hosts of one site.

Also the terms under which a site takes part in an account that it shares with others.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from consent.core.sharing.account_group import SiteTerms, TermsOf
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.live_configs import LiveConfigs

APP = "app:"
"""Prefix of an app's id among the hosts of its site."""
PORTS = {"http": 80, "https": 443}


class Pair(NamedTuple):
    """Two hosts between which choices may be handed over: their sites, and the name of their group."""

    source: CompiledConfig
    target: CompiledConfig

    @property
    def group(self) -> str:
        """Return the name of the group, the same in both directions."""
        return ",".join(sorted({self.source.site, self.target.site}))


def host_of(origin: str) -> str:
    """Return an origin's host as codes and links name it: with its port unless that is 443."""
    parts = urlsplit(origin)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or PORTS.get(parts.scheme, 443)
    return name if port == PORTS["https"] else f"{name}:{port}"


def partners_of(live: LiveConfigs, config: CompiledConfig) -> list[CompiledConfig]:
    """Return the live configs of the sites that share choices with `config`, itself first; empty if there are none."""
    if config.handover is None:
        return []
    others = [_live_config(live, site) for site in config.handover["sites"] if site != config.site]
    return [config, *(one for one in others if one and one.handover and config.site in one.handover["sites"])]


def partner_hosts(live: LiveConfigs, config: CompiledConfig) -> list[str]:
    """Return the hosts to which pages of `config` hand over choices, including its own."""
    return sorted({host_of(origin) for partner in partners_of(live, config) for origin in partner.origins})


def pair_from(live: LiveConfigs, source: CompiledConfig, target: str) -> Pair | None:
    """Return the pair for handing over from a page of `source` to the host `target`, or None if they don't share."""
    found = (one for one in partners_of(live, source) if target in {host_of(origin) for origin in one.origins})
    return next((Pair(source, one) for one in found), None)


def pair_to(live: LiveConfigs, target: CompiledConfig, source: str) -> Pair | None:
    """Return the pair for taking a choice from the host or app `source` on a page of `target`, or None."""
    for one in partners_of(live, target):
        if source in one.apps or source in {host_of(origin) for origin in one.origins}:
            return Pair(one, target)
    return None


def terms_in(live: LiveConfigs) -> TermsOf:
    """Return a function that finds the terms under which a site takes part in a shared account, in its live config."""

    def find(site: str) -> SiteTerms | None:
        config = _live_config(live, site)
        return config.account_terms if config else None

    return find


def _live_config(live: LiveConfigs, site: str) -> CompiledConfig | None:
    try:
        return live.get(site)
    except SQLAlchemyError:
        return None  # available again once the database responds; nothing is handed over until then
