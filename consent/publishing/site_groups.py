"""Settings shared by a group of sites: taken from one of them, and applied to the drafts of the others.

They are copied into a draft rather than looked up from it, so that what a draft says is what is published. A site that
differs keeps its own values until someone applies the group's.
"""

import copy
import json
from collections.abc import Collection
from typing import TypedDict

from sqlalchemy import Connection

from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.site_settings import Overrides
from consent.core.documents.texts import DraftTexts
from consent.core.documents.theme import Theme
from consent.core.rules import Rules
from consent.log.audit_author import Author
from consent.log.entry import INSTANCE
from consent.publishing.publish import Change, draft_differences
from consent.sites.draft import check_draft, controller_of
from consent.sites.draft_changes import changed_parts
from consent.storage.accounts import site_groups
from consent.storage.database.base import Transaction
from consent.storage.sites import draft_origins, sites
from consent.storage.sites.sites import SiteRow

SECTIONS = ("controller", "look", "texts", "overrides", "vendors")
"""What sites may share: the controller, the theme, texts and languages, legal settings, and vendors on or off."""
CONTROLLER = ("name", "address", "contact", "storage_location", "retention")
"""Controller facts that are the same on all of its sites; the policy page is each site's own."""
OVERRIDES = (
    *("rest_of_world", "honour_dnt", "ignore_gpc_where_silent", "addresses_children", "ask_for_new_vendors"),
    *("public_log", "one_choices_link", "sends", "gpp", "unknown_hosts", "allowed_hosts", "guard_cookies"),
    *("foreign_marks", "rules", "one_rule", "reasons", "sightings", "time_zone", "sale_notices"),
)
"""Settings that don't depend on the pages, addresses or apps of one site."""


GroupSettings = TypedDict(  # noqa: UP013 - a class would have a field `look`, a name that is barred elsewhere
    "GroupSettings",
    {
        "controller": dict[str, str],
        "look": Theme,
        "texts": DraftTexts,
        "overrides": Overrides,
        "vendors": dict[str, bool],
        "apart": dict[str, list[str]],
    },
    total=False,
)
"""What a group shares, by section; `apart` lists by site key the sections in which a site differs on purpose."""


def settings_of(shared: site_groups.Shared) -> GroupSettings:
    """Return a group's stored settings."""
    settings: GroupSettings = json.loads(shared.settings)
    return settings


def sections_of(settings: GroupSettings) -> list[str]:
    """Return the sections that a group shares."""
    return [section for section in SECTIONS if settings.get(section)]


def applied(draft: Draft, settings: GroupSettings, sections: Collection[str]) -> Draft:
    """Return `draft` with the group's settings for `sections`."""
    new, shared = copy.deepcopy(draft), copy.deepcopy(settings)
    if "controller" in sections and "controller" in shared:
        facts: JsonObject = new["controller"]
        new["controller"] = controller_of({name: str(value) for name, value in facts.items()} | shared["controller"])
    if "look" in sections and "look" in shared:
        new["look"] = shared["look"]
    if "texts" in sections and "texts" in shared:
        new["texts"] = _with_texts(new["texts"], shared["texts"])
    if "overrides" in sections and "overrides" in shared:
        new["overrides"] = _with_overrides(new["overrides"], shared["overrides"])
    if "vendors" in sections:
        for tag in new["tags"]:
            tag["enabled"] = shared.get("vendors", {}).get(tag["vendor"], tag["enabled"])
    return new


def _with_texts(own: DraftTexts, shared: DraftTexts) -> DraftTexts:
    """Return the shared texts with the site's links, and with languages confirmed in either."""
    texts = own | shared
    if both := sorted({*own.get("confirmed", []), *shared.get("confirmed", [])}):
        texts["confirmed"] = both
    if readers := own.get("readers", {}) | shared.get("readers", {}):
        texts["readers"] = readers
    if "links" in own:
        texts["links"] = {name: links for name, links in own["links"].items() if name in shared["languages"]}
    return texts


def _with_overrides(own: Overrides, shared: Overrides) -> Overrides:
    """Return the site's settings with the shared ones; a shareable setting that the group lacks is unset."""
    kept = own.copy()
    for name in OVERRIDES:
        if name not in shared:
            kept.pop(name, None)  # type: ignore[misc]
    return kept | shared


def differing(draft: Draft, settings: GroupSettings) -> list[str]:
    """Return the sections in which `draft` differs from its group."""
    return [section for section in sections_of(settings) if applied(draft, settings, [section]) != draft]


def group_differences(draft: Draft, settings: GroupSettings, sections: Collection[str]) -> list[Change]:
    """Return what applying the group's `sections` would change in `draft`."""
    return draft_differences(draft, applied(draft, settings, sections))


def exempt_sections(settings: GroupSettings, site: str) -> list[str]:
    """Return the sections in which the site differs on purpose."""
    return settings.get("apart", {}).get(site, [])


def with_exempt_sections(settings: GroupSettings, site: str, sections: Collection[str]) -> GroupSettings:
    """Return the settings with `sections` recorded as those in which the site differs on purpose."""
    apart = {key: names for key, names in settings.get("apart", {}).items() if key != site}
    if sections:
        apart[site] = [section for section in SECTIONS if section in sections]
    new = settings.copy()
    new["apart"] = dict(sorted(apart.items()))
    return new


def with_copied(settings: GroupSettings, draft: Draft, sections: Collection[str]) -> GroupSettings:
    """Return the settings with `sections` (all but `vendors`) as they are in `draft`."""
    new, source = settings.copy(), copy.deepcopy(draft)
    facts: JsonObject = source["controller"]
    if "controller" in sections:
        new["controller"] = {name: str(facts[name]) for name in CONTROLLER}
    if "look" in sections:
        new["look"] = source["look"]
    if "texts" in sections:
        source["texts"].pop("links", None)
        new["texts"] = source["texts"]
    if "overrides" in sections:
        overrides = source["overrides"].copy()
        for name in source["overrides"].keys() - {*OVERRIDES}:
            overrides.pop(name)  # type: ignore[misc]
        new["overrides"] = overrides
    return new


def without(settings: GroupSettings, section: str) -> GroupSettings:
    """Return the settings without a section; sites keep the values they have."""
    new = settings.copy()
    new.pop(section)  # type: ignore[misc]
    return new


def with_vendor(settings: GroupSettings, vendor: str, is_on: bool | None) -> GroupSettings:
    """Return the settings with a vendor on or off on all sites, or left to each site if `is_on` is None."""
    vendors = {name: value for name, value in settings.get("vendors", {}).items() if name != vendor}
    if is_on is not None:
        vendors[vendor] = is_on
    new = settings.copy()
    new["vendors"] = dict(sorted(vendors.items()))
    return new


def save_settings(
    transaction: Transaction, name: str, settings: GroupSettings, revision: int, by: Author, now: int
) -> None:
    """Save a group's shared settings, which were read at `revision`. Raises StaleGroupError."""
    was, becomes = (dict(one) for one in (settings_of(site_groups.shared(transaction, name)), settings))
    if was == becomes:
        return
    site_groups.save_shared(transaction, name, json.dumps(settings, ensure_ascii=False), revision)
    before = {part: value for part, value in was.items() if becomes.get(part) != value}
    after = {part: value for part, value in becomes.items() if was.get(part) != value}
    by.record(transaction, INSTANCE, "site_group.settings_changed", name, before, after, now)


def apply_to(
    transaction: Connection,
    site: SiteRow,
    group: str,
    settings: GroupSettings,
    sections: Collection[str],
    by: Author,
    rules: Rules,
    now: int,
    revision: int | None = None,
) -> bool:
    """Copy the group's `sections` into the site's draft, and return whether that changed it.

    `revision` is the draft's revision when someone reviewed the differences. Raises DraftError if the draft would be
    invalid, StaleDraftError if someone has changed it.
    """
    row = sites.read_draft(transaction, site.id)
    if revision is not None and revision != row.revision:
        raise sites.StaleDraftError
    draft: Draft = json.loads(row.text)
    new = applied(draft, settings, sections)
    check_draft(new, rules.codes)
    before, after = changed_parts(draft, new)
    if not (before or after):
        return False
    saved = sites.save_draft(transaction, site.id, json.dumps(new, ensure_ascii=False), row.revision)
    draft_origins.edited(transaction, site.id, {*before, *after}, by.who.id, now)
    by.record(transaction, site, "draft.changed", f"draft {saved}", before, after, now)
    facts = {"sections": [section for section in SECTIONS if section in sections]}
    by.record(transaction, site, "site_group.applied", group, None, facts, now)
    return True
