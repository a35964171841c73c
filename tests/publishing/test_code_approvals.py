"""A tag's code runs only with an approval, a row with a MAC; code from the catalog needs none."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from consent.classifier.catalog import fill
from consent.publishing.approval import risks
from consent.publishing.code_approvals import approvals_of, approve, code_problems, withdraw
from consent.sites.custom.code import CodeGuard, is_code, is_container
from consent.sites.draft import DraftError, add_tag, check_draft, new_draft
from consent.storage.database.engine import make_engine
from consent.storage.sites import code_approvals, sites
from tests.publishing.catalog_drafts import ADMIN, CATALOG, GUARD, analytics, of_catalog

pytestmark = pytest.mark.attack

NEEDED = "Google Analytics 4: An admin must approve its code first (sha256:"


@pytest.fixture
def connection(ready_sqlite_database: str):
    engine = make_engine(ready_sqlite_database)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def site_in(connection: Connection) -> Any:
    return sites.create(connection, "shop", "Shop", json.dumps(analytics()), 1)


def problems(connection: Connection, site: Any, draft: Any, live: Any = None) -> dict[str, str]:
    return dict(code_problems(draft, live, approvals_of(connection, site, GUARD), GUARD))


def test_each_tag_of_the_catalog_with_its_example_is_no_code() -> None:
    for vendor in CATALOG.vendors:
        for template in vendor.tags:
            given = {one.id: one.example for one in template.parameters}
            draft = new_draft("shop", ["https://shop.example"])
            draft = add_tag(draft, vendor, template.id, fill(template, given), given)
            assert not is_code(draft["tags"][0], CATALOG), template.id
            assert list(code_problems(draft, None, None, GUARD)) == [], template.id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"src": "https://evil.example/x.js"},
        {"calls": [{"call": "jQuery.load", "args": ["https://evil.example"]}]},
        {"attributes": {"integrity": "", "data-main": "https://evil.example"}},
        {"setup": [{"name": "gtagHost", "value": "https://evil.example"}]},
        {"construct": {"class": "Evil", "name": "evil", "queue": "q", "options": {}}},
        {"unheard": 1},
    ],
)
def test_a_load_beside_the_template_waits_for_an_admin(connection: Connection, change: dict[str, Any]) -> None:
    site, draft = site_in(connection), analytics()
    load = draft["tags"][0]["load"]
    load |= change
    assert problems(connection, site, draft)["tags.0.enabled"].startswith(NEEDED)
    approve(connection, site, GUARD, load, ADMIN, 5)
    assert problems(connection, site, draft) == {}
    draft["tags"][0]["load"]["src"] = "https://other.example/"
    assert problems(connection, site, draft) != {}, "of the very hash alone"


def test_a_parameter_that_the_template_does_not_take_makes_code() -> None:
    draft = analytics()
    draft["tags"][0]["parameters"]["measurement_id"] = "G-OTHER12345"
    assert is_code(draft["tags"][0], CATALOG)
    draft["tags"][0]["in_page"] = True
    assert not is_code(draft["tags"][0], CATALOG), "the service loads nothing for it"


def test_a_forged_row_and_one_of_another_site_approve_nothing(connection: Connection) -> None:
    site, load = site_in(connection), analytics()["tags"][0]["load"] | {"src": "https://evil.example/x.js"}
    other = sites.create(connection, "other", "Other", json.dumps(analytics()), 1)
    approve(connection, site, GUARD, load, ADMIN, 5)
    (row,) = code_approvals.of_site(connection, site.id)
    code_approvals.put(connection, other.id, row)
    assert approvals_of(connection, other, GUARD).approval_of(load) is None
    for forged in ({"by": "b" * 32}, {"time": 6}, {"mac": "0" * 64}):
        code_approvals.put(connection, site.id, row._replace(**forged))
        assert approvals_of(connection, site, GUARD).approval_of(load) is None
    code_approvals.put(connection, site.id, row)
    assert approvals_of(connection, site, CodeGuard(CATALOG, b"t" * 32)).approval_of(load) is None, "under another key"


def test_what_is_live_stays_unless_its_approval_was_withdrawn(connection: Connection) -> None:
    site, draft = site_in(connection), analytics()
    draft["tags"][0]["load"] |= {"src": "https://www.googletagmanager.com/gtag/js?id=older"}
    load, live = draft["tags"][0]["load"], copy.deepcopy(draft)
    assert problems(connection, site, draft, live) == {}, "after an upgrade the template may give something else"
    live["tags"][0]["enabled"] = False
    assert problems(connection, site, draft, live) != {}, "what was off was executed nowhere"
    live["tags"][0]["enabled"] = True
    approve(connection, site, GUARD, load, ADMIN, 5)
    assert withdraw(connection, site, GUARD, load, ADMIN, 6)
    assert not withdraw(connection, site, GUARD, load, ADMIN, 7)
    assert "An admin withdrew" in problems(connection, site, draft, live)["tags.0.enabled"]


def test_calls_of_a_vendor_are_those_of_the_catalog(connection: Connection) -> None:
    site, draft = site_in(connection), analytics()
    draft["vendors"][0]["revoke"] = [{"call": "jQuery.load", "args": ["https://evil.example"]}]
    assert list(problems(connection, site, draft)) == ["vendors.0.revoke"]
    assert problems(connection, site, draft, copy.deepcopy(draft)) == {}, "as they are live"
    draft["vendors"][0] |= {"id": "own-shop", "revoke": []}
    draft["vendors"][0].pop("consent", None)
    draft["tags"][0] |= {"vendor": "own-shop", "enabled": False}
    assert problems(connection, site, draft) == {}
    draft["vendors"][0]["consent"] = {"granted": [{"call": "go", "args": []}]}
    assert list(problems(connection, site, draft)) == ["vendors.0.revoke"], "a vendor of the site's own has none"


@pytest.mark.parametrize(
    "call",
    [
        "eval",
        "window.eval",
        "frame.eval",
        "Function",
        "setTimeout",
        "shop.setInterval",
        "document.write",
        "frame.document.writeln",
        "jQuery.globalEval",
        "constructor.constructor",
        "dataLayer.push.constructor",
        "frame.contentWindow.go",
        "a.__proto__.b",
        "a.__defineGetter__",
    ],
)
def test_a_call_that_runs_text_is_barred_wherever_it_stands(call: str) -> None:
    for place in ("calls", "revoke"):
        draft = analytics()
        calls = [{"call": call, "args": ["alert(1)"]}]
        (draft["tags"][0]["load"] if place == "calls" else draft["vendors"][0])[place] = calls
        with pytest.raises(DraftError) as refused:
            check_draft(draft)  # type: ignore[arg-type]
        assert "not one that runs text as code" in "".join(refused.value.fields.values())


def test_an_approval_in_a_document_is_no_field() -> None:
    draft = analytics()
    draft["tags"][0]["approved"] = {"code": "sha256:" + "0" * 64, "by": ADMIN, "at": 1}
    with pytest.raises(DraftError, match=r"tags\.0"):
        check_draft(draft)  # type: ignore[arg-type]


CONTAINERS = (
    "google-tag-manager",
    "google-tag",
    "tealium",
    "commanders-act",
    "adobe-analytics",
    "piwik-pro",
    "segment",
    "optimizely",
    "visual-website-optimizer",
    "ab-tasty",
    "kameleoon",
    "google-optimize",
)


@pytest.mark.parametrize("vendor", CONTAINERS)
def test_containers_are_flagged_in_the_vendor_facts(vendor: str) -> None:
    found = CATALOG.vendor(vendor)
    given = {one.id: one.example for one in found.tags[0].parameters}
    draft = of_catalog(vendor, **given)
    if found.tags[0].load["type"] != "marked":
        assert is_container(draft["tags"][0], CATALOG)
    assert found.is_container


def test_a_container_waits_for_a_second_user_when_it_is_new_or_another() -> None:
    first, other = (of_catalog("google-tag-manager", container_id=f"GTM-ABC{number}") for number in (1234, 5678))
    waits = ["Google Tag Manager is a container and runs whatever is set in it elsewhere"]
    assert risks(first, None, CATALOG) == waits  # type: ignore[arg-type]
    assert risks(first, analytics(), CATALOG) == waits  # type: ignore[arg-type]
    assert risks(other, first, CATALOG) == waits  # type: ignore[arg-type]
    assert risks(first, copy.deepcopy(first), CATALOG) == []  # type: ignore[arg-type]
    off = copy.deepcopy(first)
    off["tags"][0]["enabled"] = False
    assert risks(first, off, CATALOG) == waits, "what is off executes nothing yet"  # type: ignore[arg-type]


def test_code_from_a_host_that_somebody_typed_waits_for_a_second_user() -> None:
    first, other = (of_catalog("matomo", host=f"{name}.example/m", site_id="1") for name in ("stats", "evil"))
    waits = "Matomo on a server of your own loads its code from {}.example, which isn't one of its vendor's hosts"
    assert risks(first, None, CATALOG) == [waits.format("stats")]  # type: ignore[arg-type]
    assert risks(other, first, CATALOG) == [waits.format("evil")]  # type: ignore[arg-type]
    assert risks(first, copy.deepcopy(first), CATALOG) == []  # type: ignore[arg-type]
    other["tags"][0]["in_page"] = True
    assert risks(other, first, CATALOG) == [], "the service loads nothing for it"  # type: ignore[arg-type]


def test_no_tag_of_the_catalog_lets_its_user_type_a_host_unseen() -> None:
    """A parameter in a URL's host is a whole host, which needs approval, or a label before the vendor's domain."""
    for vendor in CATALOG.vendors:
        for template in vendor.tags:
            host = (template.load["src"] or "").partition("//")[2].partition("/")[0]
            is_typed = any(one.kind == "host" for one in template.parameters)
            assert is_typed or re.fullmatch(r"(\{[a-z_]+\}[.-])?[a-z0-9.-]*", host), template.id


def test_at_a_first_publish_nothing_is_essential_that_the_catalog_calls_otherwise() -> None:
    draft = analytics()
    assert risks(draft, None, CATALOG) == []  # type: ignore[arg-type]
    draft["tags"][0]["group"] = "essential"
    draft["cookies"][0]["group"] = "essential"
    assert risks(draft, None, CATALOG) == [  # type: ignore[arg-type]
        "Google Analytics 4 becomes essential and runs without consent",
        f"{draft['cookies'][0]['name']} becomes essential and stays after a refusal",
    ]


def test_the_shipped_files_hold_only_calls_that_are_let(tmp_path: Path) -> None:
    for vendor in CATALOG.vendors:
        for template in vendor.tags:
            given = {one.id: one.example for one in template.parameters}
            draft = add_tag(
                new_draft("shop", ["https://shop.example"]), vendor, template.id, fill(template, given), given
            )
            fields = {}
            try:
                check_draft(draft)
            except DraftError as error:
                fields = error.fields
            assert not [path for path in fields if "load" in path or "revoke" in path or "consent" in path], vendor.id
