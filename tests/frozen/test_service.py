"""The whole service still answers a page as it once did, and still reads the cookies it once set."""

import json
from collections.abc import Iterator

import pytest

from consent.api.http.request import Request
from consent.api.page.choice_cookies import read_secret
from consent.core.choice import parse_choice
from consent.signing.preview_token import read_link
from consent.signing.receipt_claims import verify_jws
from consent.signing.write_token import read_token
from tests.frozen.fixed import CONFIG_NAME, DAY_S, FIXTURES, NOW, SECRET, SITE
from tests.frozen.produce import kept
from tests.frozen.service import Visitor, answers, opened

pytestmark = pytest.mark.app

NAMES = sorted(name for name in kept() if name.startswith("service/"))


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    """Open the service at the time of the fixtures."""
    with opened() as visitor:
        yield visitor


@pytest.fixture(scope="module")
def made(visitor: Visitor) -> dict[str, bytes]:
    """Request everything that is frozen."""
    return answers(visitor)


def text(name: str) -> str:
    return (FIXTURES / "service" / name).read_text("utf-8")


def cookies(name: str) -> dict[str, str]:
    """Return the cookies in a fixture by name."""
    pairs = (line.partition(";")[0].partition("=") for line in text(name).splitlines())
    return {key: value for key, _, value in pairs}


def test_there_is_a_fixture_for_each_response_and_no_other(made: dict[str, bytes]) -> None:
    assert sorted(made) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_response_is_reproduced_unchanged(made: dict[str, bytes], name: str) -> None:
    assert made.get(name) == (FIXTURES / name).read_bytes()


@pytest.mark.parametrize("name", ["choice", "withdrawal"])
def test_the_receipt_that_a_page_got_is_verified(name: str) -> None:
    answer = json.loads(text(f"answer-to-a-{name}.json"))
    claims = verify_jws(answer["receipt"], json.loads((FIXTURES / "jwks.json").read_text()))
    assert (claims["id"], claims["config"], claims["regime"]) == (answer["id"], CONFIG_NAME, "eu_opt_in")


def test_both_cookies_are_read(visitor: Visitor) -> None:
    given = cookies("set-cookie-of-a-choice.txt")
    choice = parse_choice(given["consent_shop"])
    assert choice
    assert (choice.groups, choice.vendors) == (
        {"functional": True, "analytics": True, "advertising": False},
        {"chat": False},
    )
    header = "; ".join(f"{name}={value}" for name, value in given.items())
    config = visitor.service.context.configs.live.get(SITE)
    assert config
    request = Request({"PATH_INFO": "/", "HTTP_COOKIE": header})
    assert read_secret(request, config) == given["consent_shop_id"]


def test_a_withdrawal_takes_the_grants_and_the_id() -> None:
    left = cookies("set-cookie-of-a-withdrawal.txt")
    choice = parse_choice(left["consent_shop"])
    assert choice
    assert (set(choice.groups.values()), left["consent_shop_id"]) == ({False}, "")


def test_the_cookie_of_a_preview_holds_its_link() -> None:
    link = read_link(SECRET, SITE, cookies("set-cookie-of-a-preview.txt")["consent_preview_shop"], NOW)
    assert link
    assert link.ends_at == NOW + 7 * DAY_S


def test_the_token_in_the_script_is_read() -> None:
    token = json.loads(text("decision.json"))["token"]
    assert f'"token":"{token}"' in text("script.js")
    fields = read_token(SECRET, token, NOW // DAY_S)
    assert fields
    assert (fields.config, fields.country, fields.language) == (CONFIG_NAME, "DE", "en")
