import re

from sqlalchemy import Engine, select

from consent.storage.accounts import api_tokens
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.api_tokens import ApiToken
from tests.storage.sample_receipts import NOW


def test_a_token_opens_its_scopes_and_no_other(engine: Engine) -> None:
    with engine.begin() as transaction:
        plain = api_tokens.create(transaction, "shop server", ["decide", "receipts:read"], now=NOW)
        assert api_tokens.find(transaction, plain, "decide", NOW) is not None
        assert api_tokens.find(transaction, plain, "receipts:read", NOW) is not None
        assert api_tokens.find(transaction, plain, "receipts", NOW) is None
        assert api_tokens.find(transaction, plain, "privacy:erase", NOW) is None


def test_a_token_has_256_random_bits_and_is_not_stored(engine: Engine) -> None:
    with engine.begin() as transaction:
        plain = api_tokens.create(transaction, "shop server", ["decide"], now=NOW)
        row = transaction.execute(select(*ApiToken.__table__.c)).one()
    assert re.fullmatch(r"cst_[A-Za-z0-9_-]{43}", plain)
    assert row.prefix == plain[:8]
    assert row.hash == api_tokens.hash_of(plain)
    assert plain[8:] not in str(row)


def test_a_token_of_one_site_opens_nothing_else(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        blog = sites.create(transaction, "blog", "The blog", "{}", NOW)
        plain = api_tokens.create(transaction, "shop server", ["decide"], now=NOW, site_id=shop.id)
        assert api_tokens.find(transaction, plain, "decide", NOW, shop.id) is not None
        assert api_tokens.find(transaction, plain, "decide", NOW, blog.id) is None
        assert api_tokens.find(transaction, plain, "decide", NOW) is None


def test_a_token_ends_when_its_time_has_come(engine: Engine) -> None:
    with engine.begin() as transaction:
        plain = api_tokens.create(transaction, "auditor", ["log:read"], now=NOW, expires_at=NOW + 10)
        assert api_tokens.find(transaction, plain, "log:read", NOW + 9) is not None
        assert api_tokens.find(transaction, plain, "log:read", NOW + 10) is None


def test_a_revoked_token_opens_nothing(engine: Engine) -> None:
    with engine.begin() as transaction:
        plain = api_tokens.create(transaction, "auditor", ["log:read"], now=NOW)
        [token] = api_tokens.every(transaction)
        assert api_tokens.revoke(transaction, token.id, NOW)
        assert not api_tokens.revoke(transaction, token.id, NOW)
        assert api_tokens.find(transaction, plain, "log:read", NOW) is None
        assert api_tokens.every(transaction)[0].revoked_at == NOW


def test_an_unknown_token_is_not_found(engine: Engine) -> None:
    with engine.connect() as transaction:
        for plain in ("", "cst_", "cst_" + "A" * 43, "Bearer x", "cst_\u00e9"):
            assert api_tokens.find(transaction, plain, "decide", NOW) is None


def test_a_token_that_was_never_shown_leaves_no_row(engine: Engine) -> None:
    with engine.begin() as transaction:
        kept = api_tokens.create(transaction, "shop server", ["decide"], now=NOW)
        api_tokens.forget(transaction, api_tokens.create(transaction, "Scan", ["decide"], now=NOW))
        assert [token.name for token in api_tokens.every(transaction)] == ["shop server"]
        assert api_tokens.find(transaction, kept, "decide", NOW) is not None
