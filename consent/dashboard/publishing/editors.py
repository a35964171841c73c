"""Users who are editing a draft, that is, who have one of its pages open."""

from contextlib import suppress
from typing import NamedTuple

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.exc import IntegrityError

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.sites import draft_editors
from consent.storage.sites.draft_editors import Editor
from consent.storage.sites.sites import SiteRow

EDITED_PAGES = Labels(
    {
        "tags": "Tags",
        "banner": "Banner",
        "experiment": "Experiment",
        "rules": "Rules",
        "settings": "Settings",
        "review": "Publish",
    }
)
"""Pages that change a draft, by section; each shows the other editors."""


class EditorRow(NamedTuple):
    """Another user who has a page of the draft open."""

    name: str
    page: str


def other_editors(site: SiteRow) -> list[EditorRow]:
    """Return the other users who have a page of the draft of `site` open."""
    found = draft_editors.others(db.session, site.id, current_user.audit_id, services().now)
    names = users.names_of(db.session, {editor.by for editor in found}) if found else {}
    return [EditorRow(names[one.by], EDITED_PAGES.get(one.page, "")) for one in found if one.by in names]


@blueprint.post("/sites/<site>/editors")
@allowed("edit_draft")
def note_editor(site: SiteRow) -> ResponseReturnValue:
    """Record that the caller has a page of the draft open, and return the other editors."""
    page = request.form.get("page", "")
    if page not in EDITED_PAGES:
        abort(400)
    with suppress(IntegrityError):  # another tab of the same user came first
        draft_editors.note(db.session, site.id, Editor(current_user.audit_id, page, services().now))
        db.session.commit()
    return render_template("dashboard/frame/_editors.html", editors=other_editors(site))
