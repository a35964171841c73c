"""Sign generated choices as past receipts, in worker processes."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from consent.app import load_rules
from consent.core.choice import Choice, format_choice
from consent.core.days import add_months
from consent.core.decide import Signals
from consent.core.documents.resolved import Resolved
from consent.core.groups import ESSENTIAL, OPT_IN, OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.receipt import ReceiptClaims
from consent.core.rules import Rules
from consent.demo.past_choices import Drawing, DrawnChoice, draw_slice, pick_weighted
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.decisions import granted_groups
from consent.signing.canonical_json import canonical, canonical_without_floats, sha256_name
from consent.signing.keys import load_keys
from consent.signing.receipt_claims import Signer, build_claims, canonical_digest
from consent.storage.receipts.new_receipt import NewReceipt

SIGNALS = {True: "gpc", False: "click"}


@dataclass(frozen=True, slots=True)
class Published:
    """A past config: site, name, canonical JSON, when it went live (unix seconds), and whether it ran an experiment."""

    site_id: int
    name: str
    body: bytes
    since: int
    has_experiment: bool


class Maker:
    """Maker of receipts; `sites` has the versions of each site, oldest first, and `keys` is the key folder."""

    def __init__(self, drawing: Drawing, sites: list[list[Published]], keys: Path) -> None:
        self.drawing = drawing
        self._rules: Rules = load_rules()
        self._signer = Signer(load_keys(keys).receipt)
        self._sites = [
            [(one.since, CompiledConfig(one.name, one.body, one.site_id, self._rules)) for one in versions]
            for versions in sites
        ]
        self._text = lru_cache(1024)(lambda config, language: sha256_name(canonical(config.texts(language))))

    def slice(self, number: int) -> list[NewReceipt]:
        """Return the signed receipts of a slice in chronological order."""
        return [self._receipt(drawn) for drawn in draw_slice(self.drawing, number)]

    def _receipt(self, drawn: DrawnChoice) -> NewReceipt:
        config = next(config for since, config in reversed(self._sites[drawn.site]) if since <= drawn.time)
        day = day_of_time(drawn.time)
        moment = config.law_days.moment(drawn.time)
        resolved = config.resolved_at(drawn.country, drawn.subdivision, moment)
        act = _act(drawn, config, resolved)
        shown = _shown(drawn, config, resolved)
        keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
        notified = 1 if drawn.gpc and act.action == "opt_in" else 0
        choice = Choice(day, resolved["regime"], act.requested, keys, act.vendors, notified, resolved["letters"])
        signals = Signals(drawn.gpc, drawn.dnt, drawn.age_band)
        granted = granted_groups(config, drawn.country, drawn.subdivision, moment, signals, format_choice(choice))
        effective = {group: value and group in granted for group, value in act.requested.items()}
        has_grant = any(effective.values()) or any(act.vendors.values())
        expires = add_months(day, resolved["life" if has_grant else "keep"]) * 86400
        visitor = drawn.visitor.hex() if has_grant or drawn.previous else None
        personal = _personal(drawn, visitor)
        record = NewReceipt(
            action=act.action,
            method=act.method,
            functional=effective["functional"],
            analytics=effective["analytics"],
            advertising=effective["advertising"],
            vendors=canonical_without_floats(act.vendors).decode(),
            country=drawn.country,
            subdivision=drawn.subdivision,
            regime=resolved["regime"],
            config=config.name,
            language=drawn.language,
            gpc=drawn.gpc,
            dnt=drawn.dnt,
            age_band=drawn.age_band,
            origin_checked=True,
            variant=shown.variant,
            layer=act.layer,
            expires=expires,
            id=drawn.id.hex(),
            time=drawn.time,
            site_id=config.site_id,
            leaf_hash=b"",
            jws="",
            visitor=visitor,
            key=drawn.key.hex(),
            body=json.dumps({"key": drawn.key.hex(), "action": act.action, "choices": act.requested}).encode(),
            previous=drawn.previous.hex() if drawn.previous else None,
            salt=drawn.salt,
            key_salt=drawn.key_salt,
            personal=personal.decode(),
            device=drawn.device,
            is_bot=drawn.is_bot,
            arrival="late" if drawn.is_late else "prompt",
        )
        jws = self._signer.sign(self._claims(drawn, shown, act, record))
        return replace(record, jws=jws, leaf_hash=leaf_hash(jws.encode()))

    def _claims(self, drawn: DrawnChoice, config: CompiledConfig, act: "Act", record: NewReceipt) -> ReceiptClaims:
        source = "geoip" if drawn.country else "unknown"
        return build_claims(
            record,
            site=config.site,
            requested=act.requested,
            text=self._text(config, drawn.language),
            rules_version=self._rules.version,
            source=source,
            place_at_write={"country": drawn.country, "subdivision": drawn.subdivision, "source": source},
            delayed=drawn.is_late,
            conflict_shown=drawn.gpc and act.action == "opt_in",
            pd=canonical_digest(drawn.salt, record.personal.encode()),
        )


def _is_asked(resolved: Resolved) -> bool:
    return any(group["level"] == OPT_IN for group in resolved["groups"].values())


def _shown(drawn: DrawnChoice, config: CompiledConfig, resolved: Resolved) -> CompiledConfig:
    """Return the config as the page showed it: a variant is drawn with the first layer, before any choice."""
    variants = config.variants_in(drawn.language)
    if not variants or drawn.previous or not _is_asked(resolved):
        return config
    return config.for_variant(
        pick_weighted({one["id"]: one["weight"] for one in config.document["variants"]}, drawn.shown)
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What the visitor did in the banner."""

    action: str
    method: str
    layer: int
    requested: dict[str, bool | None]
    vendors: dict[str, bool]


def _act(drawn: DrawnChoice, config: CompiledConfig, resolved: Resolved) -> Act:
    """Return the visitor's action, which depends on whether the rule requires consent for any group."""
    action = drawn.asked if _is_asked(resolved) else drawn.notified
    if action in ("accept_all", "opt_in"):
        return Act(action, "click", 1, dict.fromkeys(OPTIONAL, True), {})
    if action == "save":
        bits = {group: bool(drawn.pick >> place & 1) for place, group in enumerate(OPTIONAL)}
        return Act(action, "click", 2, dict(bits), _exception(drawn, config, bits))
    method = SIGNALS[drawn.gpc and action == "opt_out"]
    return Act(action, method, 1, dict.fromkeys(OPTIONAL, False), {})


def _exception(drawn: DrawnChoice, config: CompiledConfig, groups: dict[str, bool]) -> dict[str, bool]:
    """Return, now and then, a vendor that is refused although its group is granted."""
    tags = [tag for tag in config.document["tags"] if tag["group"] != ESSENTIAL and groups[tag["group"]]]
    chosen = tags[drawn.pick % len(tags)]["vendor"] if tags and drawn.pick % 3 == 0 else None
    return {chosen: False} if chosen else {}


def _personal(drawn: DrawnChoice, visitor: str | None) -> bytes:
    return canonical_without_floats(
        {
            "visitor": visitor,
            "previous": drawn.previous.hex() if drawn.previous else None,
            "browser": drawn.browser,
            "page_group": None,
            "chosen_at": drawn.chosen_at,
        }
    )
