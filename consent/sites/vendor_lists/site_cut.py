"""Cut a site's part out of the stored vendor list: part of its config, and the files of the second layer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from consent.classifier.catalog import Catalog
from consent.core.documents.config import Config, Draft, SiteFacts
from consent.core.documents.tags import Tag
from consent.core.documents.tcf import TcfCut, TcfSettings
from consent.core.tcf.cut import (
    base_names,
    cut_of,
    first_names,
    offer_of,
    stacks_of,
    tag_bases,
    texts_document,
    vendors_document,
)
from consent.core.tcf.vendor_list import Texts, VendorList, read_list, read_translation
from consent.presentation.languages import SOURCE
from consent.signing.canonical_json import canonical, sha256_name
from consent.storage.database.base import Transaction
from consent.storage.sites import configs, vendor_lists

SWITCH = "tcf"
"""The name in `overrides.sends`."""
KIND = "tcf"
"""The kind of the stored second-layer files."""
LIST_NAMES = {"fil": "tl", "nb": "no", "nn": "no", "pt": "pt-pt", "sr": "sr-cyrl"}
"""TCF names of languages that have another name here (ConsentLanguages of IAB Tech Lab's iabtcf-es).

A consent string has room for two letters.
"""
LETTERS = 2


@dataclass(frozen=True, slots=True)
class KeptList:
    """The newest vendor list with its translations by language; lists with equal `names` are the same."""

    names: tuple[str, ...]
    listed: VendorList = field(compare=False, repr=False)
    translations: Mapping[str, Texts] = field(compare=False, repr=False)

    def texts(self, language: str) -> tuple[str, Texts]:
        """Return the texts for readers of `language`, and the texts' language: English if there is no translation."""
        for name in list_names(language):
            if name in self.translations:
                return name[:LETTERS], self.translations[name]
        return SOURCE, self.listed.texts


@dataclass(frozen=True, slots=True)
class CutSource:
    """The sources of a draft's cut: the stored list, None if there is none, and the catalog."""

    kept: KeptList | None
    catalog: Catalog = field(compare=False, repr=False)

    def cut(self, document: Draft, earlier: Config | None) -> "SiteCut | None":
        """Return the cut for a draft that is frozen after `earlier`, None without a list."""
        if self.kept is None:
            return None
        return site_cut(document, gvl_ids(document, self.catalog), self.kept, earlier)


class SiteCut(NamedTuple):
    """A config's part of a list, and the files it refers to (canonical JSON)."""

    document: TcfCut
    files: tuple[bytes, ...]


def is_on(document: SiteFacts) -> bool:
    """Return whether the owner has switched TCF on."""
    return SWITCH in document["overrides"].get("sends", [])


def cut_source(transaction: Transaction, document: SiteFacts, catalog: Catalog) -> CutSource | None:
    """Return the sources for the cut of a draft with TCF; None, without reading anything, for other drafts."""
    return CutSource(kept_list(transaction), catalog) if is_on(document) else None


def kept_list(transaction: Transaction) -> KeptList | None:
    """Return the newest list, None if the operator hasn't provided one."""
    newest = vendor_lists.newest(transaction)
    if newest is None:
        return None
    by_language = vendor_lists.translations(transaction, newest.version)
    names = (newest.sha256, *(f"{language} {name}" for language, name in sorted(by_language.items())))
    if _CACHE and _CACHE[0].names == names:
        return _CACHE[0]
    listed = read_list(configs.get_artifact(transaction, newest.sha256) or b"")
    translated = {
        language: read_translation(configs.get_artifact(transaction, name) or b"")
        for language, name in by_language.items()
    }
    _CACHE[:] = [KeptList(names, listed, translated)]
    return _CACHE[0]


_CACHE: list[KeptList] = []
"""The list read last, since reading takes a second and all sites use the same one."""


def gvl_ids(document: SiteFacts, catalog: Catalog) -> dict[str, int]:
    """Return the vendor list id, its own or its vendor's, of each enabled tag that has one."""
    found = {tag["id"]: _gvl_id(tag, catalog) for tag in document["tags"] if tag["enabled"]}
    return {tag: one for tag, one in found.items() if one is not None}


def _gvl_id(tag: Tag, catalog: Catalog) -> int | None:
    if "gvl_id" in tag:
        return tag["gvl_id"]
    try:
        return catalog.vendor(tag["vendor"]).document.get("gvl_id")
    except KeyError:  # one of the site's own vendors
        return None


def site_cut(document: Draft, ids: Mapping[str, int], kept: KeptList, earlier: Config | None) -> SiteCut:
    """Return the cut of `kept` for a draft whose tags have the `ids`; `earlier` is the live config."""
    settings = tcf_settings(document)
    cut = cut_of(kept.listed, [*settings.get("vendors", []), *ids.values()], settings)
    google = frozenset(one["id"] for one in settings.get("google_providers", []))
    stacks = stacks_of(cut, kept.listed.texts)
    # Variants of a language share a two-letter name: the European one, with the shorter tag, is kept.
    spoken = sorted((SOURCE, *document["texts"]["languages"]), key=len, reverse=True)
    texts = dict(kept.texts(language) for language in spoken)
    files = {
        language: canonical(texts_document(language, cut, stacks, found)) for language, found in sorted(texts.items())
    }
    vendors = canonical(vendors_document(kept.listed, cut, settings))
    by_id = {vendor.id: vendor for vendor in cut.vendors}
    before = earlier.get("tcf") if earlier else None
    cut_document: TcfCut = {
        **offer_of(cut, google, (before, before["bases"], before["policy"]) if before else None),
        "list": kept.names[0],
        "version": kept.listed.version,
        "policy": kept.listed.policy,
        "bases": base_names(cut),
        "tags": {tag: tag_bases(by_id[one], cut.bases[one]) for tag, one in ids.items() if one in by_id},
        "names": {language: first_names(cut, stacks, found) for language, found in sorted(texts.items())},
        "texts": {language: sha256_name(body) for language, body in files.items()},
        "vendors": sha256_name(vendors),
    }
    return SiteCut(cut_document, (*files.values(), vendors))


def tcf_settings(document: SiteFacts) -> TcfSettings:
    """Return the site's settings for TCF, empty if there are none yet."""
    settings: TcfSettings = document["overrides"].get("tcf", {})
    return settings


def store_files(transaction: Transaction, files: Iterable[bytes]) -> None:
    """Store the files of a second layer permanently, by hash, since receipts refer to them."""
    for body in files:
        configs.put_artifact(transaction, KIND, body)


def list_names(language: str) -> tuple[str, ...]:
    """Return the names under which a list may have its translation for readers of `language`, best first."""
    first = language.partition("-")[0]
    name = LIST_NAMES.get(first, first)
    names = dict.fromkeys((language.lower(), name, name[:LETTERS]))
    return tuple(one for one in names if len(one.partition("-")[0]) == LETTERS)


@lru_cache(32)
def text_language(offered: tuple[str, ...], language: str) -> str:
    """Return which of the two-letter `offered` text languages readers of `language` get."""
    names = (name[:LETTERS] for name in list_names(language))
    return next((name for name in names if name in offered), SOURCE)


def names_of_file(body: bytes) -> dict[str, dict[str, str]]:
    """Return the names in a file of texts, by kind and id, for pages that show what a string contains."""
    document = json.loads(body)
    kinds = ("purposes", "special_features")
    return {kind: {one: text["name"] for one, text in document[kind].items()} for kind in kinds}
