"""/r/<site> for signed-in visitors: the account's receipts, and Withdraw on all devices."""

import re
import time

import pytest

from consent.storage.receipts import receipts
from tests.api.shop import claims_of
from tests.subjects import Device, make_key, make_token

pytestmark = pytest.mark.app


@pytest.fixture
def phone(shop):
    made = Device(shop, make_key(shop))
    made.choose(granted=True)
    return made


def send(shop, **fields):
    # The form is on the website, a different origin, so our cookies aren't sent with it.
    return shop.client.post("/r/shop", data=fields, headers={"Sec-Fetch-Site": "cross-site"})


def fields_of(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def test_a_signed_in_visitor_sees_all_receipts_of_the_account_and_withdraws_on_all_devices(shop, phone):
    laptop = Device(shop, phone.key)
    laptop.sign_in()
    assert laptop.runs == ["chat", "ga", "ads"]
    page = send(shop, subject=phone.token())
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "Choices of your account" in page.text
    assert "Withdraw on all devices" in page.text
    assert phone.last["id"] in page.text
    fields = fields_of(page)
    assert set(fields) == {"subject", "act"}
    done = send(shop, **fields)
    assert (done.status_code, "Your consent is withdrawn." in done.text) == (200, True)
    (receipt,) = re.findall(r"<code>([0-9a-f]{32})</code>", done.text)
    with shop.service.context.engine.connect() as connection:
        stored = receipts.get(connection, receipt)
    claims = claims_of(shop, type("Answer", (), {"data": f'{{"receipt": "{stored.jws}"}}'}))
    assert (claims["action"], claims["method"], claims["scope"]) == ("withdraw", "click", "account")
    laptop.sign_in()
    assert laptop.runs == []
    again = send(shop, subject=phone.token())
    assert "Withdraw on all devices" not in again.text
    assert receipt in again.text


def test_an_expired_token_can_withdraw_but_not_read_and_an_invalid_one_can_do_neither(shop, phone):
    now = int(time.time())
    late = make_token(phone.key, iat=now - 4000, exp=now - 3700)
    page = send(shop, subject=late)
    assert (page.status_code, phone.last["id"] in page.text) == (403, False)
    for wrong in (late[:-2] + "xx", make_token(phone.key, site="other"), "x" * 5000):
        page = send(shop, subject=wrong, act="withdraw")
        assert (page.status_code, "Something went wrong" in page.text) == (403, True)
    phone.sign_in()
    assert phone.runs == ["chat", "ga", "ads"]
    assert send(shop, subject=late, act="withdraw").status_code == 200
    phone.sign_in()
    assert phone.runs == []


def test_an_account_without_a_choice_is_shown_as_having_no_receipts(shop, phone):
    page = send(shop, subject=make_token(phone.key, "somebody else"))
    assert (page.status_code, phone.last["id"] in page.text) == (200, False)
    assert "Withdraw on all devices" not in page.text
