"""A made-up payload of a site in the IAB's TCF, from the invented vendor list."""

import json
from pathlib import Path
from typing import Any

from consent.core.groups import OPT_IN
from consent.core.tcf.cut import cut_of, first_names, offer_of, stacks_of, tag_bases, texts_document, vendors_document
from consent.core.tcf.vendor_list import VendorList, read_list, read_translation
from consent.presentation.partner_counts import LIST
from consent.presentation.tcf_words import tcf_words
from consent.presentation.texts import banner_texts, tcf_texts
from tests.banner.payload import NAMED, make_payload
from tests.banner.service import Service

GVL = Path(__file__).parents[1] / "golden" / "gvl"
SITE = {"cmp_id": 300, "cmp_version": 2, "publisher_cc": "DE", "vendors": [1, 2, 4, 7, 8, 11, 20, 21, 755]}
"""Vendors of every kind; 4, 8 and 21 use legitimate interest, 7 special features, 11 only a special purpose."""
GOOGLE = [{"id": 89, "name": "Other Ads", "policy_url": "https://ads.example/privacy"}]
TAGS = {"ads": 755, "stats": 20}
"""The vendor-list ids of two tags in the made-up config."""
SMALL = read_list((GVL / "gvl_small.json").read_bytes())


def make_tcf_payload(
    service: Service,
    place: str = "DE",
    listed: VendorList = SMALL,
    settings: dict[str, Any] | None = None,
    language: str = "en",
    spoken: str = "",
    **facts: Any,
) -> dict[str, Any]:
    """Return the payload for a visitor in `place`, and make `service` serve the files of its second layer.

    `spoken` is the language of the list's texts if it differs from the banner's.
    """
    given: Any = SITE | (settings or {})
    payload = make_payload(service.vendors, place, language=language, sends=["gpp", "tcf"], **facts)
    payload["tcf"] = {"applies": False, "cmp": [given["cmp_id"], given["cmp_version"]], "list": [listed.version, 5]}
    if place in ("US-TX", "US-CA"):
        return payload
    cut = cut_of(listed, given["vendors"], given)
    offer = offer_of(cut, frozenset(one["id"] for one in given.get("google_providers", [])), None)
    lang = spoken or language
    file = GVL / f"purposes-{lang}.json"
    texts = read_translation(file.read_bytes()) if lang != "en" else listed.texts
    stacks = stacks_of(cut, listed.texts)
    service.files["/b/demo/tcf/texts.json"] = json.dumps(texts_document(lang, cut, stacks, texts))
    service.files["/b/demo/tcf/vendors.json"] = json.dumps(vendors_document(listed, cut, given))
    sets = {name: text for name, text in offer.items() if name != "keys"}
    payload["tcf"] |= sets | {
        "applies": True,
        "cc": given["publisher_cc"],
        "lang": lang,
        "restrictions": given.get("written", []),
        "consent_mode": True,
        "months": 13,
        "more": ["/b/demo/tcf/texts.json", "/b/demo/tcf/vendors.json"],
    }
    payload["screens"] = "/b/demo/tcf/screens.js"
    payload["resolved"]["tcf"] = offer
    by_id = {vendor.id: vendor for vendor in cut.vendors}
    for tag in payload["resolved"]["tags"]:
        if (number := TAGS.get(tag["id"])) in by_id:
            tag |= {"tcf": tag_bases(by_id[number], cut.bases[number]), "level": OPT_IN}
    names = first_names(cut, stacks, texts)
    texts_of_layers = {**tcf_texts(language), **NAMED}
    words = tcf_words(texts_of_layers, language, offer, names, "Little Shop", ["www.shop.example"])
    payload["words"] = [*words, [NAMED["vendors_link"], LIST]]
    payload["acts"]["texts"] |= tcf_texts(language)
    payload["acts"]["texts"]["session_lifetime"] = banner_texts(language)["session_lifetime"]
    return payload
