"""Accounts that are erased again after a restore, on each database."""

import pytest
from sqlalchemy import delete, insert, select, update

from consent.core.account import Account
from consent.delivery.services import build_announcer
from consent.privacy.account_eraser import AccountEraser
from consent.privacy.eraser import FOLDER, Eraser, LegalHoldError
from consent.signing.subject_token import subject_of
from consent.storage.privacy import marks
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from consent.storage.subjects import accounts
from consent.storage.tables.delivery import OutboxEvent
from consent.storage.tables.sites import Site
from consent.subjects.accounts import SubjectAccounts
from consent.subjects.keyring import SubjectKeyring
from tests.storage.sample_receipts import receipt_of
from tests.storage.sample_receivers import add_pending_event, add_receiver

WHY = {"reason": "asked by letter", "by": "a" * 32}
NUMBER = "d" * 32


@pytest.fixture
def subjects(engine, tmp_path):
    return SubjectAccounts(engine, SubjectKeyring(tmp_path / "keys", engine))


def put(engine, subjects, shop, number):
    """Store an account under `number`, as restoring a backup would."""
    signed_in = subjects.named(subject_of(b"k" * 32, "shop", "4711"), shop.id, shop.key)
    with engine.begin() as connection:
        subjects.save(connection, signed_in, accounts.UNKNOWN._replace(account=Account(3, 2)), number)
    return signed_in


@pytest.mark.parametrize("keeps_refusals", [True, False])
def test_a_replay_erases_what_a_backup_brought_back_and_nothing_else(
    engine, shop, keys, writer, subjects, tmp_path, keeps_refusals
):
    with engine.begin() as connection:
        subjects.keyring.create_key(connection, shop.id)
        add_receiver(connection, shop.id)
    receipt_eraser = Eraser(engine, keys.receipt, tmp_path, announcer=build_announcer(engine, keys.secret))
    eraser = AccountEraser(engine, receipt_eraser, subjects, tmp_path)
    signed_in = put(engine, subjects, shop, NUMBER)
    writer.submit(receipt_of(shop.id, account=NUMBER))
    assert eraser.erase(shop, signed_in, "full", keeps_refusals=keeps_refusals, **WHY).receipts == 1

    def numbers():
        with engine.connect() as connection:
            return list(accounts.all_numbers(connection, "shop"))

    after = numbers()
    assert (len(after), NUMBER in after) == (int(keeps_refusals), False)
    with engine.begin() as connection:
        for number in after:
            accounts.forget(connection, number)
    put(engine, subjects, shop, NUMBER)
    with engine.begin() as connection:
        connection.execute(delete(OutboxEvent))
        add_pending_event(connection, shop.id, NUMBER)
    assert (eraser.replay(by="a" * 32), numbers()) == (1, after)
    with engine.connect() as connection:
        waiting = connection.execute(select(OutboxEvent.type, OutboxEvent.subject_no)).all()
    assert waiting == [("consent.erased", NUMBER)]
    assert eraser.replay(by="a" * 32) == 0


def test_a_hold_on_another_site_of_a_shared_account_leaves_nothing_for_a_replay(
    engine, shop, keys, writer, subjects, tmp_path
):
    with engine.begin() as connection:
        blog = {"key": "blog", "name": "Blog", "draft": "{}", "created_at": 1}
        connection.execute(insert(Site).values(blog))
        connection.execute(update(Site).values(realm="group:brands"))
        subjects.keyring.create_key(connection, shop.id)
        other = sites.by_key(connection, "blog")
    signed_in = subjects.named(subject_of(b"k" * 32, "shop", "4711"), shop.id, shop.key)
    known = accounts.UNKNOWN._replace(account=Account(3, 2), whole=Account(3, 2))
    with engine.begin() as connection:
        subjects.save(connection, signed_in, known, NUMBER)
    writer.submit(receipt_of(shop.id, account=NUMBER))
    held = receipt_of(other.id, account=NUMBER)
    writer.submit(held)
    with engine.begin() as connection:
        marks.put(connection, other.id, "hold", Subject("receipt", held.id), reason="a court asks", by="a" * 32, now=1)
    receipt_eraser = Eraser(engine, keys.receipt, tmp_path)
    eraser = AccountEraser(engine, receipt_eraser, subjects, tmp_path)
    with pytest.raises(LegalHoldError) as refused:
        eraser.erase(shop, signed_in, "full", keeps_refusals=False, **WHY)
    assert refused.value.count == 1
    assert not list((tmp_path / FOLDER).glob("*"))
    assert (sum(receipt_eraser.replay(by="a" * 32)), eraser.replay(by="a" * 32)) == (0, 0)
    with engine.begin() as connection:
        marks.lift(connection, other.id, "hold", Subject("receipt", held.id))
    assert eraser.erase(shop, signed_in, "full", keeps_refusals=False, **WHY).receipts == 2
