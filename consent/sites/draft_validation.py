"""Validate the tags of a draft beyond its JSON Schema."""

from collections import Counter
from typing import NamedTuple

from consent.classifier.session_cookies import deletion_error
from consent.core.documents import Cookie, Draft, Tag
from consent.core.groups import ESSENTIAL, GROUPS
from consent.geo.places import is_place
from consent.presentation.languages import languages


class DraftProblem(NamedTuple):
    """Why a draft is not published: the path of the field, a sentence, and the rule or law that asks for it, if one does."""

    path: str
    sentence: str
    rule: str = ""

    @property
    def words(self) -> str:
        """Return the sentence with the rule that requires it."""
        return f"{self.sentence.removesuffix('.')} ({self.rule})." if self.rule else self.sentence


def tag_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each faulty field of the tags of a `draft` that has passed the schema, by its path."""
    fields: dict[str, str] = {}
    vendors = {vendor["id"] for vendor in draft["vendors"]}
    for tag_id, count in Counter(tag["id"] for tag in draft["tags"]).items():
        if count > 1:
            fields["tags"] = f"There are {count} tags named {tag_id}."
    for number, tag in enumerate(draft["tags"]):
        problems = _tag_errors(tag, vendors) | _cookie_errors(tag, draft["cookies"])
        fields |= {f"tags.{number}.{path}": sentence for path, sentence in problems.items()}
    return fields


def cookie_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each cookie of `draft` by whose name a refusal would delete too much, by its path."""
    errors = ((number, deletion_error(cookie)) for number, cookie in enumerate(draft["cookies"]))
    return {f"cookies.{number}.name": error for number, error in errors if error}


def _tag_errors(tag: Tag, vendors: set[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    if tag["vendor"] not in vendors:
        fields["vendor"] = f"There is no vendor {tag['vendor']}."
    if tag["group"] == "advertising" and not tag["sale_or_share"]:
        fields["sale_or_share"] = "Advertising always counts as sale or sharing."
    if tag["group"] == ESSENTIAL and not tag.get("necessity", "").strip():
        fields["necessity"] = "Say what visitors asked for that does not work without it."
    if tag["limited"] and not tag.get("limited_reason", "").strip():
        fields["limited_reason"] = "Say why it may run where it may not run in full."
    return fields | _limit_errors(tag)


def _limit_errors(tag: Tag) -> dict[str, str]:
    fields = {}
    for language in set(tag.get("languages", ())) - set(languages()):
        fields["languages"] = f"There are no texts in the language {language}."
    for side in ("only", "except"):
        if strange := next((place for place in tag["places"][side] if not is_place(place)), None):
            fields[f"places.{side}"] = f"There is no place {strange}: codes are those of ISO 3166, such as GB or US-CA."
    first, last = tag["schedule"]["from"], tag["schedule"]["until"]
    if first and last and last < first:
        fields["schedule.until"] = "The last day is before the first."
    return fields


def _cookie_errors(tag: Tag, cookies: list[Cookie]) -> dict[str, str]:
    own = [cookie for cookie in cookies if cookie["vendor"] == tag["vendor"]]
    laxer = [cookie["name"] for cookie in own if _rank(cookie["group"]) > _rank(tag["group"])]
    return {"group": f"Its cookie {laxer[0]} belongs to a later group, so the tag does too."} if laxer else {}


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)
