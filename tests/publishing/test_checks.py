"""The single list of checks that a draft must pass before it is published."""

import datetime
import json
from pathlib import Path

import pytest

from consent.app import load_artifacts, load_rules
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.checks import DraftProblem, by_path, errors_of
from consent.publishing.publish import propose, publish
from consent.publishing.rule_warnings import gaps
from consent.sites.draft import DraftError
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.code_guards import guard_of


def faults(tmp_path: Path, draft: Draft) -> list[DraftProblem]:
    """Return what keeps `draft` from being published as the first version, and check that publishing says the same."""
    engine = make_engine(f"sqlite:///{tmp_path / 'consent.sqlite'}")
    upgrade(engine)
    rules, artifacts = load_rules(), load_artifacts()
    with engine.begin() as connection:
        site = sites.create(connection, draft["site"], "Shop", json.dumps(draft), 1)
        found = errors_of(propose(connection, site, rules, artifacts, guard_of(tmp_path)))
    if found:
        with pytest.raises(DraftError) as refused:
            publish(engine, site.key, rules, artifacts, guard_of(tmp_path), author_of(tmp_path))
        assert refused.value.fields == by_path(found)
    else:
        publish(engine, site.key, rules, artifacts, guard_of(tmp_path), author_of(tmp_path))
    engine.dispose()
    return found


def test_the_demo_passes_every_check(tmp_path: Path) -> None:
    assert faults(tmp_path, demo_draft(Ports())) == []


@pytest.mark.parametrize("fact", ["name", "retention"])
def test_a_missing_fact_of_the_controller_names_its_law(tmp_path: Path, fact: str) -> None:
    draft = demo_draft(Ports())
    draft["controller"][fact] = " "
    (fault,) = faults(tmp_path, draft)
    assert (fault.path, fault.words) == (f"controller.{fact}", "Required before publishing (GDPR art. 13).")


def test_a_language_that_nobody_has_read_holds_the_draft_back(tmp_path: Path) -> None:
    draft = demo_draft(Ports())
    draft["texts"]["languages"]["ga"] = {}
    draft["texts"]["confirmed"] = []
    assert "texts.confirmed" in {fault.path for fault in faults(tmp_path, draft)}


def test_what_gpp_states_is_the_owners_to_say_before_a_publish(tmp_path: Path) -> None:
    draft = demo_draft(Ports())
    draft["overrides"]["sends"] = ["gpp"]
    draft["overrides"]["gpp"] = {"approach": "state", "mspa": "none", "sensitive": ["health"]}
    assert [fault.path for fault in faults(tmp_path, draft)] == ["overrides.gpp", "overrides.gpp.sensitive"]
    draft["overrides"]["gpp"]["opt_out_notice"] = False
    draft["overrides"]["sensitive_paths"] = ["/health*"]
    (tmp_path / "again").mkdir()
    assert faults(tmp_path / "again", draft) == []
    words = [gap.sentence for gap in gaps(draft, load_rules(), datetime.date(2026, 12, 1))]
    assert any("no notice of the right to opt out" in one for one in words)
    assert any("are ignored unless the national section is sent" in one for one in words)


def test_pages_that_draw_the_layers_need_a_browser_and_neither_tcf_nor_accounts(tmp_path: Path) -> None:
    draft = demo_draft(Ports())
    draft["overrides"]["headless"] = {"page": f"{draft['hosts'][0]}/"}
    draft["overrides"]["accounts"] = True
    found = faults(tmp_path, draft)
    assert [fault.path for fault in found] == ["overrides.headless"] * 2
    assert "only after Chromium has checked them" in found[1].words


def test_the_page_that_draws_the_layers_is_one_of_the_site(tmp_path: Path) -> None:
    draft = demo_draft(Ports())
    draft["overrides"]["headless"] = {"page": "https://elsewhere.example/"}
    with pytest.raises(DraftError) as refused:
        faults(tmp_path, draft)
    assert [*refused.value.fields] == ["overrides.headless.page"]
