"""What a vendor file must keep that a JSON Schema cannot say."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from consent.classify.fill import matches, places_in
from consent.classify.purposes import purpose_groups
from consent.classify.snippet_faults import snippet_faults
from consent.classify.vendor import Parameter
from consent.core.groups import ESSENTIAL, GROUPS, last_group

LEAST_AROUND = 4
"""Signs around a `*` in the middle of a name, at the least, and one more for the `*`."""

FACTS = (
    *("company", "country", "group", "privacy_url", "opt_out_url", "recipient_kind"),
    *("hosts", "data_categories", "tags", "cookies", "revoke", "consent", "snippets"),
)


def vendor_faults(document: dict[str, Any], file_stem: str) -> Iterator[str]:
    """Yield a sentence for each fault of a `document` that has passed the schema."""
    if document["id"] != file_stem:
        yield f"the id is {document['id']}, and the file must be named after it"
    if any(unicodedata.category(sign) == "Cc" for text in _strings(document) for sign in text):
        yield "a text holds a control character, such as a line break"
    for tag_id in _doubled(tag["id"] for tag in document["tags"]):
        yield f"there are several tags named {tag_id}"
    yield from _source_faults(document)
    for cookie in document["cookies"]:
        yield from _cookie_faults(cookie)
    for name in {*document.get("common_names", ())} - {cookie["name"] for cookie in document["cookies"]}:
        yield f"common_names: {name} is no cookie of this file"
    yield from snippet_faults(document)
    for tag in document["tags"]:
        yield from _group_faults(tag, [cookie["group"] for cookie in document["cookies"]])
        yield from _parameter_faults(tag)


def _source_faults(document: dict[str, Any]) -> Iterator[str]:
    told = {fact for source in document["sources"] for fact in source["facts"]}
    for day in (source["checked"] for source in document["sources"]):
        if day is not None and not _is_day(day):
            yield f"checked: there is no day {day}"
    for fact in () if "all" in told else FACTS:
        if document.get(fact) and fact not in told:
            yield f"{fact}: no source says where this comes from"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _cookie_faults(cookie: dict[str, Any]) -> Iterator[str]:
    code, name = cookie["purpose"], cookie["name"]
    if "*" in name[:-1] and (cookie["group"] != ESSENTIAL or cookie["third_party"] or len(name) <= LEAST_AROUND):
        yield f"cookie {name}: only an essential name of the site's own, not too short, has a * before its end"
    if code is not None and purpose_groups().get(code) != cookie["group"]:
        yield f"cookie {cookie['name']}: {code} is no purpose of the group {cookie['group']}"


def _group_faults(tag: dict[str, Any], cookie_groups: list[str]) -> Iterator[str]:
    group = last_group([tag["group"], *cookie_groups])
    if tag["group"] != group:
        yield f"tag {tag['id']}: its group must be {group}, the last of its cookies'"
    for code in tag["purposes"]:
        if code not in purpose_groups():
            yield f"tag {tag['id']}: there is no purpose {code}"
        elif GROUPS.index(purpose_groups()[code]) > GROUPS.index(tag["group"]):
            yield f"tag {tag['id']}: {code} is a purpose of a later group"
    if tag["group"] == "advertising" and not tag["sale_or_share"]:
        yield f"tag {tag['id']}: advertising always counts as sale or sharing"


def _parameter_faults(tag: dict[str, Any]) -> Iterator[str]:
    load, names = tag["load"], [parameter["id"] for parameter in tag["parameters"]]
    attributes = load["attributes"].items()
    used = {*places_in(load["src"]), *places_in(load["calls"]), *places_in(load["attributes"])}
    if used != set(names) or len(names) != len(set(names)):
        yield f"tag {tag['id']}: it has places for {sorted(used)} and parameters {sorted(names)}"
    if any([*places_in(value)] and not name.startswith("data-") for name, value in attributes):
        yield f"tag {tag['id']}: of its attributes only data-* may hold a parameter"
    for parameter in tag["parameters"]:
        try:
            fits = matches(Parameter(**parameter), parameter["example"])
        except re.error as error:
            yield f"tag {tag['id']}: the pattern of {parameter['id']} is faulty ({error})"
        else:
            if not fits:
                yield f"tag {tag['id']}: the example of {parameter['id']} does not match its pattern"


def _doubled(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
