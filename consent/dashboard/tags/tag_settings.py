"""Save a tag's page: one form with several parts, each of which requires an action."""

import re
from collections.abc import Callable
from typing import NamedTuple

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.tags import TagChange
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, check_unchanged
from consent.dashboard.frame.permissions import ACTIONS, allowed
from consent.dashboard.tags.code_approval import code_problems_of
from consent.dashboard.tags.in_page import with_place
from consent.dashboard.tags.tag_legal import with_flags, with_mode, with_necessity, with_payment
from consent.dashboard.tags.tag_mounts import with_mounts
from consent.dashboard.tags.tag_page import find_tag, page_with_errors, tag_mark
from consent.dashboard.tags.tag_trigger import with_trigger
from consent.sites.draft import DraftError, change_tag, duplicate_tag
from consent.storage.sites.sites import SiteRow

MAX_LABELS = 10
CHANGED = translatable(
    "Someone else saved this tag after you opened it. Compare, then save again to replace their changes."
)


class Part(NamedTuple):
    """A part of the page: the action that changing it requires, and the function that applies it to a draft."""

    action: str
    change: Callable[[SiteRow, Draft, str], Draft]


@blueprint.post("/sites/<site>/tags/<tag>")
@allowed("edit_tags")
def save_tag_page(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Save a tag's page to the draft; if any field is invalid, nothing is saved."""
    parts = [_part(name) for name in dict.fromkeys(request.form.getlist("part"))]
    try:
        change_draft(site, lambda draft: _changed(site, draft, tag, parts))
    except DraftError as error:
        return page_with_errors(site, tag, error), 409 if "seen" in error.fields else 422
    flash(gettext("Saved to the draft."), "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


@blueprint.post("/sites/<site>/tags/<tag>/copy")
@allowed("edit_tags")
def copy_tag(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Add a copy of a tag to the draft, switched off, and open its page."""

    def copied(draft: Draft) -> Draft:
        find_tag(draft, tag)
        return duplicate_tag(draft, tag)

    draft = change_draft(site, copied)
    place = next(number for number, one in enumerate(draft["tags"]) if one["id"] == tag)
    copy = draft["tags"][place + 1]
    flash(gettext("%(name)s is in the draft, switched off.", name=copy["name"]), "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=copy["id"]))


def _part(name: str) -> Part:
    part = PARTS.get(name)
    if part is None:
        abort(400)
    if not g.roles & ACTIONS[part.action]:
        abort(403)
    return part


def _changed(site: SiteRow, draft: Draft, tag_id: str, parts: list[Part]) -> Draft:
    """Return `draft` with each of `parts` changed. Raises DraftError with the errors of all of them.

    Also raises it if the tag has changed since the page was shown, even a moment ago.
    """
    check_unchanged(tag_mark(draft, find_tag(draft, tag_id)), CHANGED)
    before = draft
    errors: dict[str, str] = {}
    for part in parts:
        try:
            draft = part.change(site, draft, tag_id)
        except DraftError as error:
            errors |= error.fields
    if errors:
        raise DraftError(errors)
    return _with_new_values_in_name(before, draft, tag_id)


def _with_new_values_in_name(before: Draft, draft: Draft, tag_id: str) -> Draft:
    """Return `draft` with changed parameters replaced in the tag's name, where *Add* puts them in parentheses."""
    old, tag = find_tag(before, tag_id)["parameters"], find_tag(draft, tag_id)
    name = tag["name"]
    for key, value in tag["parameters"].items():
        if value and old.get(key):
            name = name.replace(f"({old[key]})", f"({value})")
    return draft if name == tag["name"] else change_tag(draft, tag_id, {"name": name})


def _with_settings(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    name, enabled = " ".join(request.form.get("tag-name", "").split()), request.form.get("tag-on") == "1"
    if not name:
        raise DraftError({"name": gettext("Enter a name.")})
    if enabled and not find_tag(draft, tag_id)["enabled"] and (problem := code_problems_of(site, draft).get(tag_id)):
        raise DraftError({"enabled": problem})
    note = "\n".join(line.rstrip() for line in request.form.get("tag-note", "").strip().splitlines())
    labels = read_labels(request.form.get("tag-labels", ""))
    facts: TagChange = {"name": name, "enabled": enabled, "note": note, "labels": labels}
    return change_tag(draft, tag_id, facts)


def read_labels(text: str) -> list[str]:
    """Return the comma-separated labels in `text`, deduplicated ignoring case. Raises DraftError for too many."""
    typed = (" ".join(one.split()) for one in text.split(","))
    labels = list({label.casefold(): label for label in typed if label}.values())
    if len(labels) > MAX_LABELS:
        raise DraftError({"labels": gettext("A tag has at most %(max_labels)s labels.", max_labels=MAX_LABELS)})
    return labels


def _with_limits(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    form = request.form
    change: TagChange = {
        "pages": {"only": _entries("pages.only"), "except": _entries("pages.except")},
        "places": {
            "only": [entry.upper() for entry in _entries("places.only")],
            "except": [entry.upper() for entry in _entries("places.except")],
        },
        "schedule": {"from": form.get("schedule.from") or None, "until": form.get("schedule.until") or None},
        "languages": form.getlist("languages"),
    }
    return change_tag(draft, tag_id, change)


def _entries(name: str) -> list[str]:
    """Return the entries in a form field, separated by whitespace or commas."""
    return [entry for entry in re.split(r"[\s,]+", request.form.get(name, "")) if entry]


PARTS = {
    "settings": Part("edit_tags", _with_settings),
    "place": Part("edit_tags", with_place),
    "trigger": Part("edit_tags", with_trigger),
    "limits": Part("edit_tags", _with_limits),
    "mounts": Part("edit_tags", with_mounts),
    "necessity": Part("edit_tags", with_necessity),
    "payment": Part("change_flags", with_payment),
    "flags": Part("change_flags", with_flags),
    "mode": Part("declare_limited", with_mode),
}
"""The parts of the form by their hidden field `part`; parts that a user may not change are disabled, so aren't sent."""
