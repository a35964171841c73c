"""Build the services of erasure, of privacy rights, and of the accounts of signed-in visitors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from consent.core.privacy_rights import Rights
from consent.delivery.services import DeliveryServices
from consent.privacy.account_eraser import AccountEraser
from consent.privacy.eraser import FOLDER, Eraser
from consent.privacy.visitor_requests import VisitorRequests
from consent.signing.keys import Keys
from consent.subjects.accounts import SubjectAccounts
from consent.subjects.keyring import SubjectKeyring


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """What erases, rights by place, whose accounts there are, what visitors request, and what tells other systems.

    `prune` starts the waiting runs of retention.
    """

    eraser: Eraser
    rights: Rights
    subjects: SubjectAccounts
    accounts: AccountEraser
    visitors: VisitorRequests
    delivery: DeliveryServices
    prune: Callable[[], None] = lambda: None


def build_privacy(
    engine: Engine,
    keys: Keys,
    instance: Path,
    rights: Rights,
    delivery: DeliveryServices,
    wake: Callable[[], None],
    afterwards: Callable[[], None],
) -> PrivacyServices:
    """Return the services of privacy. `instance` is the node's folder, `wake` wakes housekeeping.

    `afterwards` is called besides once something was erased.
    """

    def clear() -> None:
        afterwards()
        wake()

    # Made before the first erasure, so that a copy of it never fails.
    (instance / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    subjects = SubjectAccounts(engine, SubjectKeyring(instance / "keys", engine))
    subjects.on_withdrawn = delivery.announcer.account_withdrawn
    eraser = Eraser(engine, keys.receipt, instance, clear, announcer=delivery.announcer)
    accounts = AccountEraser(engine, eraser, subjects, instance, announcer=delivery.announcer)
    visitors = VisitorRequests(engine, rights, keys.receipt, keys.secret)
    return PrivacyServices(eraser, rights, subjects, accounts, visitors, delivery, wake)
