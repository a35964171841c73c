"""Who owns an idempotency key, and what is stored under it, on both databases."""

import threading

from sqlalchemy import Engine, func, select

from consent.storage.operations import idempotency_keys as keys
from consent.storage.operations.idempotency_keys import CLAIM_SECONDS, LIFETIME_SECONDS, Claimed
from consent.storage.tables.operations import IdempotencyKey

NOW = 1_800_000_000
KEY, REQUEST, OTHER = b"k" * 32, b"r" * 32, b"o" * 32


def claim(engine: Engine, holder: str, now: int = NOW, fingerprint: bytes = REQUEST) -> Claimed:
    with engine.begin() as connection:
        return keys.claim(connection, KEY, fingerprint, holder, now)


def keep(engine: Engine, holder: str, body: bytes = b"answer") -> bool:
    with engine.begin() as connection:
        return keys.keep(connection, KEY, holder, 200, body, '"draft-2"')


def test_the_first_has_the_key_until_it_has_answered_and_its_answer_stays_a_day(engine: Engine) -> None:
    assert claim(engine, "first").is_claimed
    assert claim(engine, "second") == Claimed(False, REQUEST)
    assert claim(engine, "second", fingerprint=OTHER) == Claimed(False, REQUEST)
    assert keep(engine, "first")
    stored = Claimed(False, REQUEST, 200, b"answer", '"draft-2"')
    assert claim(engine, "second") == claim(engine, "second", NOW + LIFETIME_SECONDS - 1) == stored
    assert not keep(engine, "first", b"another answer"), "what is answered stays so"
    assert claim(engine, "third", NOW + LIFETIME_SECONDS, OTHER).is_claimed


def test_a_request_without_a_heartbeat_loses_the_key_and_can_store_nothing(engine: Engine) -> None:
    claim(engine, "first")
    assert not claim(engine, "second", NOW + CLAIM_SECONDS - 1).is_claimed
    assert claim(engine, "second", NOW + CLAIM_SECONDS) == Claimed(True, REQUEST)
    assert not keep(engine, "first")
    assert keep(engine, "second")


def test_what_was_noted_goes_to_the_same_request_alone(engine: Engine) -> None:
    claim(engine, "first")
    with engine.begin() as connection:
        assert keys.note(connection, KEY, "first", b"half", NOW + 20)
    assert not claim(engine, "second", NOW + CLAIM_SECONDS).is_claimed, "a note is a sign of life"
    later = NOW + 20 + CLAIM_SECONDS
    assert claim(engine, "second", later, OTHER) == Claimed(False, REQUEST, None, b"half")
    assert claim(engine, "second", later) == Claimed(True, REQUEST, None, b"half")
    with engine.begin() as connection:
        assert not keys.note(connection, KEY, "first", b"more", later)
        keys.release(connection, KEY, "second")
    assert claim(engine, "third", later) == Claimed(True, REQUEST, None, b"half")


def test_a_failed_request_gives_its_key_back(engine: Engine) -> None:
    claim(engine, "first")
    with engine.begin() as connection:
        keys.release(connection, KEY, "another")
    assert not claim(engine, "second").is_claimed
    with engine.begin() as connection:
        keys.release(connection, KEY, "first")
    assert claim(engine, "second", fingerprint=OTHER).is_claimed
    keep(engine, "second")
    with engine.begin() as connection:
        keys.release(connection, KEY, "second")
    assert claim(engine, "third", fingerprint=OTHER).status == 200, "an answer is not given back"


def test_old_keys_are_deleted(engine: Engine) -> None:
    claim(engine, "first")
    keep(engine, "first")
    for now, kept in ((NOW + LIFETIME_SECONDS - 1, 1), (NOW + LIFETIME_SECONDS, 0)):
        with engine.begin() as connection:
            keys.delete_expired(connection, now)
            assert connection.execute(select(func.count()).select_from(IdempotencyKey)).scalar_one() == kept


def test_only_one_of_many_concurrent_requests_gets_the_key(engine: Engine) -> None:
    for moment in (NOW, NOW + CLAIM_SECONDS, NOW + LIFETIME_SECONDS):
        begin, results = threading.Barrier(8), list[Claimed]()

        def compete(moment: int = moment, begin: threading.Barrier = begin, into: list[Claimed] = results) -> None:
            begin.wait()
            into.append(claim(engine, threading.current_thread().name[:32], moment))

        threads = [threading.Thread(target=compete) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(one.is_claimed for one in results) == [False] * 7 + [True]
