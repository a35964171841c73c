"""A banner drawn again from a receipt: build, config, language, rule and signals of then, in a frame that reaches nobody."""

import base64
import datetime
import hashlib
import json
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from consent.core.decide import Signals
from consent.core.rules import Place, Rules
from consent.proof.canonical import sha256_name
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.script_facts import Showing, pinned_facts
from consent.snapshots.vendor_facts import vendor_facts
from consent.storage import configs
from consent.storage.base import Transaction

BEFORE = (Path(__file__).parent / "replay.js").read_text("utf-8")
ALIASES_HEAD = "code,row,note\n"
MISSING = "This build of the banner cannot be drawn by this release. Its texts are listed below."


class Redrawn(NamedTuple):
    """What a receipt says was shown, as it is kept here, and what of it could be checked.

    `text_fits`: the hash of all strings is the signed one; `config_fits`: the config's bytes give its name;
    `build_is_kept`, `rules_are_kept`: they are those of then, not those of this release; `regime_fits`: they give the
    rule that the receipt names.
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


class Frame(NamedTuple):
    """A page for a frame, and the policy that it must be sent with."""

    page: str
    policy: str


def redraw(
    transaction: Transaction, site_id: int, claims: dict[str, Any], rules: Rules, banner: bytes
) -> Redrawn | None:
    """Return what the receipt with `claims` was the answer to, or None where its config is not kept here.

    `rules` and `banner` are those of this release, used where those of then are not kept.
    """
    body = configs.get_config(transaction, claims["config"])
    if body is None:
        return None
    document = json.loads(body)
    if document["site"] != claims["site"] or claims["language"] not in document["texts"]["languages"]:
        return None
    kept = configs.get_artefact(transaction, f"sha256:{document['rules_sha256']}")
    build = configs.get_artefact(transaction, f"sha256:{document['banner_sha256']}")
    past = rules if kept is None or rules.version == claims["rules_version"] else read_rules(kept)
    config = CompiledConfig(claims["config"], body, site_id, past)
    time = int(datetime.datetime.fromisoformat(claims["time"]).timestamp())
    signals = claims["signals"]
    showing = Showing(
        config,
        Place(**claims["place"]),
        Signals(signals["gpc"], signals["dnt"], signals["age_band"]),
        claims["language"],
        day_of_time(time),
        past.version,
    )
    return Redrawn(
        showing,
        build or banner,
        time,
        text_fits=config.text_hash(claims["language"]) == claims["text"],
        config_fits=sha256_name(body) == claims["config"],
        build_is_kept=build is not None,
        rules_are_kept=past.version == claims["rules_version"],
        regime_fits=showing.resolved["regime"] == claims["regime"],
    )


def frame(redrawn: Redrawn, layer: int) -> Frame:
    """Return the page that draws `layer` (1 or 2), as the banner met somebody who had not chosen.

    Its policy lets nothing run but this script, and nothing out: no tag, no request, no receipt.
    """
    showing = redrawn.showing
    facts = {
        "time": redrawn.time,
        "signals": {"gpc": showing.signals.gpc, "dnt": showing.signals.dnt},
        "banner": _without_tags(pinned_facts(showing, token="")),
        "vendors": [vendor_facts(showing.config, v, showing.language) for v in showing.config.document["vendors"]],
        "layer": layer,
    }
    # `<` never stands in the data as itself, so that no text can end the script.
    given = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    code = redrawn.build.decode()
    # The code alone asks for its facts; builds that are one function still have to be called.
    called = code if code.rstrip().endswith(";") else f"{code}();"
    script = f"{BEFORE}drawAgain({given});\n{called}"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; sandbox allow-scripts; frame-ancestors 'self';"
        " base-uri 'none'"
    )
    return Frame(
        f'<!doctype html>\n<html lang="{escape(showing.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f'<title>Banner</title></head><body><p id="missing" hidden>{MISSING}</p><script>{script}</script></body></html>',
        policy,
    )


def _without_tags(facts: dict[str, Any]) -> dict[str, Any]:
    """Return `facts` with nothing to load: the policy would stop it, and a page should not even try."""
    return {
        name: {} if name == "tags" else _without_tags(value) if name == "acts" else value
        for name, value in facts.items()
    }


@lru_cache(8)
def read_rules(artefact: bytes) -> Rules:
    """Return the rules that a publish kept: the rows, and behind them the aliases."""
    regions, head, aliases = artefact.decode().partition(ALIASES_HEAD)
    return Rules(regions, head + aliases)
