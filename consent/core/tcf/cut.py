"""Cut a site's vendors out of a vendor list: who may do what on which legal basis, and what visitors read of it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from consent.core.documents.tcf import TcfNames, TcfOffer, TcfRestriction, TcfSettings, TcfTag
from consent.core.tcf.id_sets import format_ids
from consent.core.tcf.tc_string import NOT_ALLOWED, REQUIRE_CONSENT, REQUIRE_INTEREST, Ids
from consent.core.tcf.vendor_list import NO_INTEREST, ListedVendor, Text, Texts, VendorList

RESTRICTION_TYPES = {
    "not_allowed": NOT_ALLOWED,
    "require_consent": REQUIRE_CONSENT,
    "require_interest": REQUIRE_INTEREST,
}
MAX_KEYS = 12
"""How many keys a config carries: the present one, and those whose choices need no new prompt."""
_DIGITS = 8


class Bases(NamedTuple):
    """The purposes that a vendor may follow, by consent and by legitimate interest, after restrictions."""

    consent: Ids
    interest: Ids


class Cut(NamedTuple):
    """The vendors of a site as they stand in the list, by rising id, and what each may do."""

    vendors: tuple[ListedVendor, ...]
    bases: dict[int, Bases]
    policy: int

    @property
    def purposes(self) -> Ids:
        """Return the purposes that some vendor follows by consent."""
        return _union(bases.consent for bases in self.bases.values())

    @property
    def interests(self) -> Ids:
        """Return the purposes that some vendor follows by legitimate interest."""
        return _union(bases.interest for bases in self.bases.values())

    @property
    def features(self) -> Ids:
        """Return the special features of the vendors."""
        return _union(vendor.special_features for vendor in self.vendors)

    @property
    def consent_vendors(self) -> Ids:
        """Return the vendors that ask for consent."""
        return frozenset(one for one, bases in self.bases.items() if bases.consent)

    @property
    def interest_vendors(self) -> Ids:
        """Return the vendors with a legitimate interest, those with special purposes alone among them."""
        alone = (v.id for v in self.vendors if v.special_purposes and not v.purposes | v.interests)
        return frozenset([*(one for one, bases in self.bases.items() if bases.interest), *alone])


def _union(sets: Iterable[Ids]) -> Ids:
    return frozenset().union(*sets)


def cut_of(listed: VendorList, wanted: Iterable[int], settings: TcfSettings) -> Cut:
    """Return the cut of the vendors `wanted`, those that the list does not have left out."""
    vendors = tuple(listed.vendors[one] for one in sorted(set(wanted)) if one in listed.vendors)
    restrictions = settings.get("restrictions", [])
    return Cut(vendors, {vendor.id: bases_of(vendor, restrictions) for vendor in vendors}, listed.policy)


def bases_of(vendor: ListedVendor, restrictions: Iterable[TcfRestriction] = ()) -> Bases:
    """Return what `vendor` may do: a basis that it cannot change to by its own word leaves it none for that purpose."""
    types = {one["purpose"]: RESTRICTION_TYPES[one["type"]] for one in restrictions if vendor.id in one["vendors"]}
    consent, interest = set(vendor.purposes), set(vendor.interests)
    for purpose, kind in types.items():
        by_consent, by_interest = purpose in consent, purpose in interest
        is_flexible = purpose in vendor.flexible and (by_consent or by_interest)
        consent.discard(purpose)
        interest.discard(purpose)
        if kind == REQUIRE_CONSENT and (by_consent or is_flexible):
            consent.add(purpose)
        if kind == REQUIRE_INTEREST and purpose not in NO_INTEREST and (by_interest or is_flexible):
            interest.add(purpose)
    return Bases(frozenset(consent), frozenset(interest))


def tag_bases(vendor: ListedVendor, bases: Bases) -> TcfTag:
    """Return what a tag of `vendor` needs before it runs: what stores anything needs purpose 1."""
    consent = bases.consent | {1} if vendor.uses_cookies else bases.consent
    return {"vendor": vendor.id, "consent": sorted(consent), "interest": sorted(bases.interest)}


def offer_of(cut: Cut, google: Ids, earlier: tuple[TcfOffer, dict[str, str], int] | None) -> TcfOffer:
    """Return what visitors choose from: `purposes` by consent, `interests` to object to, special `features`, vendors.

    `disclosed` are all vendors, `consent` and `interest` those whose bit a choice may set. `earlier` is what was live: its
    offer, its `bases`, and its policy.

    Keys of before go on where nothing came that a visitor has to be asked for: no vendor, purpose, other legal basis or
    special feature, and no later policy (TCF Policies, chapter II).
    """
    named = {"policy": cut.policy, "vendors": base_names(cut), "google": sorted(google)}
    key = _hash(named)[:_DIGITS]
    offer: TcfOffer = {
        "key": key,
        "keys": [key],
        "disclosed": format_ids(frozenset(cut.bases)),
        "consent": format_ids(cut.consent_vendors),
        "interest": format_ids(cut.interest_vendors),
        "purposes": format_ids(cut.purposes),
        "interests": format_ids(cut.interests),
        "features": format_ids(cut.features),
    }
    if google:
        offer["google"] = format_ids(google)
    if earlier is not None and _needs_no_prompt(cut, offer, earlier):
        offer["keys"] = [key, *(old for old in earlier[0]["keys"] if old != key)][:MAX_KEYS]
    return offer


def _needs_no_prompt(cut: Cut, offer: TcfOffer, earlier: tuple[TcfOffer, dict[str, str], int]) -> bool:
    before, bases, policy = earlier
    is_known = all(bases.get(vendor) == base for vendor, base in base_names(cut).items())
    return is_known and cut.policy <= policy and offer.get("google", "") in ("", before.get("google", ""))


def base_names(cut: Cut) -> dict[str, str]:
    """Return for each vendor the first digits of a hash of what it does on which legal basis."""
    return {str(vendor.id): _base_name(vendor, cut.bases[vendor.id]) for vendor in cut.vendors}


def _base_name(vendor: ListedVendor, bases: Bases) -> str:
    named = {
        "consent": sorted(bases.consent),
        "interest": sorted(bases.interest),
        "special_purposes": sorted(vendor.special_purposes),
        "special_features": sorted(vendor.special_features),
    }
    return _hash(named)[:_DIGITS]


def _hash(named: object) -> str:
    return hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def first_names(cut: Cut, stacks: Mapping[int, Text], texts: Texts) -> TcfNames:
    """Return the names that the first layer tells in the language of `texts`: `stacks`, and the other purposes singly."""
    left = cut.purposes | cut.interests
    for stack in stacks.values():
        left -= stack.purposes
    purposes, features = texts.by_kind["purposes"], texts.by_kind["specialFeatures"]
    return {
        "stacks": [texts.by_kind["stacks"][one].name for one in stacks],
        "purposes": [purposes[one].name for one in sorted(left)],
        "features": [features[one].name for one in sorted(cut.features)],
    }


def stacks_of(cut: Cut, texts: Texts) -> dict[int, Text]:
    """Return the stacks of the list that name several purposes of the vendors at once, the largest first.

    No purpose is in two of them, and none that the vendors do not follow in any.
    """
    left: Ids = cut.purposes | cut.interests
    found: dict[int, Text] = {}
    ranked = sorted(texts.by_kind["stacks"].items(), key=lambda entry: (-len(entry[1].purposes), entry[0]))
    for one, stack in ranked:
        if len(stack.purposes) > 1 and stack.purposes <= left and not stack.special_features:
            found[one] = stack
            left -= stack.purposes
    return found


def texts_document(language: str, cut: Cut, stacks: Mapping[int, Text], texts: Texts) -> dict[str, object]:
    """Return the texts of the second layer in one language, untouched, as far as the vendors need them."""
    used: dict[str, tuple[str, Ids]] = {
        "purposes": ("purposes", cut.purposes | cut.interests),
        "special_purposes": ("specialPurposes", _union(vendor.special_purposes for vendor in cut.vendors)),
        "features": ("features", _union(vendor.features for vendor in cut.vendors)),
        "special_features": ("specialFeatures", cut.features),
        "data_categories": ("dataCategories", _union(vendor.data for vendor in cut.vendors)),
    }
    document: dict[str, object] = {"lang": language}
    for name, (kind, ids) in used.items():
        known = texts.by_kind[kind]
        document[name] = {str(one): _text_document(kind, known[one]) for one in sorted(ids) if one in known}
    document["stacks"] = {
        str(one): {
            "name": texts.by_kind["stacks"][one].name,
            "description": texts.by_kind["stacks"][one].description,
            "purposes": sorted(stack.purposes),
        }
        for one, stack in stacks.items()
    }
    return {**document, "standard_texts": dict(texts.standard)}


def _text_document(kind: str, text: Text) -> dict[str, object]:
    found: dict[str, object] = {"name": text.name, "description": text.description}
    return found if kind == "dataCategories" else {**found, "illustrations": list(text.illustrations)}


def vendors_document(listed: VendorList, cut: Cut, settings: TcfSettings) -> dict[str, object]:
    """Return the vendors of the second layer, with what restrictions leave of their purposes."""
    return {
        "version": listed.version,
        "policy": listed.policy,
        "vendors": [_vendor_document(vendor, cut.bases[vendor.id]) for vendor in cut.vendors],
        "google": [{**one} for one in settings.get("google_providers", [])],
    }


def _vendor_document(vendor: ListedVendor, bases: Bases) -> dict[str, object]:
    return {
        "id": vendor.id,
        "name": vendor.name,
        "purposes": sorted(bases.consent),
        "interests": sorted(bases.interest),
        "special_purposes": sorted(vendor.special_purposes),
        "features": sorted(vendor.features),
        "special_features": sorted(vendor.special_features),
        "data": sorted(vendor.data),
        "retention": {
            "standard": vendor.retention,
            "purposes": _by_text(vendor.retention_by_purpose),
            "special_purposes": _by_text(vendor.retention_by_special_purpose),
        },
        "cookies": vendor.uses_cookies,
        "max_age": vendor.max_age,
        "refreshed": vendor.refreshes,
        "other_storage": vendor.uses_other_storage,
        "urls": [{"lang": lang, "privacy": privacy, "claim": claim} for lang, privacy, claim in vendor.urls],
        "disclosure": vendor.disclosure,
    }


def _by_text(days: Mapping[int, int]) -> dict[str, int]:
    return {str(one): count for one, count in sorted(days.items())}
