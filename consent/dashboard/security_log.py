"""Log-ins and refusals in the log (OWASP ASVS 16.3): by the opaque id of a person, without address or what was typed."""

import logging

from flask import request
from flask_security import current_user

log = logging.getLogger(__name__)


def signed_in(audit_id: str, method: str) -> None:
    """Tell that somebody signed in; `method` is `password` or `oidc`."""
    log.info("%s signed in by %s", audit_id, method)


def not_signed_in() -> None:
    """Tell that a log-in was refused: whose it would have been is not known."""
    log.warning("a log-in was refused")


def not_proved() -> None:
    """Tell that somebody who is signed in gave a wrong password or code where a proof was asked for."""
    log.warning("%s gave a wrong proof for %s", current_user.audit_id, request.endpoint)


def not_allowed() -> None:
    """Tell that somebody who is signed in asked for what their roles do not include."""
    if current_user.is_authenticated:
        log.warning("%s may not call %s", current_user.audit_id, request.endpoint)
