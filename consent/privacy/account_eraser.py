"""Erase the accounts of signed-in visitors and record each erasure outside the database, as for receipts."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.core.account import suppressed
from consent.log.entry import Owner
from consent.privacy.eraser import BY_RESTORE, FOLDER, Erased, Eraser, LegalHoldError
from consent.signing.subject_token import erasure_mark, number_after_erasure
from consent.storage.privacy import erasures, marks
from consent.storage.privacy.erasure_list import ErasureList, ListedErasure
from consent.storage.selection.subjects import UnknownSubjectError, numbers_of, receipts_of_account
from consent.storage.sites import sites
from consent.storage.subjects import accounts as store
from consent.storage.subjects import realms
from consent.storage.subjects.accounts import Found
from consent.subjects.accounts import SignedIn, SubjectAccounts
from consent.subjects.keyring import SubjectKeysMissingError, subject_keys


class HeldAccountError(LegalHoldError):
    """The account itself is under a legal hold; nothing was erased."""

    def __init__(self) -> None:
        super().__init__(0)
        self.args = ("the account is under a legal hold",)


class AccountEraser:
    """Service that erases accounts; `eraser` erases their receipts and has the announcer.

    `instance` is the folder with the lists and keys. A list names an account by keyed hashes of its numbers, so without
    the subject key nobody can tell whose it was. A number is never reused, so a replay doesn't touch choices made after
    the erasure.
    """

    def __init__(
        self,
        engine: Engine,
        eraser: Eraser,
        subjects: SubjectAccounts,
        instance: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._eraser, self._subjects, self._clock = engine, eraser, subjects, clock
        self._list, self._keys = ErasureList(instance / FOLDER), instance / "keys"

    def erase(
        self,
        site: Owner,
        signed_in: SignedIn,
        level: str,
        *,
        keeps_refusals: bool,
        reason: str,
        by: str,
        is_closed: bool = False,
    ) -> Erased:
        """Erase the account's receipts to `level`, and its document except for refusals if `keeps_refusals`.

        Raises UnknownSubjectError, LegalHoldError, SubjectKeysMissingError.
        """
        act = erasures.Act(int(self._clock()), level, "request", reason, by)
        with self._engine.begin() as connection:
            found = self._subjects.lock(connection, signed_in).stored
            if found.number is None:
                raise UnknownSubjectError
            self._refuse_held(connection, site, found)
            receipts = self._free_receipts(connection, site, found)
            listed = self._list_entry(connection, found, act, receipts.pop(site), keeps_refusals=keeps_refusals)
            done = self._eraser.erase_within(connection, site, listed, act)
            if not done.receipts:
                erasures.record(connection, site.id, 0, act)
            for other, ids in receipts.items():
                more = self._eraser.erase_within(connection, other, ListedErasure(act.time, act.level, ids), act)
                done = done._replace(receipts=done.receipts + more.receipts)
            self._announce(connection, site, found, signed_in.sub, act.time, is_closed=is_closed)
            self._delete_or_suppress(connection, found, listed)
        self._subjects.drop(signed_in)
        self._eraser.afterwards()
        return done

    def _free_receipts(self, connection: Connection, site: Owner, found: Found) -> dict[Owner, list[str]]:
        """Return the receipts to erase: those of `site`, and of the other sites that share the account and have any.

        Raises LegalHoldError if one of them is held: a list outside the database can't be rolled back, so nothing may
        be listed for one site that another site refuses.
        """
        numbers = [str(number) for number in (found.number, *found.others)]
        receipts: dict[Owner, list[str]] = {}
        for one in self._sharing_sites(connection, site, found):
            ids = [receipt for number in numbers for receipt in receipts_of_account(connection, one.id, number)]
            if ids or one.id == site.id:
                receipts[one] = ids
        if held := sum(len(marks.held_ids(connection, one.id, ids)) for one, ids in receipts.items()):
            raise LegalHoldError(held)
        return receipts

    def _refuse_held(self, connection: Connection, site: Owner, found: Found) -> None:
        """Raise HeldAccountError if the account is under a legal hold on any site that shares it.

        Until the end of the transaction, nobody can place one.
        """
        sharing = self._sharing_sites(connection, site, found)
        for one in sorted(sharing, key=lambda shared: shared.id):
            sites.lock_site(connection, one.id)
        numbers = self._all_numbers(connection, found)
        if any(marks.is_held(connection, one.id, numbers) for one in sharing):
            raise HeldAccountError

    @staticmethod
    def _sharing_sites(connection: Connection, site: Owner, found: Found) -> list[Owner]:
        """Return the sites whose receipts name the account, `site` first."""
        realm = store.realm_of(connection, str(found.number))
        others = realms.sites_ever_in(connection, realm) if realm and realm != site.key else []
        return [site, *(other for other in others if other.id != site.id)]

    def _announce(
        self, connection: Connection, site: Owner, found: Found, sub: str | None, now: int, *, is_closed: bool = False
    ) -> None:
        """Notify other systems, once for each number under which they may know the account."""
        announcer = self._eraser.announcer
        if announcer is None:
            return
        version = found.account.version
        for one in self._sharing_sites(connection, site, found):
            for number in (found.number, *found.others):
                announcer.announce_account_erased(
                    connection, one.id, one.key, str(number), version, now, sub=sub, is_closed=is_closed
                )

    def delete_grants(self, connection: Connection, site: Owner, found: Found, sub: str | None) -> None:
        """Delete what an account has granted, at its visitor's request; the caller's transaction has locked it.

        Raises LegalHoldError, SubjectKeysMissingError.
        """
        self._refuse_held(connection, site, found)
        act = erasures.Act(int(self._clock()), "unlink", "request", "", "")
        listed = self._list_entry(connection, found, act, [], keeps_refusals=True)
        self._eraser.note(connection, site.key, listed)
        self._announce(connection, site, found, sub, act.time)
        self._delete_or_suppress(connection, found, listed)

    def replay(self, *, by: str) -> int:
        """Repeat listed erasures of accounts that a restored database has again, and return how many.

        Raises ErasureListError and KeyFileError, and SubjectKeysMissingError after erasing everything that can be.
        """
        count = 0
        missing: set[str] = set()
        for key in self._list.sites():
            with self._engine.connect() as connection:
                site = sites.by_key(connection, key)
            if site is not None:
                done, unknown = self._replay_site(site, by)
                count, missing = count + done, missing | unknown
        if missing:
            raise SubjectKeysMissingError(
                "Erased accounts may have been restored: the list names them under a subject key that is missing "
                "from keys/. Copy subject.key and old-subject from the newest backup of the keys, and run "
                "`consent receipts replay-erasures` again"
            )
        return count

    def _replay_site(self, site: Owner, by: str) -> tuple[int, set[str]]:
        """Return how many accounts were erased again, and the fingerprints of the missing subject keys."""
        listed = [erasure for erasure in self._list.read(site.key) if erasure.accounts]
        keys = subject_keys(self._keys)
        used = {erasure.key for erasure in listed}
        wanted = {mark for erasure in listed for mark in erasure.accounts}
        available = {name: key for name, key in keys.items() if name in used}
        numbers_by_mark: dict[str, str] = {}

        def find(number: str) -> None:
            numbers_by_mark.update(
                {mark: number for key in available.values() if (mark := erasure_mark(key, number)) in wanted}
            )

        if wanted:
            with self._engine.connect() as connection:
                present, former = realms.of_site(connection, site.id)
                for realm in {site.key, *([present] if present else []), *(one for one, _ in former)}:
                    for number in store.all_numbers(connection, realm):
                        find(number)
        count = 0
        for erasure in listed:
            if numbers := [numbers_by_mark[mark] for mark in erasure.accounts if mark in numbers_by_mark]:
                count += self._erase_again(site, erasure, numbers, by)
                find(number_after_erasure(available[erasure.key], erasure.accounts[0]))
        return count, used - keys.keys()

    def _erase_again(self, site: Owner, erasure: ListedErasure, numbers: list[str], by: str) -> int:
        with self._engine.begin() as connection:
            store.lock(connection, store.names_of(connection, numbers))
            found = store.of_numbers(connection, numbers)
            if found.number is None:
                return 0
            act = erasures.Act(int(self._clock()), erasure.level, "restore", BY_RESTORE, by)
            self._announce(connection, site, found, None, act.time)
            self._delete_or_suppress(connection, found, erasure)
            erasures.record(connection, site.id, 0, act)
        return 1 + len(found.others)

    def _list_entry(
        self, connection: Connection, found: Found, act: erasures.Act, receipts: list[str], *, keeps_refusals: bool
    ) -> ListedErasure:
        """Return the list's entry for the erasure of an account."""
        keys = subject_keys(self._keys)
        if not keys:
            raise SubjectKeysMissingError("keys/subject.key is missing on this node.")
        fingerprint, key = list(keys.items())[-1]
        listed = [erasure_mark(key, number) for number in self._all_numbers(connection, found)]
        return ListedErasure(act.time, act.level, receipts, listed, fingerprint, keeps_refusals)

    @staticmethod
    def _all_numbers(connection: Connection, found: Found) -> list[str]:
        """Return every number the account has or had."""
        return [known for number in (found.number, *found.others) if number for known in numbers_of(connection, number)]

    def _delete_or_suppress(self, connection: Connection, found: Found, listed: ListedErasure) -> None:
        """Delete the document of a listed account, or keep only its refusals under a new number."""
        number, month = str(found.number), self._subjects.month
        realm = str(store.realm_of(connection, number))
        marks.forget_accounts(connection, self._all_numbers(connection, found))
        if found.others:
            store.save(connection, realm, found, number, month)
        if not listed.keeps_refusals:
            store.forget(connection, number)
            return
        fresh = number_after_erasure(subject_keys(self._keys)[listed.key], listed.accounts[0])
        if store.present_number(connection, realm, fresh):
            # A crash separated an erasure from its replay, and the account was merged in between.
            fresh = secrets.token_hex(16)
        store.renumber(connection, number, suppressed(found.account), month, fresh)
