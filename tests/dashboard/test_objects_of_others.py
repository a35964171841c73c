"""Objects of one site can't be reached through another site, on each route of the URL map that names an object."""

import re

import pytest

from consent.storage.scans import scans, screenshots
from consent.storage.scans.screenshots import NewScreenshot
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.forms import CODE, FORMS
from tests.dashboard.sample_data import ACCOUNT, EXPORT, KID, NOW, RECEIPT, RECEIVER, VISITOR

pytestmark = pytest.mark.attack

OBJECTS = {
    "tag": "demo-ads",
    "own": "own-weather",
    "vendor": "own-weather",
    "template": "own-weather",
    "number": "1",
    "receipt": RECEIPT,
    "export": EXPORT,
    "id": VISITOR,
    "account": ACCOUNT,
    "kid": KID,
    "receiver": RECEIVER,
}
"""An object of the site `demo` for each path parameter; `other` has none of them."""
NO_OBJECTS = {
    "adapter": "of the shipped ones",
    "kind": "what an id stands for",
    "mark": "a kind of mark",
    "guide": "a page that each site has",
    "layer": "of a banner, whose receipt is named",
    "code": "a place",
    "language": "of the shipped ones",
    "variant": "a letter of four, in the draft of the site",
}
"""Other path parameters, and what they are."""
FILLED = {"kind": "visitor", "mark": "restriction", "layer": "1"}


def addresses(dashboard: Dashboard, methods: set[str]) -> list[str]:
    """Return the paths on the site `demo` of all routes with one of `methods` that name an object."""
    rules = [rule for rule in dashboard.app.url_map.iter_rules() if "site" in rule.arguments]
    found = [
        re.sub(r"<(?:int:)?(\w+)>", lambda part: ({"site": "demo"} | OBJECTS | FILLED)[part[1]], rule.rule)
        for rule in rules
        if (rule.methods or set()) & methods and rule.arguments & set(OBJECTS)
    ]
    assert len(found) > 10
    return found


def with_more(dashboard: Dashboard) -> Browser:
    """Give `demo` a screenshot, a request and custom code too, and sign in a user with all roles everywhere."""
    chief = dashboard.browser("chief")
    with dashboard.engine.begin() as connection:
        scan = scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW - 100)
        screenshots.save(
            connection, 1, scan, [NewScreenshot("DE", "none", "http://www.shop.localhost:8001/", True, b"x")]
        )
    assert chief.post(*FORMS["dashboard.add_request"]).status_code == 302
    assert chief.post("/sites/demo/tags/new/custom", CODE).status_code == 302
    return chief


def test_each_path_parameter_is_classified_as_an_object_of_a_site_or_not(dashboard: Dashboard) -> None:
    rules = [rule for rule in dashboard.app.url_map.iter_rules() if "site" in rule.arguments]
    parts = {part for rule in rules for part in rule.arguments} - {"site"}
    assert parts == set(OBJECTS) | set(NO_OBJECTS), "say here what the new part stands for"


def test_an_object_of_another_site_is_not_found(dashboard: Dashboard) -> None:
    chief = with_more(dashboard)
    for address in addresses(dashboard, {"GET"}):
        is_code = address.endswith("/code")
        here = address.replace("demo-ads", "custom-code-from-pixel-acme-example") if is_code else address
        assert chief.get(here).status_code == 200, here
        assert chief.get(here.replace("/sites/demo/", "/sites/other/")).status_code == 404, here


def test_an_object_of_another_site_is_not_changed(dashboard: Dashboard) -> None:
    chief = with_more(dashboard)
    before = _rows(dashboard)
    for address in addresses(dashboard, {"POST"}):
        answer = chief.post(address.replace("/sites/demo/", "/sites/other/"), {"reason": "x", "enabled": "1"})
        assert answer.status_code == 404, address
    assert _rows(dashboard) == before


@pytest.mark.parametrize("endpoint", ["dashboard.delete_tag", "dashboard.remove_rule"])
def test_an_object_removed_from_one_site_cannot_be_restored_into_another(dashboard: Dashboard, endpoint: str) -> None:
    chief = dashboard.browser("chief")
    chief.post(*FORMS["dashboard.add_rule"])
    chief.post(*FORMS[endpoint])
    undo = re.search(r'action="([^"]+/restored)".*?name="(\w+)" value="([^"]+)"', chief.get("/sites/demo/").text, re.S)
    assert undo
    before = dashboard.draft("other")
    assert chief.post(undo[1].replace("/demo/", "/other/"), {undo[2]: undo[3]}).status_code == 400
    assert dashboard.draft("other") == before


def _rows(dashboard: Dashboard) -> list[str]:
    with dashboard.database() as connection:
        return list(connection.iterdump())
