"""Create and retire the keys with which a site's server signs subject tokens, each with an audit entry."""

from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.log.entry import Owner
from consent.storage.database.base import Transaction
from consent.storage.subjects import keys
from consent.subjects.accounts import SubjectAccounts


class TooManyKeysError(Exception):
    """The site already has the maximum number of live keys."""

    def __init__(self) -> None:
        super().__init__(translatable("Two keys are live: retire one first."))


def create_subject_key(
    transaction: Transaction, subjects: SubjectAccounts, site: Owner, author: Author, now: int
) -> tuple[str, str]:
    """Create a key and return its kid and its text, which is shown once; the caller commits, then drops cached keys.

    Raises TooManyKeysError, SubjectKeysMissingError.
    """
    if sum(key.retired_at is None for key in keys.every(transaction, site.id)) >= keys.MAX_LIVE:
        raise TooManyKeysError
    kid, text = subjects.keyring.create_key(transaction, site.id)
    author.record(transaction, site, "subject_key.created", kid, None, None, now)
    return kid, text


def retire_subject_key(
    transaction: Transaction, site: Owner, author: Author, kid: str, now: int, *, is_leaked: bool
) -> bool:
    """Retire a key and return whether there was one to retire; the caller commits, then drops cached keys."""
    if not keys.retire(transaction, site.id, kid, now, is_leaked=is_leaked):
        return False
    author.record(transaction, site, "subject_key.retired", kid, None, {"leaked": is_leaked}, now)
    return True
