"""Words for what a TC string says (IAB Europe, Transparency and Consent Framework): names come from the list shown."""

import datetime
from collections.abc import Mapping
from typing import NamedTuple

from consent.core.documents import Config
from consent.core.receipt import ReceiptClaims, TcfClaims
from consent.core.tcf.id_sets import ALL, read_ids
from consent.core.tcf.tc_string import Ids, Restriction, TcString, TcStringError, decode, ranges_of

RESTRICTION_WORDS = ("not allowed", "with consent alone", "by legitimate interest alone")
SCREEN_WORDS = ("none: set by code", "first layer", "second layer")
MAX_NAMED = 40
"""Vendors that are named one by one; of more the ids stand."""


class Names(NamedTuple):
    """The names of the list that was shown, by kind and id; empty where its files are not kept here."""

    purposes: Mapping[str, str]
    features: Mapping[str, str]
    vendors: Mapping[str, str]


class TcfView(NamedTuple):
    """A TC string in words: each field with its code, its name and what it says; and where it departs from the choice."""

    string: str
    additional_consent: str
    fields: list[tuple[str, str, str]]
    differences: list[str]


def tcf_view(claims: ReceiptClaims, config: Config | None, names: Names) -> TcfView | None:
    """Return what a receipt says of TCF, None where it says nothing."""
    tcf: TcfClaims | None = claims.get("tcf")
    if tcf is None:
        return None
    additional = tcf.get("additional_consent", "")
    try:
        content = decode(tcf["string"])
    except TcStringError as error:
        return TcfView(tcf["string"], additional, [], [f"The string cannot be read: {error}."])
    return TcfView(tcf["string"], additional, _fields(content, names), _differences(content, tcf, config))


def _fields(content: TcString, names: Names) -> list[tuple[str, str, str]]:
    made = datetime.datetime.fromtimestamp(content.created / 10, datetime.UTC)
    publisher = content.publisher
    return [
        ("Created", "Day of the choice", made.date().isoformat()),
        ("CmpId", "Consent management platform", f"{content.cmp_id}, version {content.cmp_version}"),
        ("ConsentScreen", "Layer that was answered", _screen(content.screen)),
        ("ConsentLanguage", "Language of the texts", content.language),
        ("VendorListVersion", "Version of the vendor list", str(content.list_version)),
        ("TcfPolicyVersion", "Version of the policies", str(content.policy_version)),
        ("IsServiceSpecific", "Counts for", "this site alone" if content.is_service_specific else "all sites"),
        ("UseNonStandardTexts", "Texts", "changed by the site" if content.has_own_texts else "those of the list"),
        ("PublisherCC", "Country of the controller", content.country),
        ("PurposesConsent", "Purposes with consent", _named(content.purposes, names.purposes)),
        ("PurposesLITransparency", "Purposes by legitimate interest", _named(content.interests, names.purposes)),
        ("SpecialFeatureOptIns", "Special features", _named(content.features, names.features)),
        ("VendorConsent", "Vendors with consent", _named(content.vendors, names.vendors)),
        ("VendorLegitimateInterest", "Vendors by interest", _named(content.vendor_interests, names.vendors)),
        ("PubRestrictions", "Restrictions", _restrictions(content.restrictions, names)),
        ("VendorsDisclosed", "Vendors that were shown", _named(content.disclosed or frozenset(), names.vendors)),
        (
            "PubPurposesConsent",
            "Purposes of the site itself",
            _named(publisher.purposes if publisher else frozenset(), names.purposes),
        ),
    ]


def _screen(screen: int) -> str:
    return SCREEN_WORDS[screen] if screen < len(SCREEN_WORDS) else str(screen)


def _named(ids: Ids, names: Mapping[str, str]) -> str:
    """Return ids in words, each with its name where that is known."""
    if not ids:
        return "none"
    if len(ids) > MAX_NAMED:
        return f"{len(ids)}: {_ranges(ranges_of(ids))}"
    return "; ".join(f"{one} {names.get(str(one), '')}".strip() for one in sorted(ids))


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in ranges)


def _restrictions(restrictions: tuple[Restriction, ...], names: Names) -> str:
    words = [
        f"purpose {one.purpose} {names.purposes.get(str(one.purpose), '')}".strip()
        + f" {RESTRICTION_WORDS[one.type] if one.type < len(RESTRICTION_WORDS) else one.type}"
        + f" for {_ranges(one.vendors)}"
        for one in restrictions
    ]
    return "; ".join(words) or "none"


def _differences(content: TcString, tcf: TcfClaims, config: Config | None) -> list[str]:
    """Return where the string says other than the receipt beside it: more than was chosen, or of another list."""
    found = []
    head = (content.cmp_id, content.cmp_version, content.screen, content.list_version, content.policy_version)
    if head != (*tcf["cmp"], tcf["screen"], tcf["version"], tcf["policy"]):
        found.append("The string names another platform, layer, list or policy than the receipt.")
    for name, words in (
        ("purposes", "purposes"),
        ("interests", "legitimate interests"),
        ("features", "special features"),
        ("vendors", "vendors"),
        ("vendor_interests", "vendors by legitimate interest"),
    ):
        chosen = str({**tcf}[name])
        granted: Ids = getattr(content, name)
        if chosen != ALL and (beyond := granted - read_ids(chosen)):
            found.append(f"The string grants {words} that were not chosen: {_ranges(ranges_of(beyond))}.")
    if config and "tcf" in config and content.disclosed != read_ids(config["tcf"]["disclosed"]):
        found.append("The string discloses other vendors than the config.")
    return found
