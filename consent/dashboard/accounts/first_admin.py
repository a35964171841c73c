"""Setup page: anyone with the setup code can create the first admin; after that, the page is gone."""

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import login_user
from flask_wtf import FlaskForm

from consent.core.translatable import translatable
from consent.dashboard.accounts.create_user import UserValidationError, create_user
from consent.dashboard.auth import rate_limit
from consent.dashboard.auth.setup_code import is_setup_code, is_setup_open
from consent.dashboard.frame.context import services
from consent.dashboard.frame.headers import SETUP
from consent.dashboard.frame.security_log import log_failed_sign_in
from consent.log.audit_author import AuditActor, Author
from consent.log.entry import INSTANCE
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.tables.accounts import User

BY = AuditActor("setup page", "program")
WRONG_CODE = translatable(
    "This is not the setup code. Find it in the terminal or the log in which the service started."
)
FIELDS = ("code", "email", "password")

blueprint = Blueprint(SETUP, __name__)


@blueprint.before_request
def check_open() -> None:
    """Answer 404 once there is an admin."""
    if not is_setup_open():
        abort(404)


@blueprint.get("/setup")
def form() -> ResponseReturnValue:
    """Show the form for the first admin."""
    return _page({}, {})


@blueprint.post("/setup")
def create() -> ResponseReturnValue:
    """Create the first admin, and sign them in."""
    rate_limit.count_attempt(f"setup {services().sign_in.client_address(request)}")
    given = {name: request.form.get(name, "") for name in FIELDS}
    if not FlaskForm().validate_on_submit():
        return _page(given, {"csrf": gettext("This page was open too long. Try again.")})
    if not is_setup_code(given["code"]):
        log_failed_sign_in()
        return _page(given, {"code": WRONG_CODE})
    try:
        user = _add(given["email"], given["password"])
    except UserValidationError as error:
        db.session.rollback()
        return _page(given, {error.field: str(error)})
    login_user(user, authn_via=["password"])
    return redirect(url_for("dashboard.start"))


def init_app(app: Flask) -> None:
    """Register the setup page with `app`."""
    app.register_blueprint(blueprint)


def _add(email: str, password: str) -> User:
    """Add the admin with an entry in the instance's log, and commit both. Raises UserValidationError."""
    create_user(db.session, email, password, "admin")
    name = users.audit_name(db.session, email)
    actors.remember(db.session, name)
    by = Author(BY, services().keys.receipt)
    by.record(db.session, INSTANCE, "user.created", name.id, None, {"role": "admin"}, services().now)
    user = db.session.get_one(User, users.id_of(db.session, email))
    db.session.commit()
    return user


def _page(given: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template("dashboard/accounts/first_admin.html", given=given, errors=errors, form=FlaskForm())
    return page, 422 if errors else 200
