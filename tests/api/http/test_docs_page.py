"""The API's documentation page: groups, a stable anchor for each operation, authentication, and commands to copy."""

import re

from consent.api.flask_app import ROUTE_GROUPS
from tests.api.shop import Shop


def test_each_operation_is_in_its_group_with_an_address_and_a_command(shop: Shop) -> None:
    page = shop.get("/api/docs").text
    named = re.findall(r'<div id="([^"]+)" data-method', page)
    assert len(named) == len(set(named)) == sum(len(group.routes) for group in ROUTE_GROUPS)
    assert set(named) == set(re.findall(r'<li data-of="([^"]+)"', page))
    headings = re.findall(r'<details class="route-group".*?<h2>(.*?) <small>', page, re.DOTALL)
    assert headings == [group.name for group in ROUTE_GROUPS]
    assert page.count("<code>curl") == len(named) + 1  # plus one in the section on authentication
    assert "{site}&#39;" not in page, "each placeholder of a command is filled in"


def test_the_page_says_how_to_get_a_token_and_what_each_scope_opens(shop: Shop) -> None:
    page = shop.get("/api/docs").text
    authentication = page[page.index('<section id="authentication">') : page.index('<section id="errors">')]
    assert "Authorization: Bearer cst_" in authentication
    assert "under Tokens in the dashboard" in authentication
    for scope in {route.scope for group in ROUTE_GROUPS for route in group.routes if route.scope}:
        assert f"<code>{scope}</code>" in authentication
    assert "`" not in page


def test_offers_only_read_operations_for_trying(shop: Shop) -> None:
    page = shop.get("/api/docs").text
    offered = re.findall(r'data-method="(\w+)" data-path="([^"]+)" data-try', page)
    assert {method for method, _ in offered} == {"GET"}
    assert all(path.startswith("/api/v1/") for _, path in offered)
    answer = shop.get("/api/docs")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
