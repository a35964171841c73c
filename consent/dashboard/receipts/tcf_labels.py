"""Labels for a TC string (IAB Europe's Transparency and Consent Framework), with names from the list shown."""

import datetime
from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import gettext

from consent.core.documents.config import Config
from consent.core.receipt import ReceiptClaims, TcfClaims
from consent.core.tcf.id_sets import ALL, read_ids
from consent.core.tcf.tc_string import Ids, Restriction, TcString, TcStringError, decode, ranges_of
from consent.core.translatable import translatable
from consent.dashboard.frame.locale import Labels, translated

RESTRICTION_WORDS = (
    translatable("Purpose %(purpose)s is not allowed for %(vendors)s"),
    translatable("Purpose %(purpose)s only with consent for %(vendors)s"),
    translatable("Purpose %(purpose)s only by legitimate interest for %(vendors)s"),
)
SCREEN_WORDS = (translatable("none: set by code"), translatable("first layer"), translatable("second layer"))
BEYOND = Labels(
    {
        "purposes": "The string grants purposes that were not chosen:",
        "interests": "The string grants legitimate interests that were not chosen:",
        "features": "The string grants special features that were not chosen:",
        "vendors": "The string grants vendors that were not chosen:",
        "vendor_interests": "The string grants legitimate interests of vendors that were not chosen:",
    }
)
"""The sentence for a string that grants more than was chosen, by set of ids."""
MAX_NAMED = 40
"""How many vendors are named individually; for more, only the ids are shown."""


class Names(NamedTuple):
    """The names in the vendor list that was shown, by kind and id; empty if its files aren't stored."""

    purposes: Mapping[str, str]
    features: Mapping[str, str]
    vendors: Mapping[str, str]


class TcfView(NamedTuple):
    """A TC string in words: each field's code, name and value, and how it deviates from the choice."""

    string: str
    additional_consent: str
    fields: list[tuple[str, str, str]]
    differences: list[str]


def tcf_view(claims: ReceiptClaims, config: Config | None, names: Names) -> TcfView | None:
    """Return a receipt's TCF part in words, or None if it has none."""
    tcf: TcfClaims | None = claims.get("tcf")
    if tcf is None:
        return None
    additional = tcf.get("additional_consent", "")
    try:
        content = decode(tcf["string"])
    except TcStringError as error:
        return TcfView(tcf["string"], additional, [], [gettext("The string cannot be read: %(error)s.", error=error)])
    return TcfView(tcf["string"], additional, _fields(content, names), _differences(content, tcf, config))


def _fields(content: TcString, names: Names) -> list[tuple[str, str, str]]:
    made = datetime.datetime.fromtimestamp(content.created / 10, datetime.UTC)
    publisher = content.publisher
    return [
        ("Created", gettext("Day of the choice"), made.date().isoformat()),
        (
            "CmpId",
            gettext("Consent management platform"),
            gettext("%(id)s, version %(version)s", id=content.cmp_id, version=content.cmp_version),
        ),
        ("ConsentScreen", gettext("Layer that was answered"), _screen(content.screen)),
        ("ConsentLanguage", gettext("Language of the texts"), content.language),
        ("VendorListVersion", gettext("Version of the vendor list"), str(content.list_version)),
        ("TcfPolicyVersion", gettext("Version of the policies"), str(content.policy_version)),
        (
            "IsServiceSpecific",
            gettext("Counts for"),
            gettext("this site only") if content.is_service_specific else gettext("all sites"),
        ),
        (
            "UseNonStandardTexts",
            gettext("Texts"),
            gettext("changed by the site") if content.has_own_texts else gettext("from the list"),
        ),
        ("PublisherCC", gettext("Country of the controller"), content.country),
        ("PurposesConsent", gettext("Purposes with consent"), _named(content.purposes, names.purposes)),
        (
            "PurposesLITransparency",
            gettext("Purposes by legitimate interest"),
            _named(content.interests, names.purposes),
        ),
        ("SpecialFeatureOptIns", gettext("Special features"), _named(content.features, names.features)),
        ("VendorConsent", gettext("Vendors with consent"), _named(content.vendors, names.vendors)),
        (
            "VendorLegitimateInterest",
            gettext("Vendors by legitimate interest"),
            _named(content.vendor_interests, names.vendors),
        ),
        ("PubRestrictions", gettext("Restrictions"), _restrictions(content.restrictions, names)),
        (
            "VendorsDisclosed",
            gettext("Vendors that were shown"),
            _named(content.disclosed or frozenset(), names.vendors),
        ),
        (
            "PubPurposesConsent",
            gettext("Purposes of the site itself"),
            _named(publisher.purposes if publisher else frozenset(), names.purposes),
        ),
    ]


def _screen(screen: int) -> str:
    return translated(SCREEN_WORDS[screen]) if screen < len(SCREEN_WORDS) else str(screen)


def _named(ids: Ids, names: Mapping[str, str]) -> str:
    """Return ids in words, each with its name if known."""
    if not ids:
        return gettext("none")
    if len(ids) > MAX_NAMED:
        return f"{len(ids)}: {_ranges(ranges_of(ids))}"
    return "; ".join(f"{one} {names.get(str(one), '')}".strip() for one in sorted(ids))


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in ranges)


def _restrictions(restrictions: tuple[Restriction, ...], names: Names) -> str:
    return "; ".join(_restriction(one, names) for one in restrictions) or gettext("none")


def _restriction(one: Restriction, names: Names) -> str:
    purpose = f"{one.purpose} {names.purposes.get(str(one.purpose), '')}".strip()
    if one.type >= len(RESTRICTION_WORDS):  # a type from a later version
        return f"{purpose}: {one.type}, {_ranges(one.vendors)}"
    return gettext(RESTRICTION_WORDS[one.type], purpose=purpose, vendors=_ranges(one.vendors))


def _differences(content: TcString, tcf: TcfClaims, config: Config | None) -> list[str]:
    """Return how the string contradicts its receipt: by granting more than was chosen, or naming another list."""
    found = []
    head = (content.cmp_id, content.cmp_version, content.screen, content.list_version, content.policy_version)
    if head != (*tcf["cmp"], tcf["screen"], tcf["version"], tcf["policy"]):
        found.append(gettext("The string names another platform, layer, list or policy than the receipt."))
    for name, sentence in BEYOND.items():
        chosen = str({**tcf}[name])
        granted: Ids = getattr(content, name)
        if chosen != ALL and (beyond := granted - read_ids(chosen)):
            found.append(f"{sentence} {_ranges(ranges_of(beyond))}")
    if config and "tcf" in config and content.disclosed != read_ids(config["tcf"]["disclosed"]):
        found.append(gettext("The string discloses other vendors than the config."))
    return found
