"""What upgrading the program does to live configs."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from consent.app import load_artifacts, load_rules
from consent.cli import main
from consent.publishing.approval import Approval
from consent.publishing.publish import Artifacts, publish
from consent.signing.canonical_json import canonical
from consent.storage.database.engine import make_engine
from consent.storage.log.entry_index import payload_of
from consent.storage.maintenance import migrate
from consent.storage.sites import configs, sites
from tests.api.shop import site_draft
from tests.audit_authors import author_of
from tests.code_guards import approve_all, guard_of

NOW = load_artifacts()
NOW_ACTS = hashlib.sha256(NOW.acts).hexdigest()[:16]
OLD = Artifacts(NOW.rules, b"(function(P){window.old=P})")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Create one site live under the current banner, one under an older banner, and one unpublished."""
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CONSENT_SECRET_KEY", "0f1e2d3c4b5a6978" * 4)
    engine = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    migrate.upgrade(engine)
    with engine.begin() as connection:
        for key in ("current", "stale", "unborn"):
            sites.create(connection, key, key, json.dumps(site_draft() | {"site": key}), 0)
    guard, alone = guard_of(tmp_path), Approval(is_alone=True)
    for key, artifacts in (("current", NOW), ("stale", OLD)):
        approve_all(engine, key, guard)
        publish(engine, key, load_rules(), artifacts, guard, author_of(tmp_path), approval=alone)
    yield engine
    engine.dispose()


def live(engine: Engine, key: str) -> dict[str, Any] | None:
    with engine.connect() as connection:
        site = sites.by_key(connection, key)
        assert site
        body = configs.get_config(connection, site.live_config) if site.live_config else None
    return json.loads(body) if body else None


def upgrade() -> str:
    done = CliRunner().invoke(main, ["db", "upgrade"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_an_upgrade_publishes_again_what_names_another_banner(engine: Engine) -> None:
    before, untouched = live(engine, "stale"), live(engine, "current")
    assert before
    assert "Site stale is published again as version 2" in upgrade()
    after = live(engine, "stale")
    assert after == {**before, "version": 2, **NOW.names()}
    assert (live(engine, "current"), live(engine, "unborn")) == (untouched, None)
    with engine.connect() as connection:
        assert configs.find_artifact(connection, "acts", NOW_ACTS) == NOW.acts


def test_a_republish_is_recorded_as_a_publish(engine: Engine) -> None:
    upgrade()
    with engine.connect() as connection:
        query = "SELECT jws FROM log_entry WHERE kind = 'audit' ORDER BY id DESC LIMIT 1"
        claims = payload_of(connection.exec_driver_sql(query).scalar_one())
    said = {name: claims[name] for name in ("by", "action", "subject")}
    assert said == {"by": "command line", "action": "version.published", "subject": "version 2"}


def test_a_second_upgrade_does_nothing(engine: Engine) -> None:
    upgrade()
    assert "published again" not in upgrade()
    assert (live(engine, "stale") or {})["version"] == 2


def test_what_marketing_works_on_stays_a_draft(engine: Engine) -> None:
    with engine.begin() as connection:
        site = sites.by_key(connection, "stale")
        assert site
        draft = sites.read_draft(connection, site.id)
        sites.save_draft(connection, site.id, draft.text.replace("Shop Ltd", "Another Ltd"), draft.revision)
        kept = sites.read_draft(connection, site.id).text
    before = live(engine, "stale")
    upgrade()
    with engine.connect() as connection:
        assert sites.read_draft(connection, site.id).text == kept
    after = live(engine, "stale")
    assert before
    assert after
    assert after["controller"] == before["controller"]
    assert after["purpose_keys"] == before["purpose_keys"]


def test_strings_that_only_the_new_banner_has_are_added_and_no_word_changes(engine: Engine) -> None:
    document = live(engine, "stale")
    assert document
    texts = document["texts"]["languages"]["en"]
    added = texts.pop("withdrawal")
    texts["title"] = "The owner's own title"
    with engine.begin() as connection:
        site = sites.by_key(connection, "stale")
        assert site
        name = configs.put_config(connection, site.id, 2, canonical(document | {"version": 2}), now=0, by="x", note="")
        configs.set_live(connection, site.id, name)
    upgrade()
    after = live(engine, "stale")
    assert after
    assert after["texts"]["languages"]["en"] == texts | {"withdrawal": added}
