"""Build the services for erasure, privacy rights and the accounts of signed-in visitors."""

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
    """Services for erasure, rights by place, visitor accounts, visitor requests and delivery to other systems.

    `prune` starts the pending retention runs.
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
    """Return the privacy services. `instance` is the node's folder, `wake` wakes housekeeping.

    `afterwards` is also called after each erasure.
    """

    def clear() -> None:
        afterwards()
        wake()

    # Created before the first erasure, so that copying it never fails.
    (instance / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    subjects = SubjectAccounts(engine, SubjectKeyring(instance / "keys", engine))
    subjects.on_withdrawn = delivery.announcer.announce_account_withdrawn
    eraser = Eraser(engine, keys.receipt, instance, clear, announcer=delivery.announcer)
    accounts = AccountEraser(engine, eraser, subjects, instance)
    visitors = VisitorRequests(engine, rights, keys.receipt, keys.secret)
    return PrivacyServices(eraser, rights, subjects, accounts, visitors, delivery, wake)
