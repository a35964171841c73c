"""Each endpoint is declared once: both dispatchers answer the same, and the declared scope is the one required."""

import pytest

from consent.api.fast_path import ROUTES, Endpoint, find_endpoint
from consent.api.flask_app import ROUTE_GROUPS
from consent.api.http.dispatch import answer_preflight
from consent.api.http.routes import PATH_PARAMETERS, Route
from tests.api.route_paths import path_of
from tests.api.shop import Shop

ALL = [route for group in ROUTE_GROUPS for route in group.routes]
SCOPES = {route.scope for route in ALL if route.scope}


def test_no_endpoint_is_declared_twice() -> None:
    assert len({(route.method, route.path) for route in ALL}) == len(ALL)
    assert len({(group.name, route.name) for group in ROUTE_GROUPS for route in group.routes}) == len(ALL)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_fast_path_finds_each_fast_route_with_what_its_path_holds(route: Route) -> None:
    values = tuple(PATH_PARAMETERS[name].example for name in route.variables)
    assert find_endpoint(path_of(route), route.method) == Endpoint(route.endpoint, values, route.begin)
    if route.method == "GET":
        assert find_endpoint(path_of(route), "HEAD") == Endpoint(route.endpoint, values)
    preflight = Endpoint(answer_preflight, values) if route.method == "POST" or route.takes_subject else None
    assert find_endpoint(path_of(route), "OPTIONS") == preflight
    assert find_endpoint(path_of(route), "PUT") is None
    assert find_endpoint(path_of(route).replace("shop", "Shop"), route.method) is None


def test_the_fast_path_matches_no_other_route() -> None:
    assert len(ROUTES) == 19
    for route in ALL:
        if not route.is_fast:
            assert find_endpoint(path_of(route), route.method) is None, route.path


def test_each_route_needs_the_scope_that_it_names(shop: Shop) -> None:
    tokens = {scope: shop.token(scope) for scope in SCOPES}
    for route in ALL:
        if not route.scope or route.is_token_optional:
            continue
        for scope, token in tokens.items():
            answer = shop.client.open(path_of(route), method=route.method, json={}, headers={"Authorization": token})
            code = (answer.json or {}).get("error", {}).get("code") if answer.is_json else None
            assert (code == "insufficient_scope") == (scope != route.scope), f"{route.method} {route.path} {scope}"
