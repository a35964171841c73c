"""Encode a choice in the strings that ad companies read: the TC string, and Google's additional consent string.

banner/vendors/tcf_strings.js is its twin.
"""

from collections.abc import Iterable, Mapping

from consent.core.documents.config import Config
from consent.core.documents.decision import GroupAnswer
from consent.core.documents.tcf import TcfOffer, TcfRestriction
from consent.core.tcf.choice import Granted, TcfChoice, granted_of, masked
from consent.core.tcf.cut import RESTRICTION_TYPES
from consent.core.tcf.id_sets import read_ids
from consent.core.tcf.tc_string import DECISECONDS, Ids, Publisher, Restriction, TcString, encode, ranges_of


def effective(offer: TcfOffer, choice: TcfChoice, groups: Mapping[str, GroupAnswer]) -> Granted:
    """Return the ids that a choice results in after signals, ages and sensitive pages."""
    return masked(granted_of(offer, choice), groups)


def tc_string(config: Config, choice: TcfChoice, granted: Granted) -> str:
    """Return the TC string of `choice`, of which `granted` remains, for the `tcf` of `config`."""
    settings, cut = config["overrides"]["tcf"], config["tcf"]
    disclosed = read_ids(cut["disclosed"])
    time = choice.day * DECISECONDS
    content = TcString(
        created=time,
        updated=time,
        cmp_id=settings["cmp_id"],
        cmp_version=settings["cmp_version"],
        screen=choice.screen,
        language=choice.language.upper(),
        list_version=cut["version"],
        policy_version=cut["policy"],
        country=settings["publisher_cc"],
        features=granted.features,
        purposes=granted.purposes,
        interests=granted.interests,
        vendors=granted.vendors,
        vendor_interests=granted.vendor_interests,
        restrictions=written_restrictions(settings.get("restrictions", []), disclosed),
        disclosed=disclosed,
        # Without it Prebid's own modules store nothing, whatever was granted.
        publisher=Publisher(purposes=granted.purposes),
    )
    return encode(content)


def written_restrictions(restrictions: Iterable[TcfRestriction], disclosed: Ids) -> tuple[Restriction, ...]:
    """Return `restrictions` as written in the string: by purpose and type, with disclosed vendors only."""
    by_kind: dict[tuple[int, int], set[int]] = {}
    for one in restrictions:
        kind = one["purpose"], RESTRICTION_TYPES[one["type"]]
        by_kind.setdefault(kind, set()).update(disclosed & frozenset(one["vendors"]))
    return tuple(Restriction(*kind, ranges_of(ids)) for kind, ids in sorted(by_kind.items()) if ids)


def additional_consent(offer: TcfOffer, granted: Granted) -> str:
    """Return Google's additional consent string v2; empty if the site has no providers besides the list."""
    offered = read_ids(offer.get("google", ""))
    if not offered:
        return ""
    consented, others = sorted(granted.google), sorted(offered - granted.google)
    return f"2~{'.'.join(map(str, consented))}~dv.{'.'.join(map(str, others))}"
