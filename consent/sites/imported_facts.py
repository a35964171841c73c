"""Legal facts in drafts from files and programs: they need the reasons that the dashboard asks a user for.

Nobody can sign in another user's name: the names that the dashboard adds to legal choices and to texts that a user has
read stay only where they already are.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from consent.classifier.catalog import Catalog
from consent.core.documents.config import Config, Draft, SiteFacts
from consent.core.documents.json_object import JsonObject
from consent.core.documents.site_settings import OneRule, Overrides, Reason, SiteRule
from consent.core.documents.tags import Tag
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.sites.custom.code import template_of
from consent.sites.draft import OVERRIDES
from consent.sites.tag_flags import NO_MODE, NO_NOTE, known_flags, needs_note, unknown_exemption

NO_REASON = translatable("Say why, for those who read it later.")
REASONED = (
    "rest_of_world",
    "sensitive_paths",
    "honour_dnt",
    "ignore_gpc_where_silent",
    "sensitive",
    "addresses_children",
)
"""Legal choices for all places, which need a reason unless they are the default."""
SIGNATURE = ("by", "on")


def legal_errors(draft: Draft, now: Draft, live: Config | None, catalog: Catalog, rules: Rules) -> dict[str, str]:
    """Return a sentence by path for each legal fact that the dashboard would not save.

    Facts that are already in the present draft `now` or in the `live` config are not checked again.
    """
    known: list[SiteFacts] = [now, live] if live else [now]
    earlier: dict[str, list[Tag]] = {}
    for document in known:
        for tag in document["tags"]:
            earlier.setdefault(tag["id"], []).append(tag)
    errors = _choice_errors(draft["overrides"], [one["overrides"] for one in known])
    for number, tag in enumerate(draft["tags"]):
        of_tag = _tag_errors(tag, earlier.get(tag["id"], []), catalog, rules)
        errors |= {f"tags.{number}.{field}": sentence for field, sentence in of_tag.items()}
    return errors


def _choice_errors(owner: Overrides, known: Sequence[Overrides]) -> dict[str, str]:
    new: JsonObject = owner
    default: JsonObject = OVERRIDES
    reasons = owner.get("reasons", {})
    return {
        f"overrides.reasons.{name}": NO_REASON
        for name in REASONED
        if new[name] != default[name]
        and not any(_value(one, name) == new[name] for one in known)
        and not reasons.get(name, {"reason": ""})["reason"].strip()
    }


def _value(overrides: Overrides, name: str) -> object:
    values: JsonObject = overrides
    return values.get(name)


def _tag_errors(tag: Tag, earlier: Sequence[Tag], catalog: Catalog, rules: Rules) -> dict[str, str]:
    """Return a sentence by field; what was stated of another product under the same id doesn't count."""
    errors: dict[str, str] = {}
    earlier = [one for one in earlier if (one["vendor"], one["template"]) == (tag["vendor"], tag["template"])]
    offered = {*rules.exemptions(tag["group"]), *known_flags(tag, catalog).exemptions}
    offered |= {name for one in earlier for name in one["exemptions"]}
    if strange := [name for name in tag["exemptions"] if name not in offered]:
        errors["exemptions"] = unknown_exemption(tag["group"], strange[0])
    is_kept = any(
        (one["sale_or_share"], sorted(one["exemptions"])) == (tag["sale_or_share"], sorted(tag["exemptions"]))
        for one in earlier
    )
    if not is_kept and not tag.get("flags_note", "").strip() and needs_note(tag, catalog):
        errors["flags_note"] = NO_NOTE
    template = template_of(tag, catalog)
    modes = {one["limited"] for one in earlier} | ({template.limited} if template else set())
    if tag["limited"] and tag["limited"] not in modes:
        errors["limited"] = NO_MODE
    return errors


def without_foreign_signatures(draft: Draft, now: Draft, live: Config | None) -> Draft:
    """Return `draft` without signatures of users that the present draft `now` and the `live` config don't have."""
    overrides, texts = draft["overrides"].copy(), draft["texts"].copy()
    owners = [one["overrides"] for one in (now, live) if one]
    if "rules" in overrides:
        kept = [entry for one in owners for entry in one.get("rules", [])]
        overrides["rules"] = [cast(SiteRule, _unsigned(entry, kept)) for entry in overrides["rules"]]
    if "one_rule" in overrides:
        kept_countries = [entry for one in owners for entry in one.get("one_rule", [])]
        overrides["one_rule"] = [cast(OneRule, _unsigned(entry, kept_countries)) for entry in overrides["one_rule"]]
    if "reasons" in overrides:
        overrides["reasons"] = {
            name: cast(Reason, _unsigned(entry, [one.get("reasons", {}).get(name) for one in owners]))
            for name, entry in overrides["reasons"].items()
        }
    if signed := texts.pop("readers", None):
        read = now["texts"].get("readers", {})
        if same := {language: reader for language, reader in signed.items() if read.get(language) == reader}:
            texts["readers"] = same
    return draft | {"overrides": overrides, "texts": texts}


def _unsigned(entry: Mapping[str, object], kept: Sequence[object]) -> Mapping[str, object]:
    return entry if entry in kept else {name: value for name, value in entry.items() if name not in SIGNATURE}
