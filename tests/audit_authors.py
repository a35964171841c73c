"""The author that tests publish as, with an instance's key."""

from pathlib import Path

from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import load_keys


def author_of(instance: Path, name: str = "tests") -> Author:
    """Return an author called `name` that signs with the receipt key of `instance`."""
    return Author(AuditActor(name, "program"), load_keys(instance / "keys").receipt)
