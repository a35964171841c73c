"""Passkeys in a real Chromium with a virtual authenticator: added, used as first and second factor, removed, lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent.storage.accounts import users
from tests.axe import page_problems
from tests.dashboard.client import Dashboard, dashboards
from tests.dashboard.passkey_holder import Holder, holders
from tests.dashboard.sample_data import email_of

pytestmark = pytest.mark.extended


@pytest.fixture
def dashboard(world: Path, tmp_path: Path) -> Iterator[Dashboard]:
    yield from dashboards(world, tmp_path)


@pytest.fixture
def holder(dashboard: Dashboard, browser: Browser) -> Iterator[Holder]:
    yield from holders(dashboard, browser)


def test_a_passkey_is_required_after_the_password_and_signs_in(holder: Holder, dashboard: Dashboard) -> None:
    holder.password()
    holder.add("work laptop")
    assert page_problems(holder.page) == []
    assert len(holder.credentials()) == 1
    holder.sign_out()
    holder.password()
    expect(holder.page.get_by_text("Your password was right.")).to_be_visible()
    assert page_problems(holder.page) == []
    assert not holder.is_in()
    holder.password()
    holder.page.get_by_role("button", name="Use a passkey").click()
    holder.page.wait_for_url(lambda address: "/login" not in address)
    assert holder.is_in()
    with dashboard.database() as connection:
        actions = [row[0] for row in connection.execute("SELECT subject FROM log_entry WHERE subject LIKE 'passkey%'")]
        assert connection.execute("SELECT sign_count FROM passkey").fetchone()[0] > 0
    assert actions == ["passkey.added"]


def test_a_passkey_in_place_of_the_password_signs_in_alone(holder: Holder) -> None:
    holder.password()
    holder.add("phone", "Instead of the password")
    holder.sign_out()
    holder.go("/login")
    holder.page.get_by_role("button", name="Sign in with a passkey").click()
    holder.page.get_by_role("button", name="Use a passkey").click()
    holder.page.wait_for_url(lambda address: "/login" not in address)
    assert holder.is_in()
    holder.sign_out()
    holder.password()  # the password still works: losing the phone locks nobody out
    assert holder.is_in()


def test_a_passkey_that_is_only_for_after_the_password_does_not_sign_in_alone(holder: Holder) -> None:
    holder.password()
    holder.add("key")
    holder.sign_out()
    holder.go("/login/passkey")
    holder.page.get_by_role("button", name="Use a passkey").click()
    expect(holder.page.get_by_role("alert").filter(visible=True)).to_be_visible()
    assert not holder.is_in()


def test_a_device_that_does_not_know_its_user_is_not_enough_alone(holder: Holder) -> None:
    holder.password()
    holder.add("phone", "Instead of the password")
    holder.sign_out()
    holder.device.send("WebAuthn.setUserVerified", {"authenticatorId": holder.id, "isUserVerified": False})
    holder.go("/login/passkey")
    holder.page.get_by_role("button", name="Use a passkey").click()
    expect(holder.page.get_by_role("alert").filter(visible=True)).to_be_visible()
    assert not holder.is_in()


def test_losing_a_passkey_locks_nobody_out(holder: Holder, dashboard: Dashboard) -> None:
    holder.password()
    holder.add("key")
    holder.go("/account/recovery-codes")
    holder.page.get_by_role("button").filter(has_text="codes").first.click()
    code = holder.page.locator("li code").first.inner_text()
    holder.sign_out()
    holder.lose_device()
    holder.password()
    holder.page.get_by_role("button", name="Use a passkey").click()
    expect(holder.page.get_by_role("alert").filter(visible=True)).to_be_visible()
    holder.password()
    holder.page.get_by_role("link", name="Use a recovery code").click()
    holder.page.get_by_label("Recovery code").fill(code)
    holder.page.get_by_role("button", name="Sign in", exact=True).click()
    assert holder.is_in()
    holder.sign_out()
    with dashboard.engine.begin() as connection:  # as an admin does, or `consent user reset --second-factor`
        assert users.reset_second_factor(connection, email_of("viewer"))
        assert not users.reset_second_factor(connection, email_of("viewer"))
    holder.password()
    assert holder.is_in()


def test_a_removed_passkey_is_neither_requested_nor_accepted(holder: Holder, dashboard: Dashboard) -> None:
    holder.password()
    for name, use in (("old key", "After the password"), ("old phone", "Instead of the password")):
        holder.lose_device()
        holder.add(name, use)
        holder.go("/account/passkeys")
        holder.page.get_by_role("button", name=f"Remove {name}").click()
        expect(holder.page.get_by_text("The passkey is removed.")).to_be_visible()
    holder.sign_out()
    holder.go("/login/passkey")
    holder.page.get_by_role("button", name="Use a passkey").click()
    expect(holder.page.get_by_role("alert").filter(visible=True)).to_be_visible()
    holder.password()
    assert holder.is_in()
    with dashboard.database() as connection:
        assert connection.execute("SELECT count(*) FROM log_entry WHERE subject = 'passkey.removed'").fetchone() == (2,)


def test_a_passkey_can_be_renamed(holder: Holder, dashboard: Dashboard) -> None:
    holder.password()
    for name in ("laptop", "key"):
        holder.lose_device()
        holder.add(name)
    holder.page.locator("summary", has_text="Rename key").click()
    named = holder.page.locator("details", has_text="Rename key")
    named.get_by_label("New name").fill(" laptop ")
    named.get_by_role("button", name="Save").click()
    expect(holder.page.get_by_text("You already have a passkey with this name.")).to_be_visible()
    named = holder.page.locator("details", has_text="Rename key")
    named.locator("summary").click()
    named.get_by_label("New name").fill("blue key")
    named.get_by_role("button", name="Save").click()
    expect(holder.page.get_by_text("The passkey is renamed.")).to_be_visible()
    assert page_problems(holder.page) == []
    expect(holder.page.get_by_role("button", name="Remove blue key")).to_be_visible()
    holder.sign_out()
    holder.password()
    holder.page.get_by_role("button", name="Use a passkey").click()
    holder.page.wait_for_url(lambda address: "/login" not in address)
    with dashboard.database() as connection:
        assert connection.execute("SELECT count(*) FROM log_entry WHERE subject = 'passkey.renamed'").fetchone() == (1,)


def test_names_and_uses_are_checked_and_strangers_get_nothing(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    page = browser.post("/account/passkeys", {"name": "", "usage": "first"})
    assert "Give it a name" in page.text
    browser.get("/account/passkeys")
    assert "not accepted" in browser.get(browser.post("/account/passkeys/nonsense", {"credential": "{}"}).location).text
    for fields, words in (
        ({"name": "phone"}, "Give it a name"),
        ({"name": "phone", "new_name": "x"}, "no passkey with"),
    ):
        assert words in browser.get(browser.post("/account/passkeys/name", fields).location).text
    stranger = dashboard.browser()
    assert stranger.get("/account/passkeys").location.startswith("/login")
    assert stranger.get("/login/passkey?next=//evil.example").location == "/login/passkey"
