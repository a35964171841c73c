"""What people and programs change, told in the log: who by an opaque id, what, before and after, when."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from consent.proof.entry import Owner, write_entry
from consent.proof.keys import SigningKey
from consent.storage import actors
from consent.storage.actors import Name
from consent.storage.base import Transaction


class Who(NamedTuple):
    """Somebody who changes things: `id` is opaque and stands in the log, `name` is kept beside it, empty for none."""

    id: str
    kind: str = "person"
    name: str = ""


COMMAND_LINE = Who("command line", "program")


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody together with the key that signs what is told of their changes."""

    who: Who
    key: SigningKey

    def tell(
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

        `action` is a word of `audit_words.py`, `subject` what it is done to: people and tokens by their opaque
        id. `before` and `after` are JSON-able, None where nothing was or is there, and hold no names or mail addresses
        of people: the log keeps them for ever.
        """
        said = {"by": self.who.id, "action": action, "subject": subject, "before": before, "after": after}
        write_entry(transaction, self.key, owner, "audit", action, said, now, actor=self.who.id)
        if self.who.name:
            actors.remember(transaction, Name(*self.who))
