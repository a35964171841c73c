"""Validate the tags of a draft beyond its JSON Schema, and put schema errors into words."""

import re
from collections import Counter
from typing import Any, NamedTuple

from consent.classifier.session_cookies import deletion_error
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag, Trigger
from consent.core.documents.vendors import Cookie
from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.translatable import translatable
from consent.geo.places import is_place
from consent.presentation.languages import languages

SELECTOR = translatable("This CSS selector is not valid. Examples: #buy, .signup, a[href^='/cart'].")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_FOREIGN_SELECTOR = re.compile(
    r"!=|\w\|(?!=)|:has\([^()]*(?:\([^()]*\)[^()]*)*:has\(|"
    r":(?:contains|-soup-contains(?:-own)?|matches|current|past|future|local-link|target-within|host(?:-context)?)(?![\w-])",
    re.IGNORECASE,
)
"""Selectors that the parser accepts but browsers reject, or never match."""
TYPE_NAMES = {
    "object": translatable("an object"),
    "array": "a list",
    "string": "text",
    "integer": translatable("a whole number"),
    "number": "a number",
    "boolean": translatable("true or false"),
}
"""The types of JSON Schema in words."""


class DraftProblem(NamedTuple):
    """Why a draft can't be published: the field's path, a sentence, and the rule or law that requires it, if any."""

    path: str
    sentence: str
    rule: str = ""

    @property
    def words(self) -> str:
        """Return the sentence with the rule that requires it."""
        return f"{self.sentence.removesuffix('.')} ({self.rule})." if self.rule else self.sentence


def tag_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each invalid tag field of a `draft` that has passed the schema, by its path."""
    fields: dict[str, str] = {}
    vendors = {vendor["id"] for vendor in draft["vendors"]}
    for tag_id, count in Counter(tag["id"] for tag in draft["tags"]).items():
        if count > 1:
            fields["tags"] = translatable(f"There are {count} tags named {tag_id}.")
    for number, tag in enumerate(draft["tags"]):
        problems = _tag_errors(tag, vendors) | _cookie_errors(tag, draft["cookies"])
        fields |= {f"tags.{number}.{path}": sentence for path, sentence in problems.items()}
    return fields


def cookie_errors(draft: Draft) -> dict[str, str]:
    """Return a sentence for each cookie of `draft` whose name would make a refusal delete too much, by its path."""
    errors = ((number, deletion_error(cookie)) for number, cookie in enumerate(draft["cookies"]))
    return {f"cookies.{number}.name": error for number, error in errors if error}


def headless_errors(draft: Draft) -> dict[str, str]:
    """Return an error if the page that draws its own layers isn't one of the site's."""
    headless = draft["overrides"].get("headless")
    if not headless or any(headless["page"].startswith((f"{host}/", f"{host}?")) for host in draft["hosts"]):
        return {}
    return {"overrides.headless.page": translatable("This must be the address of a page on one of the site's hosts.")}


def _tag_errors(tag: Tag, vendors: set[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    if tag["vendor"] not in vendors:
        fields["vendor"] = translatable(f"There is no vendor {tag['vendor']}.")
    if tag["group"] == "advertising" and not tag["sale_or_share"]:
        fields["sale_or_share"] = translatable("Advertising always counts as sale or sharing.")
    if tag["group"] == ESSENTIAL and not tag.get("necessity", "").strip():
        fields["necessity"] = translatable("Say what visitors asked for that does not work without it.")
    if tag["limited"] and not tag.get("limited_reason", "").strip():
        fields["limited_reason"] = translatable("Say why it may run where it may not run in full.")
    return fields | _limit_errors(tag) | _trigger_errors(tag.get("trigger"))


def _trigger_errors(trigger: Trigger | None) -> dict[str, str]:
    selector = trigger.get("selector", "") if trigger else ""
    return {"trigger.selector": SELECTOR} if selector and not is_selector(selector) else {}


def is_selector(text: str) -> bool:
    """Return whether `text` is a CSS selector that can match an element in a browser; selectors only jQuery knows aren't."""
    import soupsieve  # slow to import

    if _FOREIGN_SELECTOR.search(_STRING.sub("''", text)):
        return False
    try:
        soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, NotImplementedError, RecursionError):
        return False
    return True


def _limit_errors(tag: Tag) -> dict[str, str]:
    fields = {}
    for language in set(tag.get("languages", ())) - set(languages()):
        fields["languages"] = translatable(f"There are no texts in the language {language}.")
    for side in ("only", "except"):
        if strange := next((place for place in tag["places"][side] if not is_place(place)), None):
            fields[f"places.{side}"] = translatable(
                f"There is no place {strange}: codes are those of ISO 3166, such as GB or US-CA."
            )
    first, last = tag["schedule"]["from"], tag["schedule"]["until"]
    if first and last and last < first:
        fields["schedule.until"] = translatable("The end is before the start.")
    return fields


def _cookie_errors(tag: Tag, cookies: list[Cookie]) -> dict[str, str]:
    own = [cookie for cookie in cookies if cookie["vendor"] == tag["vendor"]]
    laxer = [cookie["name"] for cookie in own if _rank(cookie["group"]) > _rank(tag["group"])]
    return (
        {"group": translatable(f"Its cookie {laxer[0]} belongs to a later group, so the tag does too.")}
        if laxer
        else {}
    )


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def schema_errors(error: Any) -> dict[str, str]:
    """Return a sentence for each field that the jsonschema `error` concerns, by its dotted path."""
    path = [str(part) for part in error.absolute_path]
    if error.validator in ("required", "additionalProperties"):
        names, sentence = _missing(error) if error.validator == "required" else _unknown(error)
        return {".".join([*path, name]): sentence for name in names}
    return {".".join(path) or "draft": _sentence(error)}


def _missing(error: Any) -> tuple[list[str], str]:
    return [name for name in error.validator_value if name not in error.instance], translatable("This is missing.")


def _unknown(error: Any) -> tuple[list[str], str]:
    known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
    names = [name for name in error.instance if name not in known and not any(re.search(one, name) for one in patterns)]
    return names, translatable("There is no such field.")


def _sentence(error: Any) -> str:
    kind, wanted = error.validator, error.validator_value
    match kind:
        case "pattern" | "anyOf" | "oneOf" | "not" | "format":
            return _format_description(error)
        case "maxLength" | "maxItems" | "maxProperties":
            return (
                translatable(f"Enter at most {wanted} characters.")
                if kind == "maxLength"
                else translatable(f"Enter at most {wanted} entries.")
            )
        case "minLength" | "minItems" | "minProperties":
            return translatable("Fill in this field.")
        case "enum":
            return translatable(f"This must be one of: {', '.join(map(str, wanted))}.")
        case "const":
            return translatable(f"This must be {wanted}.")
        case "minimum":
            return translatable(f"Enter at least {wanted}.")
        case "maximum":
            return translatable(f"Enter at most {wanted}.")
        case "uniqueItems":
            return translatable("Remove the duplicate entry.")
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return translatable(f"This must be {' or '.join(TYPE_NAMES.get(name, name) for name in names)}.")
    return translatable("This is not in the expected format.")


def _format_description(error: Any) -> str:
    """Return the schema's description of a value, if it has one."""
    descriptions = (one.schema.get("description") for one in (error, *error.context))
    return next((words for words in descriptions if words), translatable("This is not in the expected format."))
