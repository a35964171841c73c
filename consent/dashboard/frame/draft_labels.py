"""Labels for a draft's parts, settings and fields; a tag's parameters have those of its template in the catalog."""

import contextlib
import re
from typing import Any

from flask import current_app, has_app_context
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.documents.vendor_file import VendorDocument
from consent.core.documents.vendors import SiteVendor
from consent.dashboard.frame.context import NAME, services
from consent.dashboard.frame.labels import GROUP_WORDS, KIND_WORDS
from consent.dashboard.frame.locale import Labels, capitalized, language_words, translated, with_label
from consent.log.audit_labels import FIELD_WORDS
from consent.sites.custom.vendor_export import SECTION

SETTING_WORDS: dict[str, Labels] = {
    "controller": Labels(
        {
            "name": "Company name",
            "address": "Address",
            "contact": "Privacy contact",
            "policy_url": "Privacy policy URL",
            "policy_revision": "Policy date",
            "storage_location": "Where receipts are kept",
            "retention": "How long receipts are kept",
        }
    ),
    "look": Labels(
        {
            "accent": "Color of the buttons",
            "surface": "Card color",
            "text": "Text color",
            "dark": "Own colors in dark mode",
            "scheme": "Light or dark",
            "radius": "Corner radius",
            "position": "Layout",
            "font": "Font",
            "buttons": "Weight of the buttons",
            "logo": "Logo",
            "back": "Button that reopens the settings",
            "foot": "Height of the page’s own bottom bar",
        }
    ),
    "texts": Labels(
        {
            "default_language": "Language where no other fits",
            "languages": "Languages and own words",
            "confirmed": "Languages confirmed by a speaker",
            "readers": "Who has read the texts",
            "links": "Links in the banner",
        }
    ),
    "overrides": Labels(
        {
            "kill_switch": "All tags are stopped",
            "rest_of_world": "Countries not covered",
            "honour_dnt": "Treat Do Not Track as a refusal everywhere",
            "ignore_gpc_where_silent": "Ignore Global Privacy Control where no law asks for it",
            "sensitive_paths": "Sensitive pages",
            "sensitive": "The whole site is about health, money or other sensitive matters",
            "addresses_children": "The site is made for children",
            "ask_for_new_vendors": "New vendors in a group that was granted",
            "cookie_scope": "Domain that a choice counts for",
            "decision_seconds": "Seconds that browsers may keep an answer",
            "public_log": "Anyone may read the log of this site",
            "one_choices_link": "One link “Your Privacy Choices” in California",
            "sends": "Signals to other scripts",
            "gpp": "US privacy signal for advertising (GPP)",
            "tcf": "European privacy signal for advertising (TCF)",
            "unknown_hosts": "Unknown third parties",
            "allowed_hosts": "Third parties that always run",
            "guard_cookies": "Block the cookies of blocked tags",
            "asked_groups": "Always ask for",
            "visitor_requests": "Visitors make requests themselves",
            "accounts": "Choices follow who is signed in",
            "account_group": "Accounts shared with other sites",
            "handover": "Sites that share choices",
            "apps": "Apps of the site",
            "headless": "Our pages draw the layers",
            "rules": "Own rules",
            "one_rule": "One rule for all states of a country",
            "reasons": "Reasons for legal settings",
            "foreign_marks": "Support markup of other consent tools",
            "mark_names": "Names in the markup of the former consent tool",
            "old_choices": "Choices of the former consent tool",
            "old_tool": "Former consent tool that still runs in the pages",
            "sightings": "Report unknown cookies from real visits",
            "payment_paths": "Payment pages",
            "time_zone": "Time zone",
            "link_addresses": "Addresses of links required by law",
            "sale_notices": "Notices of sale",
        }
    ),
}
"""By draft section and field name, as the pages print them. A test compares them with the config schema."""

OLD_CHOICES_WORDS = Labels(
    {
        "tool": "Tool",
        "cookie": "Cookie",
        "categories": "Categories",
        "vendors": "Vendors that the former banner named",
        "life": "Cookie lifetime in days",
        "revision": "Oldest valid revision",
        "until": "Read until",
        "delete": "Delete the former tool's stored choice once our receipt is stored",
    }
)
"""By field of a mapping, as on the form of *Import*."""

SECTION_WORDS = Labels(
    {
        "controller": "Who is responsible",
        "look": "Look",
        "texts": "Banner",
        "overrides": "Settings",
        "tags": "Tag",
        "vendors": "Vendor",
        "cookies": "Cookie or stored item",
        SECTION: "Vendor of the site's own",
        "variants": "Experiment",
    }
)
WHOLE = Labels({"hosts": "Addresses of the site", "order of tags": "Order of the tags"})
PARAMETERS = "parameters"
CHECK_WORDS = Labels({"scan": "Scan", "browser_check": "Banner", "tags": "Tags", "vendors": "Vendors"})
"""Where problems are found besides settings, or in a list as a whole."""
FORM = ("schema", "site")
"""Parts with the draft's schema and site, which nobody sets."""


def part_words(part: str, named: dict[str, str]) -> str:
    """Return the label of a part such as `overrides public_log`; `named` has the names of tags and vendors by part."""
    section, _, name = part.partition(" ")
    if part in WHOLE or not name:
        return WHOLE.get(part) or SECTION_WORDS.get(section, part.replace("_", " ").capitalize())
    if section not in SECTION_WORDS:
        return part
    if section == "variants":
        return with_label(SECTION_WORDS[section], gettext("Variant %(variant)s", variant=name.upper()))
    if section == "cookies":
        cookie, _, rest = name.partition(" ")
        return with_label(SECTION_WORDS[section], f"{cookie}, {KIND_WORDS.get(rest.partition(' ')[0], rest)}")
    return with_label(SECTION_WORDS[section], named.get(part) or setting_words(section, name))


TEXT_WORDS = Labels(
    {
        "title": "Title",
        "text": "Text",
        "accept_all": "Accept button",
        "reject_all": "Reject button",
        "settings": "Settings button",
        "notice_title": "Title of the notice",
        "notice": "Text of the notice",
        "opt_out": "Opt-out button",
        "label": "Name of the whole banner, for screen readers",
        "withdrawal": "How to change a choice",
        "vendors_link": "Link to the third parties, instead of their number in the text",
        "policy": "Link to the privacy policy",
        "save": "Save button",
        "close": "Close without saving (cross)",
        "dismiss": "Close button of the notice",
        "status": "Mark that an opt-out is honored",
        "gpc_active": "Global Privacy Control was treated as a refusal",
        "gpc_conflict": "Global Privacy Control conflicts with an existing choice",
        "dnt_active": "Do Not Track was treated as an objection",
        "dnt_conflict": "Do Not Track conflicts with an existing choice",
        "preferences_title": "Title of the settings",
        "preferences_text": "What to do in the settings",
        "always_on": "Essential cannot be switched off",
        "locked": "Group that stays off because of the visitor's age",
        "limited": "Vendor that runs in limited mode when off",
        "vendors": "Heading of the third parties",
        "vendor_policy": "Link to a vendor's privacy policy",
        "vendor_opt_out": "Link to a vendor's opt-out",
        "cookie_name": "Column: name of a cookie",
        "cookie_purpose": "Column: purpose of a cookie",
        "cookie_lifetime": "Column: life of a cookie",
        "session_lifetime": "Life of a cookie of the session",
        "keep_proof": "Checkbox that keeps proof of a choice",
        "receipts": "Link to the visitor's own receipts",
        "back": "Link that opens the settings again",
        "download": "Download button of a receipt",
        "frame": "In place of a video or map that is blocked",
        "load_once": "Load-once button",
        "always_allow": "Always-allow button",
    }
)
"""What each text is for, except the texts of groups and of links that laws require."""
VARIANT_WORDS = Labels({"weight": "Traffic weight", "name": "Name"})


def variant_words(path: str) -> str:
    """Return the label of a variant's field, such as `look.accent` or `texts.en.title`."""
    section, _, rest = path.partition(".")
    if section == "look":
        return setting_words("look", rest.partition(".")[0])
    if section == "texts":
        language, _, key = rest.partition(".")
        return f"{text_words(key)}, {language_words(language)}" if key else language_words(language)
    return VARIANT_WORDS.get(path) or _readable_path(path)


def text_words(key: str) -> str:
    """Return the label of a text of the banner; a group's texts are its name, and what it is for."""
    group = key.removesuffix("_text")
    if key in TEXT_WORDS or group not in GROUP_WORDS:
        return TEXT_WORDS.get(key) or _readable_path(key)
    return GROUP_WORDS[key] if key == group else str(gettext("%(group)s: what it is for", group=GROUP_WORDS[group]))


def setting_words(section: str, name: str) -> str:
    """Return the label of a section's field."""
    labels = SETTING_WORDS.get(section)
    return (labels.get(name) if labels else None) or _readable_path(name)


def nested_words(setting: str, path: str) -> str | None:
    """Return the label of the field at `path` in a setting that has its own labels, or None."""
    if setting == "mark_names":
        return path  # a name from the site's pages
    field, _, name = path.partition(".")
    label = OLD_CHOICES_WORDS.get(field) if setting == "old_choices" else None
    return with_label(label, name) if label and name else label


def path_words(path: str, draft: Draft) -> str:
    """Return what the field at `path` of a draft belongs to: a setting, a tag or vendor by its name, or a section."""
    section, name = [*path.split("."), ""][:2]
    if name in SETTING_WORDS.get(section, {}):
        return setting_words(section, name)
    names = {"tags": [one["name"] for one in draft["tags"]], "vendors": [one["name"] for one in draft["vendors"]]}
    if name.isdecimal() and int(name) < len(names.get(section, ())):
        return names[section][int(name)]
    return CHECK_WORDS.get(section) or WHOLE.get(section) or SECTION_WORDS.get(section) or str(gettext("Draft"))


def names_in(draft: Draft, own_vendors: list[VendorDocument]) -> dict[str, str]:
    """Return the names of tags and vendors by draft part."""
    lists: dict[str, list[Tag] | list[SiteVendor] | list[VendorDocument]] = {
        "tags": draft["tags"],
        "vendors": draft["vendors"],
        SECTION: own_vendors,
    }
    return {f"{section} {entry['id']}": entry["name"] for section, entries in lists.items() for entry in entries}


def field_label(path: str, owner: Any = None) -> str:
    """Return the label of a field, such as `pages.only`; `owner` is the tag or vendor that has it, if known."""
    section, _, name = path.partition(".")
    if section == PARAMETERS and name:
        return parameter_label(owner, name)
    if path in FIELD_WORDS:
        return str(translated(FIELD_WORDS[path]))
    return _readable_path(path)


def parameter_label(tag: Any, name: str) -> str:
    """Return the label of a tag's parameter, made from its name if the catalog isn't at hand or lacks it."""
    return _label_in_catalog(tag, name) or _readable_path(name)


def _label_in_catalog(tag: Any, name: str) -> str:
    if isinstance(tag, dict) and has_app_context() and NAME in current_app.extensions:
        with contextlib.suppress(KeyError):
            templates = services().catalog.vendor(tag["vendor"]).tags
            template = next((one for one in templates if one.id == tag["template"]), None)
            return next((one.label for one in template.parameters if one.id == name), "") if template else ""
    return ""


def _readable_path(path: str) -> str:
    words = path.replace("_", " ").replace(".", ", ")
    return capitalized(re.sub(r"\bid\b", "ID", words))
