"""The dashboard's error pages and their texts."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFree
from werkzeug.exceptions import HTTPException

from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.safe_redirects import path_before
from consent.dashboard.frame.security_log import log_denied_access
from consent.sites.draft import DraftError
from consent.storage.database.base import db
from consent.storage.database.outage import Outage
from consent.storage.sites.sites import StaleDraftError

ERROR_TEXTS = {
    400: (
        translatable("Invalid request"),
        translatable("Part of the request is not valid."),
    ),
    403: (
        translatable("Not allowed"),
        translatable("Your roles do not include this. An admin can change them under Users."),
    ),
    404: (
        translatable("Page not found"),
        translatable("There is no such page, or it belongs to a site that you have no role on."),
    ),
    405: (translatable("Not possible here"), translatable("This address cannot be opened this way.")),
    409: (
        translatable("Changed in the meantime"),
        translatable("This was changed since you opened it, so nothing was saved. Open the page again, then repeat."),
    ),
    413: (translatable("Too large"), translatable("That is more than this page accepts.")),
    429: (translatable("Too many attempts"), translatable("Wait a minute, then try again.")),
    503: (translatable("The service is busy"), translatable("Wait a few seconds, then try again.")),
}
"""Title and text by HTTP status."""
DATABASE_DOWN = (
    translatable("The database does not answer"),
    translatable(
        "It is busy or cannot be reached. Reload the page in a moment. Anything it does not show was not saved."
    ),
)
BARE_PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>{0}</title><h1>{0}</h1><p>{1}</p></html>'


@blueprint.app_errorhandler(CSRFError)
def show_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Show that the form has expired."""
    return _error_page(
        400, gettext("Load the page again"), gettext("It was opened in another session, so nothing was changed.")
    )


@blueprint.app_errorhandler(HTTPException)
def show_error(error: HTTPException) -> ResponseReturnValue:
    """Show the error as a title and a sentence."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status == 403:
        log_denied_access()
    title, text = ERROR_TEXTS.get(status, (translatable("This did not work"), error.description or ""))
    return _error_page(status, title, text)


@blueprint.errorhandler(StaleDraftError)
def show_stale(error: StaleDraftError) -> ResponseReturnValue:
    """Show that another user changed the draft first."""
    return _error_page(409, *ERROR_TEXTS[409])


@blueprint.errorhandler(DraftError)
def show_draft_error(error: DraftError) -> ResponseReturnValue:
    """Show the errors of a draft that can't be saved, such as one that was imported for an older release."""
    return _error_page(
        422,
        gettext("The draft cannot be saved"),
        gettext("It has errors elsewhere: %(error)s", error=translated(str(error)))[:1000],
    )


@blueprint.app_errorhandler(OperationalError)
@blueprint.app_errorhandler(NoneFree)
def show_unavailable(error: SQLAlchemyError) -> ResponseReturnValue:
    """Roll back and answer 503 if the database has been locked for too long or is unavailable."""
    db.session.rollback()
    Outage(services().engine, "dashboard").begins(error)
    try:
        page, _ = _error_page(503, *DATABASE_DOWN)
    except SQLAlchemyError:
        # The page's frame loads the user.
        page = BARE_PAGE.format(*DATABASE_DOWN)
    return page, 503, {"Retry-After": "5"}


def _error_page(status: int, title: str, text: str) -> tuple[str, int]:
    name = "error" if current_user.is_authenticated else "alone_error"
    # After a conflict, link to the page with the form, which shows the changes.
    before = path_before() if status == 409 else None
    page = render_template(
        f"dashboard/frame/{name}.html", title=translated(title), text=translated(text), before=before
    )
    return page, status
