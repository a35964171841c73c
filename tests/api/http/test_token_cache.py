"""Invented tokens cost the database only a few queries per second, and a new valid token works at once all the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from consent.api.http.response import ApiError
from consent.api.http.token_cache import MAX_QUERIES, TokenCache
from tests.api.shop import Shop

INVENTED = 500


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements executed in the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def invent(tokens: TokenCache, site_id: int) -> None:
    """Try many tokens that don't exist."""
    for number in range(INVENTED):
        with pytest.raises(ApiError) as refused:
            tokens.check(f"Bearer cst_{number:043d}", "decide", site_id)
        assert refused.value.code == "invalid_token"


def test_invented_tokens_ask_the_database_a_few_times_a_second(shop: Shop) -> None:
    tokens = shop.service.context.tokens
    with statements(shop.service.context.engine) as seen:
        invent(tokens, shop.site_id)
    assert 0 < len(seen) < INVENTED / 4


def test_a_valid_token_works_while_others_try_invented_ones(shop: Shop) -> None:
    tokens = shop.service.context.tokens
    used, unused = shop.token("decide"), shop.token("decide")
    assert tokens.check(used, "decide", shop.site_id)
    invent(tokens, shop.site_id)
    assert tokens.check(used, "decide", shop.site_id)
    assert tokens.check(unused, "decide", shop.site_id)


def test_a_new_token_works_immediately(shop: Shop) -> None:
    for _ in range(MAX_QUERIES // 2):
        assert shop.service.context.tokens.check(shop.token("decide"), "decide", shop.site_id)
