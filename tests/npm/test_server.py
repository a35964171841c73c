"""The npm package `core` on a server: Node.js asks the running service what visitors allow."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.shop import Shop, open_shop
from tests.csp.consent_cookie import cookie
from tests.wsgi_server import serving

SERVER = Path(__file__).parents[2] / "integrations" / "npm" / "core" / "server.js"
PROGRAM = f"""
import {{ linesOf, visitOf }} from {json.dumps(SERVER.as_uri())};
const said = [];
console.error = (text) => said.push(text);
console.warn = (text) => said.push(text);
const results = [];
for (const one of JSON.parse(process.argv[1])) {{
  if (one.lines) results.push(await linesOf(one));
  else {{
    const visit = await visitOf({{ ...one, headers: one.list ? new Headers(one.headers) : one.headers }});
    results.push([visit.decision?.regime ?? null, visit.allows("ga"), visit.grants("analytics"), visit.grants("essential")]);
  }}
}}
console.log(JSON.stringify([results, said]));
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open one shop for all tests: nothing here writes."""
    opened = open_shop(tmp_path_factory.mktemp("npm"))
    yield opened
    opened.service.close()


@pytest.fixture(scope="module")
def facts(shop: Shop) -> Iterator[dict[str, Any]]:
    """Serve the shop, and yield what a server needs to query it."""
    with serving(shop.service.wsgi_app) as port:
        token = shop.token("decide").removeprefix("Bearer ")
        yield {"service": f"http://127.0.0.1:{port}/", "site": "shop", "token": token, "timeout": 10_000}


def ask(*cases: dict[str, Any]) -> Any:
    command = ["node", "--input-type=module", "--eval", PROGRAM, json.dumps(cases)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_visitor_is_asked_about_by_place_choice_and_signals(shop: Shop, facts: dict[str, Any]) -> None:
    german, full, none = facts | {"country": "DE"}, cookie(shop, "111"), cookie(shop, "000")
    results, said = ask(
        german | {"headers": {}},
        german | {"headers": {"cookie": f"a=b; consent_shop={full}"}},
        german | {"headers": {"cookie": f"a=b; consent_shop={full}"}, "list": True},
        # Of two cookies from the same day, the stricter one counts, in either order.
        german | {"headers": {"cookie": [f"consent_shop={full}", f"consent_shop={none}"]}},
        german | {"headers": {"cookie": f"consent_shop={none}; consent_shop={full}"}},
        german | {"headers": {"cookie": "consent_shop=v9.broken"}},
        facts | {"country": "US", "subdivision": "CA", "headers": {}},
        facts | {"headers": {}},
    )
    held, granted = [False, False, True], [True, True, True]
    assert [one[1:] for one in results] == [held, granted, granted, held, held, held, granted, held]
    assert results[0][0] != results[6][0]
    assert said == []


def test_without_an_answer_all_is_held_and_one_line_says_so(facts: dict[str, Any]) -> None:
    away = {"service": "http://127.0.0.1:9", "site": "shop", "token": "x", "headers": {}}
    results, said = ask(away, away, away | {"lines": True})
    assert results == [[None, False, False, True]] * 2 + [None]
    assert len(said) == 1
    results, said = ask(facts | {"token": "cst_wrong", "headers": {}, "country": "US"})
    assert (results, said) == (
        [[None, False, False, True]],
        ["The consent service returned 401; holding everything that needs consent"],
    )


def test_the_lines_of_install_come_as_text_and_as_elements(shop: Shop, facts: dict[str, Any]) -> None:
    ((lines,), said) = ask(facts | {"lines": True})
    head = shop.get("/api/v1/sites/shop/lines").json["head"]
    assert (lines["html"], said) == (head, [])
    blocker, script = lines["scripts"]
    assert f">{blocker['code']}</script>" in head
    assert set(blocker["attributes"]) >= {"data-run", "data-hold"}
    assert (script["code"], script["attributes"]["src"].endswith("/b/shop.js")) == ("", True)
