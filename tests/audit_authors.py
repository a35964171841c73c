"""Somebody who publishes in tests, with the key of an instance."""

from pathlib import Path

from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import load_keys


def author_of(instance: Path, name: str = "tests") -> Author:
    """Return the author `name` who signs with the receipt key of `instance`."""
    return Author(AuditActor(name, "program"), load_keys(instance / "keys").receipt)
