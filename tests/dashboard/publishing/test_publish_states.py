"""The Publish page in each of its states: axe at both widths, in both color schemes, and in forced colors."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from consent.storage.tables.accounts import User
from tests.dashboard.client import Dashboard
from tests.dashboard.page_details import record_problems
from tests.dashboard.publishing.publish_page import add_host, press
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import SIZES

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
WAYS = [*((width, {"color_scheme": scheme}) for width, scheme in SIZES), (1280, {"forced_colors": "active"})]
WAYS += [(390, {"forced_colors": "active", "color_scheme": "dark"})]


@pytest.mark.parametrize(("width", "looks"), WAYS, ids=str)
def test_no_state_of_the_publish_page_has_a_fault(
    browser: Browser, dashboard: Dashboard, served: str, width: int, looks: Any
) -> None:
    found: dict[str, list[str]] = {}
    options = {"viewport": {"width": width, "height": 900}, "bypass_csp": True, **looks}
    with strict_page(browser, served, **options) as view:
        view.sign_in("marketing")
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("heading", name="Nothing to publish")).to_be_visible()
        record_problems(view, "nothing to publish", found)
        add_host(dashboard)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Request approval")).to_be_visible()
        record_problems(view, "asks", found)
        press(dashboard.browser("marketing"), "For the new shop")
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Withdraw request")).to_be_visible()
        record_problems(view, "waits", found)
    with strict_page(browser, served, **options) as view:
        view.sign_in("admin")
        view.open("/sites/demo/")
        expect(view.page.get_by_text("A draft is waiting for your approval.")).to_be_visible()
        record_problems(view, "overview of the second user", found)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Approve and publish")).to_be_visible()
        record_problems(view, "approves", found)
        _leave_admin_alone(dashboard)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_label("No one else may publish this site")).to_be_visible()
        record_problems(view, "alone", found)
        dashboard.browser("admin").post("/sites/demo/settings/controller", {"name": ""})
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
        record_problems(view, "obstacles", found)
    assert found == {}


def _leave_admin_alone(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        others = User.name.in_(("Marketing", "Chief"))
        connection.execute(update(User).where(others).values(active=False))
        connection.exec_driver_sql("DELETE FROM approval_request")
