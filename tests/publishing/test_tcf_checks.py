"""What is required before a site is published with the Transparency and Consent Framework."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.app import load_artifacts, load_rules
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.checks import errors_of
from consent.publishing.publish import propose
from consent.publishing.tcf_checks import has_screens
from consent.sites.vendor_lists.update import update_lists
from consent.storage.database.engine import make_engine
from consent.storage.sites import sites
from tests.code_guards import guard_of
from tests.tcf_site import SETTINGS, TODAY, list_folder


@pytest.fixture
def engine(ready_sqlite_database: str) -> Iterator[Engine]:
    made = make_engine(ready_sqlite_database)
    yield made
    made.dispose()


def problems(engine: Engine, folder: Path, draft: Draft) -> dict[str, str]:
    with engine.connect() as connection:
        site = sites.create(connection, draft["site"], "Shop", json.dumps(draft), 1)
        found = errors_of(propose(connection, site, load_rules(), load_artifacts(), guard_of(folder)))
        connection.rollback()
    return {one.path: one.words for one in found if has_screens() or one.path != "overrides.sends"}


def draft_with(settings: dict[str, Any]) -> Draft:
    draft = demo_draft(Ports())
    draft["overrides"] |= {"sends": ["tcf"], "tcf": settings}  # type: ignore[typeddict-item]
    return draft


def test_without_a_registration_and_a_list_it_cannot_be_switched_on(engine: Engine, tmp_path: Path) -> None:
    found = problems(engine, tmp_path, draft_with({}))
    assert list(found) == [f"overrides.tcf.{name}" for name in ("cmp_id", "cmp_version", "publisher_cc", "vendors")]
    assert "register at iabeurope.eu" in found["overrides.tcf.cmp_id"]
    assert "CONSENT_GVL" in found["overrides.tcf.vendors"]


def test_without_screens_it_cannot_be_switched_on(engine: Engine, tmp_path: Path) -> None:
    update_lists(engine, str(list_folder(tmp_path / "gvl")), TODAY)
    draft = draft_with(SETTINGS)
    with engine.connect() as connection:
        site = sites.create(connection, draft["site"], "Shop", json.dumps(draft), 1)
        found = errors_of(propose(connection, site, load_rules(), load_artifacts(), guard_of(tmp_path)))
        connection.rollback()
    assert ("overrides.sends" in {one.path for one in found}) is not has_screens()


def test_a_site_that_is_ready_passes(engine: Engine, tmp_path: Path) -> None:
    update_lists(engine, str(list_folder(tmp_path / "gvl")), TODAY)
    assert problems(engine, tmp_path, draft_with(SETTINGS)) == {}


def restriction(purpose: int, kind: str, *vendors: int) -> dict[str, Any]:
    return {"purpose": purpose, "type": kind, "vendors": list(vendors)}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"vendors": [2, 13, 999]}, "vendors", "no entry for 13, 999"),  # a deleted vendor, and one that never existed
        ({"vendors": []}, "vendors", "Select the vendors"),
        ({"restrictions": [restriction(3, "require_interest", 2)]}, "restrictions.0", "no legitimate interest"),
        ({"restrictions": [restriction(2, "not_allowed", 2, 4)]}, "restrictions.0", "4 is not one"),
        (
            {"restrictions": [restriction(2, "not_allowed", 2), restriction(2, "require_consent", 2)]},
            *("restrictions.1", "restricted twice"),
        ),
        (
            {"google_providers": [{"id": 7, "name": "A", "policy_url": "https://a.example"}] * 2},
            *("google_providers", "listed twice"),
        ),
    ],
)
def test_each_invalid_tcf_setting_has_a_message(
    engine: Engine, tmp_path: Path, change: dict[str, Any], path: str, words: str
) -> None:
    update_lists(engine, str(list_folder(tmp_path / "gvl")), TODAY)
    found = problems(engine, tmp_path, draft_with(SETTINGS | change))
    assert list(found) == [f"overrides.tcf.{path}"]
    assert words in found[f"overrides.tcf.{path}"]


def test_choices_of_accounts_do_not_go_with_it(engine: Engine, tmp_path: Path) -> None:
    update_lists(engine, str(list_folder(tmp_path / "gvl")), TODAY)
    draft = draft_with(SETTINGS)
    draft["overrides"]["accounts"] = True
    assert list(problems(engine, tmp_path, draft)) == ["overrides.accounts"]


def test_a_tag_whose_id_is_not_on_the_list_is_named(engine: Engine, tmp_path: Path) -> None:
    update_lists(engine, str(list_folder(tmp_path / "gvl")), TODAY)
    draft = draft_with(SETTINGS)
    draft["tags"][-1]["gvl_id"] = 13
    (path,) = problems(engine, tmp_path, draft)
    assert path == f"tags.{len(draft['tags']) - 1}.gvl_id"
