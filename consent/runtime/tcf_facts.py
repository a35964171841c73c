"""What pages and servers get on a site that uses the Transparency and Consent Framework (TCF)."""

import json
from collections.abc import Iterable, Mapping

from consent.core.documents.config import Config
from consent.core.documents.decision import GroupAnswer
from consent.core.documents.json_object import JsonObject
from consent.core.documents.resolved import Resolved
from consent.core.documents.tcf import TcfAnswer, TcfFirst, TcfOffer, TcfPage
from consent.core.receipt import ReceiptClaims, TcfClaims
from consent.core.resolve import tcf_applies
from consent.core.rules import Place
from consent.core.tcf.choice import SETS, TcfChoice
from consent.core.tcf.choice_strings import additional_consent, effective, tc_string, written_restrictions
from consent.core.tcf.id_sets import format_ids, read_ids
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import sha256_name
from consent.sites.vendor_lists.site_cut import text_language
from consent.storage.database.base import Transaction
from consent.storage.sites import configs

DIGITS = 16
"""Digits of a hash in the address of a file."""


def tcf_page(config: CompiledConfig, resolved: Resolved, place: Place, language: str) -> TcfPage | None:
    """Return what the script needs of TCF for a visitor from `place`; None on a site without TCF."""
    document = config.document
    if "tcf" not in document:
        return None
    settings, cut = document["overrides"]["tcf"], document["tcf"]
    page: TcfPage = {
        "applies": tcf_applies(document, config.rules, place.country),
        "cmp": (settings["cmp_id"], settings["cmp_version"]),
        "list": (cut["version"], cut["policy"]),
    }
    if not page["applies"]:
        return page
    # A site that stopped using TCF offers nothing, and its strings grant nothing.
    nothing: TcfOffer = {
        "key": cut["key"],
        "keys": cut["keys"],
        "disclosed": cut["disclosed"],
        "consent": "",
        "interest": "",
        "purposes": "",
        "interests": "",
        "features": "",
    }
    return _first_layer(config, page, resolved.get("tcf", nothing), resolved["life"], language)


def written_limits(document: Config) -> list[tuple[int, int, str]]:
    """Return the publisher's restrictions as TC strings encode them: purpose, type, and vendor ids."""
    written = written_restrictions(
        document["overrides"]["tcf"].get("restrictions", []), read_ids(document["tcf"]["disclosed"])
    )
    return [
        (one.purpose, one.type, format_ids(frozenset(i for a, b in one.vendors for i in range(a, b + 1))))
        for one in written
    ]


def _first_layer(config: CompiledConfig, page: TcfPage, offer: TcfOffer, months: int, language: str) -> TcfFirst:
    document = config.document
    settings, cut = document["overrides"]["tcf"], document["tcf"]
    spoken = texts_language(document, language)
    first: TcfFirst = {
        "applies": page["applies"],
        "cmp": page["cmp"],
        "list": page["list"],
        "cc": settings["publisher_cc"],
        "lang": spoken,
        "key": offer["key"],
        "disclosed": offer["disclosed"],
        "consent": offer["consent"],
        "interest": offer["interest"],
        "purposes": offer["purposes"],
        "interests": offer["interests"],
        "features": offer["features"],
        "restrictions": written_limits(document),
        "months": months,
        "more": [file_address(config.site, name) for name in (cut["texts"][spoken], cut["vendors"])],
    }
    if "google" in offer:
        first["google"] = offer["google"]
    if _uses_consent_mode(document):
        first["consent_mode"] = True
    return first


def texts_language(document: Config, language: str) -> str:
    """Return the language of the vendor list's texts for someone who reads `language`."""
    return text_language(tuple(document["tcf"]["texts"]), language)


def file_address(site: str, name: str) -> str:
    """Return the path of a second-layer file, where `name` is its hash."""
    return f"/b/{site}/tcf/{file_digits(name)}.json"


def file_digits(name: str) -> str:
    """Return the digits of the hash `name` that are used in a file's address."""
    return name.removeprefix("sha256:")[:DIGITS]


def second_layer_files(
    transaction: Transaction, config: CompiledConfig, place: Place, language: str, drafted: Iterable[bytes] = ()
) -> dict[str, JsonObject]:
    """Return the files that a second layer in `language` fetches, by address; empty where TCF doesn't apply.

    `drafted` are files of a draft, which aren't stored yet. Files that can't be found are left out.
    """
    if not config.tcf_applies(place.country):
        return {}
    cut, given = config.document["tcf"], {sha256_name(body): body for body in drafted}
    names = (cut["texts"][texts_language(config.document, language)], cut["vendors"])
    found = {name: given.get(name) or configs.get_artifact(transaction, name) for name in names}
    return {file_address(config.site, name): json.loads(body) for name, body in found.items() if body}


def _uses_consent_mode(document: Config) -> bool:
    """Return whether a vendor of the site gets answers through Google's Consent Mode."""
    calls = (call for vendor in document["vendors"] for call in vendor.get("consent", {}).get("default", []))
    return any(call["call"] == "gtag" and call["args"][:1] == ["consent"] for call in calls)


def tcf_claims(
    config: CompiledConfig, offer: TcfOffer, choice: TcfChoice, groups: Mapping[str, GroupAnswer]
) -> TcfClaims:
    """Return a receipt's TCF claims for `choice`, whose decision has `groups`."""
    document = config.document
    settings, cut = document["overrides"]["tcf"], document["tcf"]
    granted = effective(offer, choice, groups)
    claims: TcfClaims = {
        "string": tc_string(document, choice, granted),
        "list": cut["list"],
        "version": cut["version"],
        "policy": cut["policy"],
        "cmp": [settings["cmp_id"], settings["cmp_version"]],
        "key": choice.key,
        "screen": choice.screen,
        "language": choice.language,
        "texts": cut["texts"][choice.language],
        "vendor_texts": cut["vendors"],
        "purposes": choice.purposes,
        "interests": choice.interests,
        "features": choice.features,
        "vendors": choice.vendors,
        "vendor_interests": choice.vendor_interests,
    }
    if text := additional_consent(offer, granted):
        claims["additional_consent"], claims["google"] = text, choice.google
    return claims


def tcf_answer(
    config: CompiledConfig,
    resolved: Resolved,
    place: Place,
    choice: TcfChoice | None,
    groups: Mapping[str, GroupAnswer],
) -> TcfAnswer | None:
    """Return the TCF part of a decision; `choice` is a valid one, or None. None on a site without TCF."""
    document = config.document
    if "tcf" not in document:
        return None
    settings, cut = document["overrides"]["tcf"], document["tcf"]
    answer: TcfAnswer = {
        "gdpr_applies": tcf_applies(document, config.rules, place.country),
        "cmp_id": settings["cmp_id"],
        "cmp_version": settings["cmp_version"],
        "version": cut["version"],
        "policy": cut["policy"],
    }
    if not answer["gdpr_applies"]:
        return answer
    answer["string"] = None
    offer = resolved.get("tcf")
    if offer is None or choice is None:
        return answer
    granted = effective(offer, choice, groups)
    answer["string"] = tc_string(document, choice, granted)
    if text := additional_consent(offer, granted):
        answer["additional_consent"] = text
    return answer


def claimed_choice(claims: ReceiptClaims, day: int) -> TcfChoice | None:
    """Return the choice of purposes and vendors in a receipt of `day`, or None if it has none."""
    tcf = claims.get("tcf")
    if tcf is None:
        return None
    sets = {name: str({**tcf}.get(name, "")) for name in SETS}
    return TcfChoice(day, tcf["key"], tcf["screen"], tcf["language"], **sets)
