"""Comments on a draft, for the users who publish it."""

from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import language_of_reader
from consent.dashboard.frame.permissions import ACTIONS, allowed
from consent.log.audit_labels import FORMER
from consent.storage.accounts import roles, users
from consent.storage.database.base import db
from consent.storage.sites import approval_requests, draft_comments
from consent.storage.sites.draft_comments import Comment
from consent.storage.sites.sites import SiteRow

MAX_COMMENT_LENGTH = 2000


class CommentRow(NamedTuple):
    """A comment with its author's name; `is_older` if the draft has changed since."""

    by: str
    time: int
    text: str
    is_older: bool


def comment_rows(site: SiteRow, version: int | None = None) -> list[CommentRow]:
    """Return the comments on the current draft of `site`, or on the one that became `version`, oldest first."""
    comments = draft_comments.read(db.session, site.id, version)
    if not comments:
        return []
    names = users.names_of(db.session, {comment.by for comment in comments})
    revision = site_state(site).revision if version is None else 0
    return [
        CommentRow(names.get(comment.by, FORMER), comment.time, comment.text, comment.revision < revision)
        for comment in comments
    ]


@blueprint.post("/sites/<site>/publish/comments")
@allowed("publish")
def add_comment(site: SiteRow) -> ResponseReturnValue:
    """Add a comment to the draft, and mail it to the user who requested approval and to earlier commenters."""
    text = "\n".join(line.rstrip() for line in request.form.get("text", "").strip().splitlines())
    page = redirect(url_for("dashboard.review", site=site.key, _anchor="comments"))
    if not text or len(text) > MAX_COMMENT_LENGTH:
        flash(
            gettext(
                "Enter a comment of at most %(max_comment_length)s characters.",
                max_comment_length=format(MAX_COMMENT_LENGTH, ","),
            ),
            "error",
        )
        return page
    revision = site_state(site).revision
    draft_comments.add(db.session, site.id, Comment(revision, current_user.audit_id, services().now, text))
    audit(site, "publish.commented", f"draft {revision}", None, None)
    db.session.commit()
    _mail(site, text)
    flash(gettext("Comment added."), "success")
    return page


def _mail(site: SiteRow, text: str) -> None:
    """Mail a comment to the user who requested approval and to earlier commenters, if they may still publish."""
    mailer, asked = services().notifications.mailer, approval_requests.read(db.session, site.id)
    if not mailer:
        return
    readers = {comment.by for comment in draft_comments.read(db.session, site.id)}
    readers |= {asked.requested_by} if asked else set()
    author = current_user.name or current_user.email
    page = services().base_url + url_for("dashboard.review", site=site.key)
    for user_id, address in users.addresses_of(db.session, readers - {current_user.audit_id}).items():
        if roles.roles_of(db.session, user_id, site.id) & ACTIONS["publish"]:
            with language_of_reader(address):
                body = render_template(
                    "dashboard/publishing/mail/comment.txt", author=author, name=site.name, text=text, page=page
                )
                subject = gettext("%(name)s: %(author)s commented on the draft", name=site.name, author=author)
                mailer.post(address, subject, body)
