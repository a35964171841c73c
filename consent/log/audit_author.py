"""Write audit entries: author by an opaque id, action, values before and after, time."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from consent.core.translatable import translatable
from consent.log.entry import Owner, write_entry
from consent.signing.keys import SigningKey
from consent.storage.database.base import Transaction
from consent.storage.log import actors
from consent.storage.log.actors import ActorName


class AuditActor(NamedTuple):
    """Somebody who changes things: `id` is opaque and stands in the log, `name` is kept beside it, empty for none."""

    id: str
    kind: str = "user"
    name: str = ""


COMMAND_LINE = AuditActor(translatable("command line"), "program")


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody together with the key that signs what is told of their changes."""

    who: AuditActor
    key: SigningKey

    def record(
        self,
        transaction: Transaction,
        owner: Owner,
        action: str,
        subject: str,
        before: Any,
        after: Any,
        now: int,
    ) -> None:
        """Write the audit entry of one change in the transaction that makes it.

        `action` is a word of `audit_words.py`, `subject` what it is done to: users and tokens by their opaque
        id. `before` and `after` are JSON-able, None where nothing was or is there, and hold no names or mail addresses
        of users: the log keeps them forever.
        """
        claims = {"by": self.who.id, "action": action, "subject": subject, "before": before, "after": after}
        write_entry(transaction, self.key, owner, "audit", action, claims, now, actor=self.who.id)
        if self.who.name:
            actors.remember(transaction, ActorName(*self.who))
