"""An approval confirmed by passkey, in a real Chromium with a virtual authenticator: signed, stored, verified again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from consent.publishing.passkey_approvals import InvalidApprovalError, SignedApproval, check_approval_signature
from consent.signing.canonical_json import canonical
from tests.axe import page_problems
from tests.dashboard.client import Dashboard, dashboards
from tests.dashboard.live_config import live
from tests.dashboard.passkey_holder import Holder, holders
from tests.dashboard.publishing.publish_page import HOSTS, add_host, press

pytestmark = pytest.mark.extended


@pytest.fixture
def dashboard(world: Path, tmp_path: Path) -> Iterator[Dashboard]:
    yield from dashboards(world, tmp_path)


@pytest.fixture
def holder(dashboard: Dashboard, browser: Browser) -> Iterator[Holder]:
    yield from holders(dashboard, browser)


def ask_with_passkeys(dashboard: Dashboard) -> None:
    """Require passkeys on the site, and leave a draft waiting for a second user."""
    dashboard.browser("admin").post("/sites/demo/settings/publishing", {"passkey": "1"})
    add_host(dashboard)
    press(dashboard.browser("marketing"))


def kept(dashboard: Dashboard) -> SignedApproval:
    with dashboard.database() as connection:
        found: SignedApproval = json.loads(
            connection.execute("SELECT body FROM publish_approval ORDER BY rowid DESC").fetchone()[0]
        )
    return found


def test_an_approval_is_signed_by_a_passkey_and_stays_with_the_version(holder: Holder, dashboard: Dashboard) -> None:
    ask_with_passkeys(dashboard)
    holder.password("admin")
    holder.go("/sites/demo/publish")
    holder.page.get_by_role("button", name="Approve and publish").click()
    expect(holder.page.get_by_text("You have no passkey yet.")).to_be_visible()
    assert page_problems(holder.page) == []
    assert live(dashboard)["version"] == 1
    holder.add("work laptop")
    holder.go("/sites/demo/publish")
    holder.page.get_by_role("button", name="Approve and publish").click()
    expect(holder.page.get_by_text("Version 2 is live.")).to_be_visible()
    assert HOSTS in live(dashboard)["hosts"]
    holder.go("/sites/demo/versions/2")
    expect(holder.page.get_by_text("the signature is valid")).to_be_visible()
    assert page_problems(holder.page) == []
    signed = kept(dashboard)
    check_approval_signature(signed)
    assert signed["statement"]["version"] == 2
    assert signed["statement"]["asked_by"] != signed["statement"]["approved_by"]
    assert (
        dashboard.browser("viewer").get("/sites/demo/versions/2/approval.json").text
        == f"{canonical(signed).decode()}\n"
    )
    for name, other in (("config", "sha256:" + "0" * 64), ("approved_by", "0" * 32), ("version", 3)):
        with pytest.raises(InvalidApprovalError):
            check_approval_signature({**signed, "statement": {**signed["statement"], name: other}})  # type: ignore[typeddict-item]


def test_a_draft_that_changed_after_the_passkey_was_asked_is_not_published(
    holder: Holder, dashboard: Dashboard
) -> None:
    ask_with_passkeys(dashboard)
    holder.password("admin")
    holder.add("work laptop")

    def change_first(route: Route) -> None:
        if "credential" in (route.request.post_data or ""):
            dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
        route.continue_()

    holder.page.route("**/sites/demo/publish", change_first)
    holder.go("/sites/demo/publish")
    holder.page.get_by_role("button", name="Approve and publish").click()
    expect(holder.page.get_by_text("Someone changed the draft")).to_be_visible()
    assert live(dashboard)["version"] == 1


def test_nothing_but_a_passkey_of_the_approver_confirms(dashboard: Dashboard) -> None:
    ask_with_passkeys(dashboard)
    admin = dashboard.browser("admin")
    status, page = press(admin)
    assert (status, "You have no passkey yet." in page) == (200, True)
    for credential in ("", "{}", '{"rawId": "AAAA"}', '{"rawId": 1}', "[" * 500):
        status, page = press(admin, credential=credential, statement="forged")
        assert (status, "The passkey did not confirm this." in page) == (422, True)
    assert live(dashboard)["version"] == 1
