"""Change several tags at once: switch them on or off, or label them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.core.documents.config import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.undo_tokens import Undo
from consent.dashboard.tags.code_approval import code_problems_of
from consent.dashboard.tags.tag_list import changed, switched_words
from consent.dashboard.tags.tag_page import find_tag
from consent.dashboard.tags.tag_settings import MAX_LABELS, read_labels
from consent.sites.draft import DraftError, change_tag, set_enabled
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/tags/switched")
@allowed("edit_tags")
def switch_tags(site: SiteRow) -> ResponseReturnValue:
    """Switch the selected tags on or off in the draft; tags with unapproved code stay off."""
    enabled, draft = request.form.get("enabled") == "1", site_state(site).draft
    waiting = code_problems_of(site, draft) if enabled else {}
    wanted = [tag_id for tag_id in _selected(draft) if find_tag(draft, tag_id)["enabled"] != enabled]
    switched = [tag_id for tag_id in wanted if tag_id not in waiting]
    if not switched:
        return _nothing_changed(
            site,
            gettext("These tags wait for an admin to approve their code.") if wanted else gettext("Nothing changed."),
        )
    change_draft(site, lambda draft: _switched(draft, switched, enabled))
    undo: Undo = {"url": request.path, "values": {"enabled": "0" if enabled else "1", "tags": ",".join(switched)}}
    text = switched_words([find_tag(draft, one)["name"] for one in switched], enabled)
    if left := len(wanted) - len(switched):
        text += " " + gettext("%(count)s wait for an admin to approve their code.", count=left)
    return changed(site, text, undo)


@blueprint.post("/sites/<site>/tags/labeled")
@allowed("edit_tags")
def label_tags(site: SiteRow) -> ResponseReturnValue:
    """Add a label to the selected tags in the draft, or remove it from them."""
    labels, is_removal = read_labels(request.form.get("label", "")), request.form.get("remove") == "1"
    selected = _selected(site_state(site).draft)
    if not labels or not selected:
        return _nothing_changed(site, gettext("Enter a label.") if selected else gettext("Select one or more tags."))
    try:
        change_draft(site, lambda draft: _labeled(draft, selected, labels, is_removal))
    except DraftError as error:
        return _nothing_changed(site, next(iter(error.fields.values())))
    words = ", ".join(labels)
    if is_removal:
        text = ngettext(
            "%(labels)s: removed from %(num)s tag in the draft.",
            "%(labels)s: removed from %(num)s tags in the draft.",
            len(selected),
            labels=words,
        )
    else:
        text = ngettext(
            "%(labels)s: added to %(num)s tag in the draft.",
            "%(labels)s: added to %(num)s tags in the draft.",
            len(selected),
            labels=words,
        )
    return changed(site, text, None)


def _selected(draft: Draft) -> list[str]:
    """Return the form's ids of tags in `draft`: the ticked ones, or those to undo."""
    given = {*request.form.getlist("tag"), *request.form.get("tags", "").split(",")}
    return [tag["id"] for tag in draft["tags"] if tag["id"] in given]


def _switched(draft: Draft, tag_ids: list[str], enabled: bool) -> Draft:
    for tag_id in tag_ids:
        find_tag(draft, tag_id)
        draft = set_enabled(draft, tag_id, enabled)
    return draft


def _labeled(draft: Draft, tag_ids: list[str], labels: list[str], is_removal: bool) -> Draft:
    for tag_id in tag_ids:
        before = find_tag(draft, tag_id).get("labels", [])
        known = {label.casefold() for label in before}
        gone = {label.casefold() for label in labels}
        if is_removal:
            after = [label for label in before if label.casefold() not in gone]
        else:
            after = [*before, *(label for label in labels if label.casefold() not in known)]
        if len(after) > MAX_LABELS:
            raise DraftError({"label": gettext("A tag has at most %(max_labels)s labels.", max_labels=MAX_LABELS)})
        draft = change_tag(draft, tag_id, {"labels": after})
    return draft


def _nothing_changed(site: SiteRow, text: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return changed(site, text, None)
    flash(text, "info")
    return redirect(url_for("dashboard.tags", site=site.key))
