"""Cut a site's vendors out of a vendor list: who may do what on which legal basis, and what visitors read about it."""

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
"""Maximum number of keys in a config: the current one, and those whose choices need no new prompt."""
_DIGITS = 8


class Bases(NamedTuple):
    """The purposes that a vendor may pursue by consent and by legitimate interest, after restrictions."""

    consent: Ids
    interest: Ids


class Cut(NamedTuple):
    """A site's vendors from the list, by ascending id, and what each may do."""

    vendors: tuple[ListedVendor, ...]
    bases: dict[int, Bases]
    policy: int

    @property
    def purposes(self) -> Ids:
        """Return the purposes that at least one vendor pursues by consent."""
        return _union(bases.consent for bases in self.bases.values())

    @property
    def interests(self) -> Ids:
        """Return the purposes that at least one vendor pursues by legitimate interest."""
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
        """Return the vendors with a legitimate interest, including those with special purposes only."""
        alone = (v.id for v in self.vendors if v.special_purposes and not v.purposes | v.interests)
        return frozenset([*(one for one, bases in self.bases.items() if bases.interest), *alone])


def _union(sets: Iterable[Ids]) -> Ids:
    return frozenset().union(*sets)


def cut_of(listed: VendorList, wanted: Iterable[int], settings: TcfSettings) -> Cut:
    """Return the cut with the vendors `wanted`, except those that aren't in the list."""
    vendors = tuple(listed.vendors[one] for one in sorted(set(wanted)) if one in listed.vendors)
    restrictions = settings.get("restrictions", [])
    return Cut(vendors, {vendor.id: bases_of(vendor, restrictions) for vendor in vendors}, listed.policy)


def bases_of(vendor: ListedVendor, restrictions: Iterable[TcfRestriction] = ()) -> Bases:
    """Return what `vendor` may do; if a restriction requires a basis it can't switch to, that purpose is dropped."""
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
    """Return what a tag of `vendor` needs before it runs; a vendor that uses cookies also needs purpose 1."""
    consent = bases.consent | {1} if vendor.uses_cookies else bases.consent
    return {"vendor": vendor.id, "consent": sorted(consent), "interest": sorted(bases.interest)}


def offer_of(cut: Cut, google: Ids, earlier: tuple[TcfOffer, dict[str, str], int] | None) -> TcfOffer:
    """Return what visitors choose from: `purposes` (consent), `interests` (objection), special `features`, vendors.

    `disclosed` are all vendors, `consent` and `interest` those whose bit a choice may set. `earlier` is the offer that
    was live, its `bases`, and its policy.

    Earlier keys stay valid if nothing was added that a visitor must be asked about: no vendor, Google provider,
    purpose, other legal basis or special feature, and no later policy (TCF Policies, chapter II).
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
    """Return for each vendor the first digits of a hash of its purposes, legal bases and special features."""
    return {str(vendor.id): _bases_hash(vendor, cut.bases[vendor.id]) for vendor in cut.vendors}


def _bases_hash(vendor: ListedVendor, bases: Bases) -> str:
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
    """Return the first layer's names in the language of `texts`: `stacks`, and each purpose that isn't in one."""
    remaining = cut.purposes | cut.interests
    for stack in stacks.values():
        remaining -= stack.purposes
    purposes, features = texts.by_kind["purposes"], texts.by_kind["specialFeatures"]
    return {
        "stacks": [texts.by_kind["stacks"][one].name for one in stacks],
        "purposes": [purposes[one].name for one in sorted(remaining)],
        "features": [features[one].name for one in sorted(cut.features)],
    }


def stacks_of(cut: Cut, texts: Texts) -> dict[int, Text]:
    """Return the list's stacks that cover several of the vendors' purposes at once, largest first.

    Stacks don't overlap, and have no purposes other than the vendors'.
    """
    remaining: Ids = cut.purposes | cut.interests
    found: dict[int, Text] = {}
    ranked = sorted(texts.by_kind["stacks"].items(), key=lambda entry: (-len(entry[1].purposes), entry[0]))
    for one, stack in ranked:
        if len(stack.purposes) > 1 and stack.purposes <= remaining and not stack.special_features:
            found[one] = stack
            remaining -= stack.purposes
    return found


def texts_document(language: str, cut: Cut, stacks: Mapping[int, Text], texts: Texts) -> dict[str, object]:
    """Return the texts of the second layer in one language, unmodified, limited to what the vendors need."""
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
    """Return the vendors of the second layer, with the purposes that restrictions leave them."""
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
