"""Revert changes in a draft: one line of the diff, or all of it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Config, Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import Line, readable
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.publishing.publish import differences
from consent.publishing.revert import discarded, reverted
from consent.sites.draft import DraftError
from consent.storage.sites.sites import SiteRow


class ChangeGoneError(Exception):
    """Raised when the change to revert is no longer in the draft."""


@blueprint.post("/sites/<site>/publish/reverted")
@allowed("publish")
def revert_change(site: SiteRow) -> ResponseReturnValue:
    """Revert one line of the diff to the live version."""
    wanted, live = frozenset(request.form.getlist("subject")), site_state(site).live
    undone: list[Line] = []
    try:
        if live is None or not wanted:
            raise ChangeGoneError
        change_draft(site, lambda draft: _reverted(draft, live, wanted, undone), "draft.reverted")
        flash(_undone_words(undone[-1]), "success")
    except ChangeGoneError:
        flash(gettext("That change is no longer in the draft."), "info")
    except DraftError as error:
        flash(
            gettext(
                "This change cannot be undone alone: %(reason)s", reason=translated(next(iter(error.fields.values())))
            ),
            "error",
        )
    return redirect(url_for("dashboard.review", site=site.key))


@blueprint.post("/sites/<site>/publish/discarded")
@allowed("publish")
def discard_draft(site: SiteRow) -> ResponseReturnValue:
    """Discard all changes in the draft, unless someone has changed it since they were shown."""
    state = site_state(site)
    live = state.live
    if live is None or request.form.get("revision") != str(state.revision):
        flash(gettext("Nothing was discarded: someone changed the draft after you opened this page."), "error")
        return redirect(url_for("dashboard.review", site=site.key))
    change_draft(site, lambda draft: discarded(draft, live), "draft.discarded")
    flash(gettext("Changes discarded. The draft is the same as the live version."), "success")
    return redirect(url_for("dashboard.review", site=site.key))


def _undone_words(line: Line) -> str:
    """Return the message for an undone line of the changes."""
    if line.kind == "added":
        return gettext("%(part)s is no longer in the draft.", part=line.title)
    if line.kind == "removed":
        return gettext("%(part)s is in the draft again.", part=line.title)
    return gettext("%(part)s is back to the live version.", part=line.title)


def _reverted(draft: Draft, live: Config, wanted: frozenset[str], undone: list[Line]) -> Draft:
    """Return `draft` without the first line whose subjects are all in `wanted`, and append that line to `undone`."""
    lines = [line for line in readable(differences(draft, live)) if line.subjects and wanted.issuperset(line.subjects)]
    if not lines:
        raise ChangeGoneError
    undone.append(lines[0])
    return reverted(draft, live, lines[0].subjects)
