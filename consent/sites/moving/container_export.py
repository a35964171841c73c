"""Read the export of a Google Tag Manager container: its tags, with ids that aren't computed by code."""

import json
import re
from collections.abc import Mapping
from typing import Any

from consent.core.translatable import translatable
from consent.sites.moving.container_triggers import firing_of, triggers_by_id
from consent.sites.moving.setup import CONTAINER, ImportFileError, Piece, Service, Setup

MAX_REFERENCES = 5
REFERENCE = re.compile(r"\{\{([^{}]{1,100})\}\}")
PRODUCTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "gaawc": ("google-analytics", "ga4", {"measurement_id": "measurementId"}),
    "googtag": ("google-tag", "google-tag", {"tag_id": "tagId"}),
    "awct": ("google-ads", "google-ads", {"conversion_id": "conversionId"}),
    "sp": ("google-ads", "google-ads", {"conversion_id": "conversionId"}),
    "hjtc": ("hotjar", "hotjar", {"site_id": "hotjar_site_id"}),
    "bzi": ("linkedin-insight", "linkedin-insight", {"partner_id": "id"}),
    "pntr": ("pinterest-tag", "pinterest-tag", {"tag_id": "tagId"}),
    "twitter_website_tag": ("x-ads", "x-ads", {"pixel_id": "twitter_pixel_id"}),
    "baut": ("microsoft-ads", "uet", {"tag_id": "tagId"}),
    "crto": ("criteo", "criteo", {"account": "accountId"}),
    "qcm": ("quantcast", "quantcast", {"account": "pcode"}),
}
"""By tag type: the catalog's vendor, its tag, and where the export has each parameter."""
PARTS = {
    "gaawe": translatable("an event of Google Analytics"),
    "gclidw": translatable("the conversion linker"),
    "flc": "Floodlight",
    "fls": "Floodlight",
}
"""Types that only add to a tag, or have no counterpart here."""
HELD = {
    "googtag": {"G": ("google-analytics", "ga4", "measurement_id"), "AW": ("google-ads", "google-ads", "conversion_id")}
}


def read_container(text: str) -> Setup | None:
    """Return the container that the JSON `text` exports, or None if it isn't an export. Raises ImportFileError."""
    try:
        export = json.loads(text)
    except (ValueError, RecursionError):
        return None
    version = export.get("containerVersion") if isinstance(export, dict) else None
    if not isinstance(version, dict):
        return None
    tags = version.get("tag", [])
    if not isinstance(tags, list) or not all(isinstance(tag, dict) for tag in tags):
        raise ImportFileError(translatable("The file is a Google Tag Manager container whose list of tags is damaged."))
    variables = _variables(version.get("variable"))
    left: list[str] = []
    triggers = triggers_by_id(version.get("trigger"))
    read = [(tag, service) for tag in tags if (service := _service(tag, variables, left))]
    services = [service._replace(firing=firing_of(tag, triggers)) for tag, service in read]
    if version.get("customTemplate"):
        left.append(translatable("Custom templates of the container are code, which is not imported."))
    return Setup(CONTAINER, services, left=tuple(left))


def _service(tag: Mapping[str, Any], variables: Mapping[str, str], left: list[str]) -> Service | None:
    name, kind = str(tag.get("name", ""))[:80] or "A tag without a name", str(tag.get("type", ""))
    values = {key: _resolved(value, variables) for key, value in _parameters(tag.get("parameter")).items()}
    if tag.get("paused") is True:
        left.append(translatable(f"{name} is paused, so it is not imported."))
        return None
    if kind in PARTS:
        left.append(
            translatable(
                f"{name} is {PARTS[kind]}, which has no tag of its own here. Set it up again where you need it."
            )
        )
        return None
    words = _consents(tag.get("consentSettings"))
    if kind in ("html", "img"):
        code, address = values.get("html", ""), values.get("url", "")
        piece = Piece("script" if kind == "html" else "img", address, code, {})
        return Service(name, name, words, in_page=False, pieces=(piece,))
    vendor, template, names = PRODUCTS.get(kind, ("", "", {}))
    prefix = values.get("tagId", "").partition("-")[0]
    if kind in HELD and prefix in HELD[kind]:
        vendor, template, parameter = HELD[kind][prefix]
        names = {parameter: "tagId"}
    given = {parameter: values[key] for parameter, key in names.items() if key in values}
    if template == "google-ads" and given.get("conversion_id", "").isdigit():
        given["conversion_id"] = f"AW-{given['conversion_id']}"
    return Service(name, name, words, in_page=False, vendor=vendor, template=template, parameters=given)


def _parameters(values: Any) -> dict[str, str]:
    found = {}
    for one in values if isinstance(values, list) else []:
        if isinstance(one, dict) and isinstance(one.get("value"), str) and isinstance(one.get("key"), str):
            found[one["key"]] = one["value"]
    return found


def _variables(values: Any) -> dict[str, str]:
    """Return a container's constants by name; the values of other variables are known only on a page."""
    found = {}
    for one in values if isinstance(values, list) else []:
        if isinstance(one, dict) and one.get("type") == "c":
            found[str(one.get("name"))] = _parameters(one.get("parameter")).get("value", "")
    return found


def _resolved(text: str, variables: Mapping[str, str]) -> str:
    for _ in range(MAX_REFERENCES):
        changed = REFERENCE.sub(lambda match: variables.get(match[1], match[0])[:1000], text)
        if changed == text or len(changed) > len(text) + 10_000:
            return text
        text = changed
    return text


def _consents(settings: Any) -> tuple[str, ...]:
    """Return the groups of the additional consents that a tag requires besides the built-in ones."""
    words = json.dumps(settings) if isinstance(settings, dict) else ""
    known = {"ad_storage": "advertising", "analytics_storage": "analytics", "functionality_storage": "functional"}
    return tuple(group for consent, group in known.items() if f'"{consent}"' in words)
