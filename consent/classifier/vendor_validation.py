"""Validate a vendor file beyond its JSON Schema."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from consent.classifier.purposes import purpose_groups
from consent.classifier.session_cookies import deletion_error
from consent.classifier.tag_template import HOST, LABEL, matches, places_in
from consent.classifier.vendor import new_parameter
from consent.core.documents.vendor_file import VendorDocument, VendorParameter, VendorTag
from consent.core.documents.vendors import VendorCookie
from consent.core.groups import ESSENTIAL, GROUPS, last_group


def snippet_errors(document: VendorDocument) -> Iterator[str]:
    """Yield a sentence for each error in the snippets of a `document` that passed the schema."""
    parameters = {tag["id"]: {one["id"] for one in tag["parameters"]} for tag in document["tags"]}
    for snippet in document.get("snippets", ()):
        if "tag" not in snippet and len(parameters) > 1:
            yield "snippets: one of a vendor with several tags has to say of which tag it is"
            continue
        tag = snippet.get("tag", next(iter(parameters), ""))
        if "tag" in snippet and tag not in parameters:
            yield f"snippets: there is no tag {tag}"
        for name in snippet.get("values", {}).keys() - parameters.get(tag, set()):
            yield f"snippets: the tag {tag} has no parameter {name}"
        for pattern in snippet["code"]:
            yield from _expression_errors(pattern, 0)
        for pattern in (*snippet.get("values", {}).values(), *filter(None, [snippet.get("address")])):
            yield from _expression_errors(pattern, 1)


def _expression_errors(pattern: str, groups: int) -> Iterator[str]:
    try:
        count = re.compile(pattern).groups
    except re.error as error:
        yield f"snippets: {pattern} is faulty ({error})"
        return
    if count != groups:
        yield f"snippets: {pattern} must have {groups} groups, and has {count}"


LEAST_AROUND = 4
"""Minimum number of characters around a `*` in the middle of a name, counting the `*` itself."""

FACTS = (
    *("company", "country", "group", "privacy_url", "opt_out_url", "recipient_kind"),
    *("hosts", "data_categories", "tags", "cookies", "revoke", "consent", "snippets"),
)


def vendor_errors(document: VendorDocument, file_stem: str) -> Iterator[str]:
    """Yield a sentence for each error in a `document` that passed the schema."""
    if document["id"] != file_stem:
        yield f"the id is {document['id']}, and the file must be named after it"
    if any(unicodedata.category(sign) == "Cc" for text in _strings(document) for sign in text):
        yield "a text holds a control character, such as a line break"
    for tag_id in _duplicates(tag["id"] for tag in document["tags"]):
        yield f"there are several tags named {tag_id}"
    yield from _source_errors(document)
    for fact in document.get("not_known", {}):
        if document.get(fact):
            yield f"not_known: {fact} is known"
    for cookie in document["cookies"]:
        yield from _cookie_errors(cookie)
    for name in {*document.get("common_names", ())} - {cookie["name"] for cookie in document["cookies"]}:
        yield f"common_names: {name} is not a cookie in this file"
    yield from snippet_errors(document)
    for tag in document["tags"]:
        if "ended" in tag and not _is_day(tag["ended"]):
            yield f"tag {tag['id']}: there is no day {tag['ended']}"
        yield from _group_errors(tag, [cookie["group"] for cookie in document["cookies"]])
        yield from _parameter_errors(tag)


def _source_errors(document: VendorDocument) -> Iterator[str]:
    covered = {fact for source in document["sources"] for fact in source["facts"]}
    for day in (source["checked"] for source in document["sources"]):
        if day is not None and not _is_day(day):
            yield f"checked: there is no day {day}"
    for fact in () if "all" in covered else FACTS:
        if document.get(fact) and fact not in covered:
            yield f"{fact}: no source says where this comes from"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _cookie_errors(cookie: VendorCookie) -> Iterator[str]:
    code, name = cookie["purpose"], cookie["name"]
    if "*" in name[:-1] and (cookie["group"] != ESSENTIAL or cookie["third_party"] or len(name) <= LEAST_AROUND):
        yield f"cookie {name}: only an essential name of the site's own, not too short, has a * before its end"
    if error := deletion_error(cookie):
        yield f"cookie {name}: {error}"
    if code is not None and purpose_groups().get(code) != cookie["group"]:
        yield f"cookie {cookie['name']}: {code} is not a purpose of the group {cookie['group']}"


def _group_errors(tag: VendorTag, cookie_groups: list[str]) -> Iterator[str]:
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


def _parameter_errors(tag: VendorTag) -> Iterator[str]:
    load, names = tag["load"], [parameter["id"] for parameter in tag["parameters"]]
    attributes = load["attributes"].items()
    parts = [load["src"], load["calls"], load["attributes"], load.get("setup"), load.get("construct")]
    used = {*places_in(parts)}
    if used != set(names) or len(names) != len(set(names)):
        yield f"tag {tag['id']}: it has places for {sorted(used)} and parameters {sorted(names)}"
    if any([*places_in(value)] and not name.startswith("data-") for name, value in attributes):
        yield f"tag {tag['id']}: of its attributes only data-* may hold a parameter"
    for parameter in tag["parameters"]:
        try:
            fits = matches(new_parameter(parameter), parameter["example"])
        except re.error as error:
            yield f"tag {tag['id']}: the pattern of {parameter['id']} is faulty ({error})"
        else:
            if not fits:
                yield f"tag {tag['id']}: the example of {parameter['id']} does not match its pattern"
            yield from _value_errors(tag, parameter)


def _value_errors(tag: VendorTag, parameter: VendorParameter) -> Iterator[str]:
    """Yield a sentence for each error in the values allowed for a parameter with a valid pattern."""
    own, place, known = parameter["id"], f"{{{parameter['id']}}}", new_parameter(parameter)
    host = (tag["load"]["src"] or "").partition("//")[2].partition("/")[0]
    if place == host and parameter.get("kind") != HOST:
        yield f"tag {tag['id']}: {own} is the whole host of the address, and not of the kind host"
    if place in host and place != host and not LABEL.fullmatch(parameter["example"]):
        yield f"tag {tag['id']}: {own} is a part of a host, and {parameter['example']} cannot be one"
    if place in host and place != host and any(matches(known, parameter["example"] + sign + "x") for sign in "./@:?#%"):
        yield f"tag {tag['id']}: {own} is a part of a host, and may be more than one name"
    for choice in parameter.get("choices", {}):
        if not matches(known, choice):
            yield f"tag {tag['id']}: the choice {choice} of {own} does not match its pattern"


def _duplicates(names: Iterator[str]) -> list[str]:
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
