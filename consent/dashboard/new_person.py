"""Adding a person and their first role, for the page of people and for the command line."""

import time

from sqlalchemy import insert, select

from consent.dashboard.mail_addresses import normal_address
from consent.dashboard.passwords import fault, hashed, normalized
from consent.storage import people
from consent.storage.base import Transaction
from consent.storage.models import User


class BadPerson(ValueError):
    """A person who cannot be added; the message is a sentence, `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def add_person(
    transaction: Transaction,
    email: str,
    password: str | None,
    role: str,
    site_id: int | None = None,
    name: str = "",
    group: str | None = None,
) -> bool:
    """Give the person `email` a role, on every site without `site_id` and `group`; add them if they are new.

    Without a password they cannot sign in before they chose one by a link. Returns whether they are new; the password
    of one who was there stays. Raises BadPerson.
    """
    try:
        address = normal_address(email)
    except ValueError as error:
        raise BadPerson("email", str(error)) from None
    known = transaction.execute(select(User.id).where(User.email == address)).scalar_one_or_none()
    if known is None:
        transaction.execute(insert(User).values(_row(address, password, name)))
    user_id = transaction.execute(select(User.id).where(User.email == address)).scalar_one()
    try:
        people.grant(transaction, user_id, role, site_id, group)
    except ValueError as error:
        raise BadPerson("role", f"{error}.") from None
    return known is None


def _row(address: str, password: str | None, name: str) -> dict[str, object]:
    if password is not None and (sentence := fault(normalized(password), address)):
        raise BadPerson("password", sentence)
    if len(name) > 255:
        raise BadPerson("name", "A name has at most 255 characters.")
    return {
        "email": address,
        "name": name.strip(),
        "password": hashed(password) if password is not None else None,
        "active": True,
        "created_at": int(time.time()),
    }
