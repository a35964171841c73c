"""The page Publish in each of its states: axe at both widths, in both schemes, and in forced colours."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from consent.storage.models import User
from tests.dashboard.cast import Desk
from tests.dashboard.test_people_pages import looked_at
from tests.dashboard.test_second_person import add_host, press
from tests.dashboard.walk import SIZES
from tests.dashboard.watched import watched

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
WAYS = [*((width, {"color_scheme": scheme}) for width, scheme in SIZES), (1280, {"forced_colors": "active"})]
WAYS += [(390, {"forced_colors": "active", "color_scheme": "dark"})]


@pytest.mark.parametrize(("width", "looks"), WAYS, ids=str)
def test_no_state_of_the_publish_page_has_a_fault(
    browser: Browser, desk: Desk, served: str, width: int, looks: Any
) -> None:
    found: dict[str, list[str]] = {}
    options = {"viewport": {"width": width, "height": 900}, "bypass_csp": True, **looks}
    with watched(browser, served, **options) as view:
        view.sign_in("marketing")
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("heading", name="Nothing to publish")).to_be_visible()
        looked_at(view, "nothing to publish", found)
        add_host(desk)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Ask a second person")).to_be_visible()
        looked_at(view, "asks", found)
        press(desk.browser("marketing"), "For the new shop")
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Take the question back")).to_be_visible()
        looked_at(view, "waits", found)
    with watched(browser, served, **options) as view:
        view.sign_in("admin")
        view.open("/sites/demo/")
        expect(view.page.get_by_text("A draft waits for you as the second person.")).to_be_visible()
        looked_at(view, "overview of the second person", found)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Publish as the second person")).to_be_visible()
        looked_at(view, "approves", found)
        _leave_admin_alone(desk)
        view.open("/sites/demo/publish")
        expect(view.page.get_by_label("Nobody else may publish this site")).to_be_visible()
        looked_at(view, "alone", found)
        desk.browser("admin").post("/sites/demo/settings/controller", {"name": ""})
        view.open("/sites/demo/publish")
        expect(view.page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
        looked_at(view, "obstacles", found)
    assert found == {}


def _leave_admin_alone(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        others = User.name.in_(("Marketing", "Chief"))
        connection.execute(update(User).where(others).values(active=False))
        connection.exec_driver_sql("DELETE FROM publish_request")
