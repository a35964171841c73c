"""Log sign-ins and denied access (OWASP ASVS 16.3) by a user's opaque id, without addresses or input."""

import logging

from flask import request
from flask_security import current_user

log = logging.getLogger(__name__)


def signed_in(audit_id: str, method: str) -> None:
    """Log a sign-in; `method` is `password` or `oidc`."""
    log.info("%s signed in by %s", audit_id, method)


def not_signed_in() -> None:
    """Log a failed sign-in: the account is not known."""
    log.warning("a sign-in failed")


def not_proved() -> None:
    """Log a failed reauthentication of a signed-in user."""
    log.warning("%s failed to reauthenticate for %s", current_user.audit_id, request.endpoint)


def not_allowed() -> None:
    """Log a request that the roles of the user do not permit."""
    if current_user.is_authenticated:
        log.warning("%s may not call %s", current_user.audit_id, request.endpoint)
