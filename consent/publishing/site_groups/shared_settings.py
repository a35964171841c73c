"""The settings that a group of sites holds, setting by setting, and how a site's draft compares with them.

A draft has its own copy of every value, so that what a draft says is what is published: a config, and the hash of it in
receipts, doesn't depend on a group. A site inherits a setting as long as its draft has the group's value and the
setting isn't recorded as the site's own.
"""

import copy
import json
from collections.abc import Collection, Mapping
from typing import TypedDict, cast

from consent.core.documents.config import Draft
from consent.core.documents.site_settings import Overrides
from consent.core.documents.texts import DraftTexts
from consent.core.documents.theme import Theme
from consent.publishing.publish import Change, draft_differences
from consent.sites.draft import OVERRIDES as DEFAULTS
from consent.sites.experiments.variants import in_languages
from consent.storage.accounts.site_groups import Shared

SECTIONS = ("controller", "look", "texts", "overrides", "vendors")
"""What sites may share: the controller, the theme, texts and languages, legal settings, and vendors on or off."""
CONTROLLER = ("name", "address", "contact", "storage_location", "retention")
"""Controller facts that are the same on all of its sites; the policy page is each site's own."""
THEME = tuple(Theme.__annotations__)
OVERRIDES = (
    *("rest_of_world", "honour_dnt", "ignore_gpc_where_silent", "addresses_children", "ask_for_new_vendors"),
    *("public_log", "one_choices_link", "sends", "gpp", "unknown_hosts", "allowed_hosts", "guard_cookies"),
    *("foreign_marks", "rules", "one_rule", "reasons", "sightings", "time_zone", "sale_notices"),
)
"""Settings that don't depend on the pages, addresses or apps of one site."""
LANGUAGES = "texts languages"
"""The name of the setting with the languages and the default one; the words of each are settings of their own."""

GroupSettings = TypedDict(  # noqa: UP013 - a class would have a field `look`, a name that is barred elsewhere
    "GroupSettings",
    {
        "controller": dict[str, str],
        "look": Theme,
        "texts": DraftTexts,
        "overrides": Overrides,
        "vendors": dict[str, bool],
        "apart": dict[str, list[str]],
        "pending": dict[str, list[str]],
    },
    total=False,
)
"""What a group holds, by section; `apart` lists by site key the settings that are the site's own.

Groups of older releases list whole sections there. `pending` lists the settings that are new to the site, or couldn't
be applied to it, so that their values in its draft aren't a decision of the site.
"""


def settings_of(shared: Shared) -> GroupSettings:
    """Return a group's stored settings."""
    settings: GroupSettings = json.loads(shared.settings)
    return settings


def sections_of(settings: GroupSettings) -> list[str]:
    """Return the sections that a group shares."""
    return [section for section in SECTIONS if settings.get(section)]


def section_of(name: str) -> str:
    """Return the section of a setting."""
    word = name.partition(" ")[0]
    return "texts" if word == "words" else word


def names_of(settings: GroupSettings) -> list[str]:
    """Return the names of the settings that a group holds, such as `look accent`, in the order in which they apply."""
    names = [f"controller {fact}" for fact in CONTROLLER if fact in settings.get("controller", {})]
    if "look" in settings:
        names += [f"look {field}" for field in THEME]
    if "texts" in settings:
        names += [LANGUAGES, *(f"words {language}" for language in settings["texts"]["languages"])]
    if "overrides" in settings:
        names += [f"overrides {field}" for field in OVERRIDES]
    return names + [f"vendors {vendor}" for vendor in settings.get("vendors", {})]


def held_value(settings: GroupSettings, name: str) -> object:
    """Return a setting's value in the group, or its default if the group leaves it unset."""
    word, _, field = name.partition(" ")
    if word in ("texts", "words"):
        return _text_value(settings["texts"], name)
    values = cast(dict[str, object], settings[word])  # type: ignore[literal-required]
    return values.get(field, DEFAULTS.get(field) if word == "overrides" else None)


def draft_value(draft: Draft, name: str) -> object:
    """Return a setting's value in a draft, or None if the draft has no such language or vendor."""
    word, _, field = name.partition(" ")
    if word in ("texts", "words"):
        return _text_value(draft["texts"], name)
    if word == "vendors":
        states = {tag["enabled"] for tag in draft["tags"] if tag["vendor"] == field}
        return states.pop() if len(states) == 1 else None
    values = cast(dict[str, object], draft[word])  # type: ignore[literal-required]
    return values.get(field, DEFAULTS.get(field) if word == "overrides" else None)


def _text_value(texts: DraftTexts, name: str) -> object:
    if name == LANGUAGES:
        return [texts["default_language"], *sorted(texts["languages"])]
    return texts["languages"].get(name.partition(" ")[2])


def differs(draft: Draft, settings: GroupSettings, name: str) -> bool:
    """Return whether the group's value for a setting would change the draft."""
    word, _, field = name.partition(" ")
    if word == "vendors":
        return any(tag["enabled"] != settings["vendors"][field] for tag in draft["tags"] if tag["vendor"] == field)
    if word == "words" and field not in draft["texts"]["languages"]:
        return False
    if word == "words" and _is_checked_less(draft["texts"], settings["texts"], field):
        return True
    return draft_value(draft, name) != held_value(settings, name)


def _is_checked_less(own: DraftTexts, shared: DraftTexts, language: str) -> bool:
    """Return whether only the group has a confirmation or a reader of the language."""
    if language in shared.get("confirmed", []) and language not in own.get("confirmed", []):
        return True
    return language in shared.get("readers", {}) and language not in own.get("readers", {})


def differing(draft: Draft, settings: GroupSettings) -> list[str]:
    """Return the settings in which `draft` differs from its group."""
    return [name for name in names_of(settings) if differs(draft, settings, name)]


def changed_names(before: GroupSettings, after: GroupSettings) -> list[str]:
    """Return the settings that a group held before with another value."""
    held = {*names_of(before)}
    return [name for name in names_of(after) if name in held and _is_changed(before, after, name)]


def _is_changed(before: GroupSettings, after: GroupSettings, name: str) -> bool:
    if held_value(before, name) != held_value(after, name):
        return True
    return name.startswith("words ") and _is_checked_less(before["texts"], after["texts"], name.partition(" ")[2])


def applied(draft: Draft, settings: GroupSettings, names: Collection[str]) -> Draft:
    """Return `draft` with the group's values for the settings `names`."""
    new, shared = copy.deepcopy(draft), copy.deepcopy(settings)
    for name in names_of(shared):
        if name in names and differs(new, shared, name):
            _put(new, shared, name)
    return new


def _put(draft: Draft, settings: GroupSettings, name: str) -> None:
    word, _, field = name.partition(" ")
    if word == "vendors":
        for tag in draft["tags"]:
            if tag["vendor"] == field:
                tag["enabled"] = settings["vendors"][field]
    else:
        _copy_setting(draft, settings, name)
    if name == LANGUAGES:
        draft["variants"] = in_languages(draft["variants"], draft["texts"]["languages"])


def _copy_setting(into: Draft | GroupSettings, source: Draft | GroupSettings, name: str) -> None:
    """Copy the value of a setting other than a vendor's; both documents have its section."""
    word, _, field = name.partition(" ")
    if name == LANGUAGES:
        _put_languages(into["texts"], source["texts"])
    elif word == "words":
        into["texts"]["languages"][field] = source["texts"]["languages"][field]
        _put_checks(into["texts"], source["texts"], field)
    else:
        _put_field(
            cast(dict[str, object], into[word]),  # type: ignore[literal-required]
            cast(dict[str, object], source[word]),  # type: ignore[literal-required]
            field,
        )


def _put_field(own: dict[str, object], shared: dict[str, object], field: str) -> None:
    if field in shared:
        own[field] = shared[field]
    else:
        own.pop(field, None)


def _put_languages(own: DraftTexts, shared: DraftTexts) -> None:
    """Set the languages; those that the draft has keep their words, and others come with the group's."""
    added = shared["languages"].keys() - own["languages"].keys()
    own["default_language"] = shared["default_language"]
    own["languages"] = shared["languages"] | {
        language: words for language, words in own["languages"].items() if language in shared["languages"]
    }
    for language in added:
        _put_checks(own, shared, language)
    if "links" in own:
        own["links"] = {name: links for name, links in own["links"].items() if name in own["languages"]}


def _put_checks(own: DraftTexts, shared: DraftTexts, language: str) -> None:
    """Add the group's confirmation and reader of a language, whose words are now the group's."""
    if language in shared.get("confirmed", []):
        own["confirmed"] = sorted({*own.get("confirmed", []), language})
    if reader := shared.get("readers", {}).get(language):
        own["readers"] = own.get("readers", {}) | {language: reader}


def group_differences(draft: Draft, settings: GroupSettings, names: Collection[str]) -> list[Change]:
    """Return what the group's values for `names` would change in `draft`."""
    return draft_differences(draft, applied(draft, settings, names))


def own_settings(settings: GroupSettings, site: str) -> list[str]:
    """Return the settings that are recorded as the site's own."""
    listed = settings.get("apart", {}).get(site, [])
    return [name for name in names_of(settings) if name in listed or section_of(name) in listed]


def with_own(settings: GroupSettings, site: str, names: Collection[str]) -> GroupSettings:
    """Return the settings with `names` recorded as the site's own, and so no longer pending."""
    new = settings.copy()
    new["apart"] = _with_listed(settings, settings.get("apart", {}), site, names)
    if not new["apart"]:
        new.pop("apart")
    return with_pending(new, site, {*pending_settings(settings, site)} - {*names})


def pending_settings(settings: GroupSettings, site: str) -> list[str]:
    """Return the settings of which no one has decided whether the site takes the group's value."""
    listed = settings.get("pending", {}).get(site, [])
    return [name for name in names_of(settings) if name in listed]


def with_pending(settings: GroupSettings, site: str, names: Collection[str]) -> GroupSettings:
    """Return the settings with `names` recorded as pending on the site."""
    new = settings.copy()
    new["pending"] = _with_listed(settings, settings.get("pending", {}), site, names)
    if not new["pending"]:
        new.pop("pending")
    return new


def _with_listed(
    settings: GroupSettings, by_site: Mapping[str, list[str]], site: str, names: Collection[str]
) -> dict[str, list[str]]:
    listed = {key: of_site for key, of_site in by_site.items() if key != site}
    if held := [name for name in names_of(settings) if name in names]:
        listed[site] = held
    return dict(sorted(listed.items()))


def inherited(draft: Draft, settings: GroupSettings, site: str) -> list[str]:
    """Return the settings that the site inherits."""
    own = own_settings(settings, site)
    return [name for name in names_of(settings) if name not in own and not differs(draft, settings, name)]


def with_copied(settings: GroupSettings, draft: Draft, sections: Collection[str]) -> GroupSettings:
    """Return the settings with `sections` (all but `vendors`) as they are in `draft`."""
    new, source = settings.copy(), copy.deepcopy(draft)
    facts = cast(dict[str, object], source["controller"])
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


def with_value(settings: GroupSettings, draft: Draft, name: str) -> GroupSettings:
    """Return the settings with the value of a single setting, which the group holds, as it is in `draft`."""
    word, _, field = name.partition(" ")
    new, source = copy.deepcopy(settings), copy.deepcopy(draft)
    if word == "vendors":
        is_on = draft_value(draft, name)
        return with_vendor(settings, field, is_on) if isinstance(is_on, bool) else settings
    if name == LANGUAGES:
        source["texts"].pop("links", None)
    _copy_setting(new, source, name)
    return new


def without(settings: GroupSettings, section: str) -> GroupSettings:
    """Return the settings without a section; sites keep the values they have."""
    new = settings.copy()
    new.pop(section)  # type: ignore[misc]
    return _with_held_lists(new)


def with_vendor(settings: GroupSettings, vendor: str, is_on: bool | None) -> GroupSettings:
    """Return the settings with a vendor on or off on all sites, or left to each site if `is_on` is None."""
    vendors = {name: value for name, value in settings.get("vendors", {}).items() if name != vendor}
    if is_on is not None:
        vendors[vendor] = is_on
    new = settings.copy()
    new["vendors"] = dict(sorted(vendors.items()))
    return _with_held_lists(new)


def _with_held_lists(settings: GroupSettings) -> GroupSettings:
    """Return the settings without what was recorded of sites about settings that the group no longer holds."""
    for site in settings.get("pending", {}):
        settings = with_pending(settings, site, pending_settings(settings, site))
    for site in settings.get("apart", {}):
        settings = with_own(settings, site, own_settings(settings, site))
    return settings
