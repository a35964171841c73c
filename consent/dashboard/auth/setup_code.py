"""The setup code, which lets its holder create the first admin on the setup page, until there is an admin."""

import base64
import hmac

from flask import current_app

from consent.dashboard.frame.context import services
from consent.storage.accounts import users
from consent.storage.database.base import db

DONE = "consent_has_admin"
_LENGTH, _PART = 12, 4
_ALPHABET_LOOKALIKES = str.maketrans("018", "OIB")


def setup_code(secret: bytes) -> str:
    """Return an instance's code, derived from its key `secret.key`: 60 bits, the same in all its processes."""
    digits = base64.b32encode(hmac.digest(secret, b"setup", "sha256")).decode()[:_LENGTH]
    return "-".join(digits[at : at + _PART] for at in range(0, _LENGTH, _PART))


def is_setup_code(text: str) -> bool:
    """Return whether `text` is the code, ignoring case, dashes, spaces and lookalike characters."""
    return hmac.compare_digest(_plain(text), _plain(services().sign_in.setup_code))


def is_setup_open() -> bool:
    """Return whether the setup page is open: the instance has a code, and there is no admin of every site yet."""
    if not services().sign_in.setup_code or current_app.extensions.get(DONE):
        return False
    # The last admin can't be removed, so the answer never changes back.
    current_app.extensions[DONE] = users.active_admins(db.session) > 0
    return not current_app.extensions[DONE]


def _plain(code: str) -> bytes:
    return "".join(filter(str.isalnum, code)).upper().translate(_ALPHABET_LOOKALIKES).encode()
