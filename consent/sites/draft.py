"""The draft of a site, which marketing edits and a publish freezes: pure functions on dicts."""

import copy
import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from consent.classifier.vendor import Vendor
from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.site_settings import Controller, Overrides
from consent.core.documents.tags import Load, Tag, TagChange, Trigger
from consent.core.documents.vendor_file import VendorDocument
from consent.core.documents.vendors import Cookie, SiteVendor
from consent.core.groups import ESSENTIAL, last_group
from consent.core.translatable import translatable
from consent.presentation.languages import languages as shipped_languages
from consent.presentation.texts import TEXT_KEYS
from consent.sites.custom.rules import custom_rule_errors
from consent.sites.draft_validation import cookie_errors, headless_errors, schema_errors, tag_errors
from consent.sites.experiments.variants import control, variant_errors
from consent.sites.own_host.mounts import mount_errors
from consent.sites.time_zones import UTC, is_time_zone

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SCHEMA = "consent-config/1"
TAKEN = ("instance", "new")
"""Keys that no site can have: the instance's log, and the dashboard's page for a new site."""
CONTROLLER = ("name", "address", "contact", "policy_url", "policy_revision", "storage_location", "retention")
OVERRIDES: Overrides = {
    "kill_switch": False,
    "rest_of_world": "strictest",
    "honour_dnt": False,
    "ignore_gpc_where_silent": False,
    "sensitive_paths": [],
    "sensitive": False,
    "addresses_children": False,
    "ask_for_new_vendors": "now",
    "cookie_scope": "host",
    "decision_seconds": 0,
    "public_log": False,
    "one_choices_link": False,
    "sends": [],
    "unknown_hosts": "hold",
    "allowed_hosts": [],
    "guard_cookies": False,
    "foreign_marks": False,
    "asked_groups": [],
    "rules": [],
    "one_rule": [],
    "reasons": {},
    "sightings": 0,
    "time_zone": UTC,
    "payment_paths": [
        "/checkout*",
        "/*/checkout",
        "/*/checkout/*",
        "/payment*",
        "/*/payment",
        "/*/payment/*",
    ],
}


COPY = " (copy)"
MAX_NAME_LENGTH = 480
"""Maximum length of a copied tag's name; the schema allows 500."""
OPTIONAL_FACTS = Tag.__optional_keys__


class DraftError(ValueError):
    """A draft that can't be saved; `fields` maps the path of each invalid field to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {sentence}" for path, sentence in fields.items()))
        self.fields = fields


def new_draft(site: str, hosts: list[str], controller: Mapping[str, str] | None = None, language: str = "en") -> Draft:
    """Return the draft of a new site without tags, with the safest value for each setting."""
    return {
        "schema": SCHEMA,
        "site": site,
        "controller": controller_of(controller or {}),
        "hosts": list(hosts),
        "tags": [],
        "vendors": [],
        "cookies": [],
        "texts": {"default_language": language, "languages": {language: {}}},
        "look": {"accent": "#0b57d0", "radius": 12, "position": "bottom", "font": "system"},
        "variants": [control()],
        "overrides": copy.deepcopy(OVERRIDES),
    }


def controller_of(facts: Mapping[str, str]) -> Controller:
    """Return a site's controller from `facts`, in which fields may be missing."""
    return {
        "name": facts.get("name", ""),
        "address": facts.get("address", ""),
        "contact": facts.get("contact", ""),
        "policy_url": facts.get("policy_url", ""),
        "policy_revision": facts.get("policy_revision", ""),
        "storage_location": facts.get("storage_location", ""),
        "retention": facts.get("retention", ""),
    }


def check_draft(draft: Draft, row_codes: list[str] | None = None) -> None:
    """Raise DraftError with a sentence for each invalid field of `draft`.

    `row_codes` are the codes of the rule rows that `overrides.rest_of_world` may name.
    """
    fields: dict[str, str] = {}
    for error in _validator().iter_errors(draft):
        for path, sentence in schema_errors(error).items():
            fields.setdefault(path, sentence)
    if not fields:
        fields = _cross_errors(draft, row_codes)
    if fields:
        raise DraftError(fields)


def add_tag(
    draft: Draft,
    vendor: Vendor,
    template_id: str,
    load: Load,
    parameters: dict[str, str],
    tag_id: str = "",
) -> Draft:
    """Return `draft` with a tag made from the catalog; `load` is the template filled with `parameters`.

    Adds the vendor and its cookies as well. Raises DraftError if the id is taken.
    """
    new = copy.deepcopy(draft)
    document = vendor.document
    template = next(tag for tag in document["tags"] if tag["id"] == template_id)
    tag_id = tag_id or free_id(new, template_id)
    if any(tag["id"] == tag_id for tag in new["tags"]):
        raise DraftError({"id": translatable(f"There is already a tag named {tag_id}.")})
    new["tags"].append(
        {
            "id": tag_id,
            "vendor": document["id"],
            "template": template_id,
            "name": template["name"],
            "group": last_group([template["group"], *(c["group"] for c in document["cookies"])]),
            "enabled": True,
            "sale_or_share": template["sale_or_share"],
            "exemptions": list(template["exemptions"]),
            "purposes": list(template["purposes"]),
            "third_party": True,
            "limited": None,
            "places": {"only": [], "except": []},
            "pages": {"only": [], "except": []},
            "schedule": {"from": None, "until": None},
            "load": load,
            "parameters": dict(parameters),
        }
    )
    return with_vendor(new, document)


def with_vendor(draft: Draft, document: VendorDocument) -> Draft:
    """Return `draft` with the vendor from the catalog's `document` and its cookies, unless it has them already."""
    if document["id"] in {known["id"] for known in draft["vendors"]}:
        return draft
    vendors = [*draft["vendors"], site_vendor(document)]
    return copy.deepcopy(draft | {"vendors": vendors, "cookies": [*draft["cookies"], *vendor_cookies(document)]})


def site_vendor(document: VendorDocument | SiteVendor) -> SiteVendor:
    """Return the part of a vendor file that a draft contains."""
    vendor: SiteVendor = {
        "id": document["id"],
        "name": document["name"],
        "company": document["company"],
        "country": document["country"],
        "privacy_url": document["privacy_url"],
        "opt_out_url": document["opt_out_url"],
        "recipient_kind": document["recipient_kind"],
        "hosts": document["hosts"],
        "revoke": document["revoke"],
    }
    return vendor | {"consent": document["consent"]} if "consent" in document else vendor


def vendor_cookies(document: VendorDocument) -> list[Cookie]:
    """Return the cookies of a vendor file as a draft contains them."""
    return [{**cookie, "vendor": document["id"]} for cookie in document["cookies"]]


def remove_tag(draft: Draft, tag_id: str) -> Draft:
    """Return `draft` without the tag `tag_id`, and without its vendor and cookies if no other tag needs them."""
    new = copy.deepcopy(draft)
    new["tags"] = [tag for tag in new["tags"] if tag["id"] != tag_id]
    return without_unused(new, {tag["vendor"] for tag in draft["tags"]})


def without_unused(draft: Draft, vendors: Collection[str]) -> Draft:
    """Return `draft` without those of `vendors` that no tag needs, and without their cookies."""
    unused = {*vendors} - {tag.get("vendor") for tag in draft["tags"]}
    return draft | {
        "vendors": [vendor for vendor in draft["vendors"] if vendor["id"] not in unused],
        "cookies": [cookie for cookie in draft["cookies"] if cookie["vendor"] not in unused],
    }


def set_enabled(draft: Draft, tag_id: str, enabled: bool) -> Draft:
    """Return `draft` with the tag `tag_id` enabled or disabled."""
    return change_tag(draft, tag_id, {"enabled": enabled})


def change_tag(draft: Draft, tag_id: str, facts: TagChange) -> Draft:
    """Return `draft` with `facts` replacing those of the tag `tag_id`.

    Raises KeyError if there is no such tag.
    """
    new = copy.deepcopy(draft)
    number = next((number for number, tag in enumerate(new["tags"]) if tag["id"] == tag_id), None)
    if number is None:
        raise KeyError(tag_id)
    changed: Tag = {**new["tags"][number], **copy.deepcopy(facts)}
    new["tags"][number] = _without_empty(changed, draft["tags"][number])
    return new


def set_trigger(draft: Draft, tag_id: str, trigger: Trigger | None) -> Draft:
    """Return `draft` with the tag `tag_id` waiting for `trigger`; without one, it runs with the page view.

    Raises KeyError if there is no such tag.
    """
    if trigger is not None:
        return change_tag(draft, tag_id, {"trigger": trigger})
    new = change_tag(draft, tag_id, {})
    next(tag for tag in new["tags"] if tag["id"] == tag_id).pop("trigger", None)
    return new


def duplicate_tag(draft: Draft, tag_id: str) -> Draft:
    """Return `draft` with a copy of the tag `tag_id` right after it, disabled so that nothing runs twice.

    Raises KeyError if there is no such tag.
    """
    new = copy.deepcopy(draft)
    number = next((number for number, tag in enumerate(new["tags"]) if tag["id"] == tag_id), None)
    if number is None:
        raise KeyError(tag_id)
    tag = new["tags"][number]
    name = free_name(new, f"{tag['name'][: MAX_NAME_LENGTH - len(COPY)]}{COPY}")
    new["tags"].insert(number + 1, {**copy.deepcopy(tag), "id": free_id(new, tag_id), "name": name, "enabled": False})
    return new


def _without_empty(tag: Tag, before: Tag) -> Tag:
    """Return `tag` without empty optional fields that it didn't have `before`, since they aren't a change."""
    fields = {name: value for name, value in tag.items() if value or name in before or name not in OPTIONAL_FACTS}
    return cast(Tag, fields)


def move_tag(draft: Draft, tag_id: str, other_id: str, *, after: bool) -> Draft:
    """Return `draft` with the tag `tag_id` moved right before or right after the tag `other_id`."""
    new = copy.deepcopy(draft)
    moved = next(tag for tag in new["tags"] if tag["id"] == tag_id)
    others = [tag for tag in new["tags"] if tag["id"] != tag_id]
    at = next(place for place, tag in enumerate(others) if tag["id"] == other_id) + after
    return new | {"tags": [*others[:at], moved, *others[at:]]}


def group_reason(draft: Draft, tag: Tag) -> str:
    """Return in words why `tag` is in its group."""
    cookies = [c for c in draft["cookies"] if c["vendor"] == tag["vendor"] and c["group"] == tag["group"]]
    if tag["group"] == ESSENTIAL:
        return tag.get("necessity") or translatable("The site does not work without it.")
    if cookies:
        names = ", ".join(c["name"] for c in cookies[:3]) + (
            f" and {len(cookies) - 3} more" if len(cookies) > 3 else ""
        )
        return (
            translatable(f"It sets {names}, which are {tag['group']}.")
            if len(cookies) > 1
            else translatable(f"It sets {names}, which is {tag['group']}.")
        )
    return translatable(f"Its vendor uses it for {tag['group']} purposes.")


def missing_controller_facts(draft: Draft) -> list[str]:
    """Return the controller facts that are still missing but required for a publish (GDPR art. 13(1)(a), 13(2)(a))."""
    controller: JsonObject = draft["controller"]
    return [fact for fact in CONTROLLER if not str(controller[fact]).strip()]


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator, FormatChecker  # slow to import

    schema = json.loads((Path(__file__).parent.parent / "data" / "config.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _cross_errors(draft: Draft, row_codes: list[str] | None) -> dict[str, str]:
    """Return errors across fields that are valid individually."""
    fields: dict[str, str] = {}
    if draft["site"] in TAKEN:
        fields["site"] = translatable("This name is taken.")
    fields |= tag_errors(draft) | cookie_errors(draft) | mount_errors(draft) | headless_errors(draft)
    fields |= variant_errors(draft)
    languages = draft["texts"]["languages"]
    for unknown in set(languages) - set(shipped_languages()):
        fields[f"texts.languages.{unknown}"] = translatable(f"There are no texts in the language {unknown}.")
    for language, own in languages.items():
        fields |= {
            f"texts.languages.{language}.{key}": translatable("There is no text of this name.")
            for key in own
            if key not in TEXT_KEYS
        }
    if draft["texts"]["default_language"] not in languages:
        fields["texts.default_language"] = translatable("The default language is not among the languages of the site.")
    if not is_time_zone(draft["overrides"].get("time_zone", UTC)):
        fields["overrides.time_zone"] = translatable("This is not a time zone: Europe/Berlin and America/New_York are.")
    row = draft["overrides"]["rest_of_world"]
    if row_codes is not None and row != "strictest" and row not in row_codes:
        fields["overrides.rest_of_world"] = translatable(f"There is no rule for {row}.")
    if row_codes is not None:
        fields |= custom_rule_errors(draft["overrides"], row_codes)
    scope = draft["overrides"]["cookie_scope"]
    if scope != "host" and not _is_parent(scope, draft["hosts"]):
        fields["overrides.cookie_scope"] = translatable(
            "This must be a parent domain of the site's hosts that the site owns alone."
        )
    return fields


def _is_parent(domain: str, hosts: list[str]) -> bool:
    """Return whether `domain` isn't a public suffix (publicsuffix.org) and is a host, or a parent of one, in `hosts`."""
    if _public_suffixes().is_public(domain):
        return False
    names = [urlsplit(origin).hostname or "" for origin in hosts]
    return any(name == domain or name.endswith("." + domain) for name in names)


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def free_id(draft: Draft, wanted: str) -> str:
    """Return `wanted`, with a number appended if a tag already has that id."""
    taken = {tag["id"] for tag in draft["tags"]}
    return next(name for name in (wanted, *(f"{wanted[:59]}-{n}" for n in range(2, 1000))) if name not in taken)


def free_name(draft: Draft, wanted: str) -> str:
    """Return `wanted`, with a number appended if a tag already has that name."""
    taken = {tag["name"] for tag in draft["tags"]}
    return next(name for name in (wanted, *(f"{wanted} {n}" for n in range(2, 1000))) if name not in taken)
