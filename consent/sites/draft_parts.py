"""Replace one part of a draft by what a program sends: a tag, or the texts of a language.

The results aren't valid drafts yet if what was sent isn't: callers check them.
"""

import copy
from collections.abc import Mapping
from typing import cast

from consent.classifier.catalog import Catalog, ParameterError, fill
from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.tags import Tag
from consent.core.documents.texts import OwnLinks
from consent.presentation.languages import languages
from consent.presentation.texts import banner_texts
from consent.sites.draft import DraftError, add_tag, new_draft, with_vendor, without_unused


def find_tag(draft: Draft, tag_id: str) -> Tag | None:
    """Return the tag `tag_id` of `draft`, or None."""
    return next((tag for tag in draft["tags"] if tag["id"] == tag_id), None)


def put_tag(draft: Draft, tag_id: str, fields: JsonObject, catalog: Catalog) -> Draft:
    """Return `draft` with the tag `tag_id` made of `fields`, in its place or at the end.

    Fields that are left out come from the catalog's template. The tag's vendor is added with its cookies if the draft
    lacks it, and one that no tag needs anymore is removed. Raises DraftError for parameters that don't fit the template.
    """
    tag = cast(Tag, {**_catalog_fields(tag_id, fields, catalog), **fields, "id": fields.get("id", tag_id)})
    before = find_tag(draft, tag_id)
    tags = [tag if one is before else one for one in draft["tags"]] if before else [*draft["tags"], tag]
    new: Draft = draft | {"tags": copy.deepcopy(tags)}
    vendor = next((one for one in catalog.vendors if one.id == tag.get("vendor")), None)
    if vendor is not None:
        new = with_vendor(new, vendor.document)
    return without_unused(new, [before["vendor"]]) if before else new


def _catalog_fields(tag_id: str, fields: JsonObject, catalog: Catalog) -> JsonObject:
    """Return the tag that the catalog gives for the vendor, template and parameters in `fields`, or no fields."""
    vendor = next((one for one in catalog.vendors if one.id == fields.get("vendor")), None)
    template = next((one for one in vendor.tags if one.id == fields.get("template")), None) if vendor else None
    parameters = fields.get("parameters", {})
    if vendor is None or template is None or not isinstance(parameters, dict):
        return {}
    if not all(isinstance(value, str) for value in parameters.values()):
        return {}
    try:
        load = fill(template, parameters)
    except ParameterError as error:
        if "load" in fields:
            return {}
        raise DraftError({f"parameters.{name}": sentence for name, sentence in error.fields.items()}) from None
    made: Tag = add_tag(new_draft("new", []), vendor, template.id, load, parameters, tag_id)["tags"][0]
    return cast(JsonObject, made)


def put_texts(draft: Draft, language: str, words: Mapping[str, str], links: JsonObject | None) -> Draft:
    """Return `draft` with `words` as its own texts in `language`, which is added if the draft lacks it.

    Without `links`, the language's links on the banner stay.
    """
    texts = draft["texts"].copy()
    texts["languages"] = texts["languages"] | {language: own_words(language, words)}
    if links is not None:
        kept = {code: held for code, held in texts.pop("links", {}).items() if code != language}
        if links:
            kept[language] = cast(OwnLinks, links)
        if kept:
            texts["links"] = kept
    return draft | {"texts": texts}


def own_words(language: str, words: Mapping[str, str]) -> dict[str, str]:
    """Return the owner's texts among `words`, without empty ones and those equal to the shipped text."""
    shipped = banner_texts(language) if language in languages() else {}
    stripped = {key: text.strip() for key, text in words.items()}
    return {key: text for key, text in stripped.items() if text and text != shipped.get(key)}
