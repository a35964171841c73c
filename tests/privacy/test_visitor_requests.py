"""What visitors send with requests: sealed for one purpose and one site, and kept only as long as needed."""

import time
from pathlib import Path
from typing import Any

import pytest

from consent.privacy.seal import Seal, SealError
from consent.privacy.visitor_requests import (
    CONFIRM_SECONDS,
    SEAL_DAYS,
    NewRequest,
    TooManyRequestsError,
    VisitorRequests,
)
from consent.signing.keys import load_keys
from consent.sites.shipped_rules import load_rights
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites

SECRET = bytes(range(32))
MAILED = NewRequest("access", "DE", "mail", "de", {"mail": "eva@example.org"})


def test_a_seal_opens_for_its_key_use_and_site_alone() -> None:
    seal = Seal(SECRET, "letters")
    sealed = seal.close({"mail": "eva@example.org"}, 1)
    assert seal.open(sealed, 1) == {"mail": "eva@example.org"}
    assert b"eva" not in sealed
    assert seal.close({"mail": "eva@example.org"}, 1) != sealed
    for other, site in ((Seal(SECRET, "notes"), 1), (Seal(bytes(32), "letters"), 1), (seal, 2)):
        with pytest.raises(SealError):
            other.open(sealed, site)
    for damaged in (b"", sealed[:20], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(SealError):
            seal.open(damaged, 1)


def test_robots_with_receipts_of_their_own_do_not_fill_the_register(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("consent.privacy.visitor_requests.MAX_OF_BROWSERS_OF_DAY", 2)
    engine, keys, now = make_engine(f"sqlite:///{tmp_path / 'x.sqlite'}"), load_keys(tmp_path / "keys"), [time.time()]
    upgrade(engine)
    visitors = VisitorRequests(engine, load_rights(), keys.receipt, SECRET, clock=lambda: now[0])
    with engine.begin() as connection:
        site = sites.create(connection, "shop", "Shop", "{}", int(now[0]))
    unproved = MAILED._replace(proof="browser")
    for _ in range(2):
        visitors.enter(site, unproved)
    with pytest.raises(TooManyRequestsError):
        visitors.enter(site, unproved)
    assert visitors.enter(site, MAILED._replace(proof="account"))
    now[0] += 86400
    assert visitors.enter(site, unproved)
    engine.dispose()


def test_a_flood_of_other_requests_does_not_block_an_opt_out(tmp_path: Path, monkeypatch: Any) -> None:
    for name in ("MAX_OF_BROWSERS_OF_DAY", "MAX_OPT_OUTS_OF_DAY"):
        monkeypatch.setattr(f"consent.privacy.visitor_requests.{name}", 1)
    engine, keys = make_engine(f"sqlite:///{tmp_path / 'x.sqlite'}"), load_keys(tmp_path / "keys")
    upgrade(engine)
    visitors = VisitorRequests(engine, load_rights(), keys.receipt, SECRET)
    with engine.begin() as connection:
        site = sites.create(connection, "shop", "Shop", "{}", int(time.time()))
    pools = [("browser", "access"), ("none", "opt_out_sale"), ("browser", "opt_out_sale")]
    for proof, kind in pools:
        assert visitors.enter(site, MAILED._replace(proof=proof, kind=kind))
    for proof, kind in pools:
        with pytest.raises(TooManyRequestsError):
            visitors.enter(site, MAILED._replace(proof=proof, kind=kind))
    engine.dispose()


def test_deletes_unconfirmed_and_long_closed_requests(tmp_path: Path) -> None:
    engine, keys, now = make_engine(f"sqlite:///{tmp_path / 'x.sqlite'}"), load_keys(tmp_path / "keys"), [time.time()]
    upgrade(engine)
    visitors = VisitorRequests(engine, load_rights(), keys.receipt, SECRET, clock=lambda: now[0])
    with engine.begin() as connection:
        site = sites.create(connection, "shop", "Shop", "{}", int(now[0]))
    first, second = visitors.hold_until_confirmed(site, MAILED), visitors.hold_until_confirmed(site, MAILED)
    entered = visitors.confirm(site, first)
    assert entered
    assert visitors.confirm(site, first) is None
    assert visitors.waiting(site, second)
    now[0] += CONFIRM_SECONDS + 1
    assert visitors.waiting(site, second) is visitors.confirm(site, second) is None
    visitors.prune()
    assert visitors.find_by_key(site, entered.key) == entered.request, "an open one stays"
    visitors.withdraw(site, entered.key)
    now[0] += SEAL_DAYS * 86400
    visitors.prune()
    assert visitors.find_by_key(site, entered.key) is not None
    now[0] += 86400
    visitors.prune()
    assert visitors.find_by_key(site, entered.key) is None
    engine.dispose()
