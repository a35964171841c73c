"""Build the services of erasure, of privacy rights, and of the accounts of signed-in visitors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from consent.core.privacy_rights import Rights
from consent.delivery.services import DeliveryServices
from consent.privacy.account_eraser import AccountEraser
from consent.privacy.eraser import FOLDER, Eraser
from consent.signing.keys import SigningKey
from consent.subjects.accounts import SubjectAccounts
from consent.subjects.keyring import SubjectKeyring

RIGHTS = Path(__file__).parent.parent / "data" / "rights"


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """What erases, the periods and authorities of each place, whose accounts there are, and what tells other systems.

    `prune` starts the waiting runs of retention.
    """

    eraser: Eraser
    rights: Rights
    subjects: SubjectAccounts
    accounts: AccountEraser
    delivery: DeliveryServices
    prune: Callable[[], None] = lambda: None


def build_privacy(
    engine: Engine,
    key: SigningKey,
    instance: Path,
    delivery: DeliveryServices,
    wake: Callable[[], None],
    afterwards: Callable[[], None],
) -> PrivacyServices:
    """Return the services of erasure. `key` signs receipts, `instance` is the node's folder, `wake` wakes housekeeping.

    `afterwards` is called besides once something was erased.
    """

    def clear() -> None:
        afterwards()
        wake()

    # Made before the first erasure, so that a copy of it never fails.
    (instance / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    subjects = SubjectAccounts(engine, SubjectKeyring(instance / "keys", engine))
    subjects.on_withdrawn = delivery.announcer.account_withdrawn
    eraser = Eraser(engine, key, instance, clear, announcer=delivery.announcer)
    accounts = AccountEraser(engine, eraser, subjects, instance, announcer=delivery.announcer)
    return PrivacyServices(eraser, load_rights(), subjects, accounts, delivery, wake)


def load_rights() -> Rights:
    """Read the shipped tables of privacy rights: what visitors may request, until when, and which authority supervises."""
    return Rights(*((RIGHTS / name).read_text("utf-8") for name in ("periods.csv", "authorities.csv")))
