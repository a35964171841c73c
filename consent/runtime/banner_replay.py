"""Replay the banner of a receipt with the build, config, language, rule and signals of its time."""

import datetime
import json
from functools import lru_cache
from typing import NamedTuple

from consent.core.decide import Signals
from consent.core.receipt import ReceiptClaims
from consent.core.rules import Place, Rules
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing
from consent.signing.canonical_json import sha256_name
from consent.storage.database.base import Transaction
from consent.storage.sites import configs

ALIASES_HEAD = "code,row,note\n"


class RedrawnBanner(NamedTuple):
    """What a receipt says was shown, as stored here, and which parts of it could be checked.

    `text_fits`: the hash of all strings is the signed one; `config_fits`: the config's bytes hash to its name;
    `build_is_kept`, `rules_are_kept`: the originals are stored, so this release's weren't used; `regime_fits`: the
    rules give the regime that the receipt names.
    """

    showing: Showing
    build: bytes
    time: int
    text_fits: bool
    config_fits: bool
    build_is_kept: bool
    rules_are_kept: bool
    regime_fits: bool

    @property
    def texts(self) -> dict[str, str]:
        """Return every string that both layers could show."""
        return self.showing.config.texts(self.showing.language)


def past_showing(config: CompiledConfig, claims: ReceiptClaims) -> Showing:
    """Return what the banner depended on for the receipt with `claims`; `config` is the one that they name."""
    signals, place = claims["signals"], Place(**claims["place"])
    day, _, law_day = config.days_at(place, _time_of(claims))
    seen = Signals(signals["gpc"], signals["dnt"], signals["age_band"])
    return Showing(config, place, seen, claims["language"], day, config.rules.version, None, law_day)


def past_config(
    transaction: Transaction, site_id: int, name: str, rules_version: str, rules: Rules
) -> CompiledConfig | None:
    """Return an earlier config under the rules of `rules_version`, or None if it isn't stored here.

    `rules` are this release's, used if the original ones aren't stored.
    """
    body = configs.get_config(transaction, name)
    if body is None:
        return None
    past = _rules_of_version(transaction, json.loads(body)["rules_sha256"], rules_version, rules)
    return CompiledConfig(name, body, site_id, past)


def _rules_of_version(transaction: Transaction, sha256: str, version: str, rules: Rules) -> Rules:
    """Return the rules of `version`, which publishing stored by hash, or this release's `rules` if there are none."""
    if rules.version == version:
        return rules
    kept = configs.get_artifact(transaction, f"sha256:{sha256}")
    return rules if kept is None else read_rules(kept)


def _time_of(claims: ReceiptClaims) -> int:
    return int(datetime.datetime.fromisoformat(claims["time"]).timestamp())


def redraw(
    transaction: Transaction, site_id: int, claims: ReceiptClaims, rules: Rules, banner: bytes
) -> RedrawnBanner | None:
    """Return the banner that the receipt with `claims` answered, or None if its config isn't stored here.

    `rules` and `banner` are this release's, used if the original ones aren't stored.
    """
    body = configs.get_config(transaction, claims["config"])
    if body is None:
        return None
    document = json.loads(body)
    if document["site"] != claims["site"] or claims["language"] not in document["texts"]["languages"]:
        return None
    build = configs.get_artifact(transaction, f"sha256:{document['banner_sha256']}")
    past = _rules_of_version(transaction, document["rules_sha256"], claims["rules_version"], rules)
    config = CompiledConfig(claims["config"], body, site_id, past).for_variant(claims["variant"])
    showing = past_showing(config, claims)
    return RedrawnBanner(
        showing,
        build or banner,
        _time_of(claims),
        text_fits=config.text_hash(claims["language"]) == claims["text"],
        config_fits=sha256_name(body) == claims["config"],
        build_is_kept=build is not None,
        rules_are_kept=past.version == claims["rules_version"],
        regime_fits=showing.resolved["regime"] == claims["regime"],
    )


@lru_cache(8)
def read_rules(artifact: bytes) -> Rules:
    """Return the rules from a stored file: the rows, followed by the aliases."""
    regions, head, aliases = artifact.decode().partition(ALIASES_HEAD)
    return Rules(regions, head + aliases)
