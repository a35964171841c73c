"""Create a user with a first role, for the users page and the command line."""

import time

from flask_babel import gettext

from consent.dashboard.auth.passwords import hashed, normalized, password_error
from consent.dashboard.frame.email_format import normal_address
from consent.storage.accounts import roles, users
from consent.storage.database.base import Transaction


class UserValidationError(ValueError):
    """Raised when a user can't be added; the message is a sentence, and `field` names the invalid field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def create_user(
    transaction: Transaction,
    email: str,
    password: str | None,
    role: str,
    site_id: int | None = None,
    name: str = "",
    group: str | None = None,
) -> bool:
    """Grant the user `email` a role, on every site if `site_id` and `group` are None; create the user if needed.

    A new user without a password can't sign in until they set one through a link; an existing user's password is kept.
    Returns whether the user is new. Raises UserValidationError.
    """
    try:
        address = normal_address(email)
    except ValueError as error:
        raise UserValidationError("email", str(error)) from None
    is_new = users.by_address(transaction, address) is None
    if is_new:
        users.add(transaction, _row(address, password, name))
    try:
        roles.grant(transaction, users.id_of(transaction, address), role, site_id, group)
    except ValueError as error:
        raise UserValidationError("role", f"{error}.") from None
    return is_new


def _row(address: str, password: str | None, name: str) -> dict[str, object]:
    if password is not None and (sentence := password_error(normalized(password), address)):
        raise UserValidationError("password", sentence)
    if len(name) > 255:
        raise UserValidationError("name", gettext("A name has at most 255 characters."))
    return {
        "email": address,
        "name": name.strip(),
        "password": hashed(password) if password is not None else None,
        "active": True,
        "created_at": int(time.time()),
    }
