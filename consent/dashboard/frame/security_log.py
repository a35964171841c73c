"""Log sign-ins and denied access (OWASP ASVS 16.3) by a user's opaque id, without addresses or input."""

import logging

from flask import request
from flask_security import current_user

log = logging.getLogger(__name__)


def log_sign_in(audit_id: str, method: str) -> None:
    """Log a sign-in; `method` is `password` or `oidc`."""
    log.info("%s signed in with %s", audit_id, method)


def log_failed_sign_in() -> None:
    """Log a failed sign-in, without the account, which is not known."""
    log.warning("a sign-in failed")


def log_failed_reauthentication() -> None:
    """Log a failed reauthentication of a signed-in user."""
    log.warning("%s failed to reauthenticate for %s", current_user.audit_id, request.endpoint)


def log_denied_access() -> None:
    """Log a request that the user's roles don't permit."""
    if current_user.is_authenticated:
        log.warning("%s is not allowed to call %s", current_user.audit_id, request.endpoint)
