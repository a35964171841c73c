"""A banner redrawn with the build, rules and texts it was shown with, whatever this release has."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.app import load_artifacts, load_rules
from consent.publishing.approval import Approval
from consent.publishing.publish import Artifacts, publish
from consent.runtime.banner_frame import frame
from consent.runtime.banner_replay import RedrawnBanner, read_rules, redraw
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from consent.storage.sites import configs, sites
from tests.api.shop import site_draft
from tests.audit_authors import author_of
from tests.code_guards import approve_all, guard_of

NOW = load_artifacts()
OLD = Artifacts(re.sub(rb"2026-1[12]-\d\d", b"2026-01-24", NOW.rules), b"(function(P){window.old=P})")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.db")
    migrate.upgrade(engine)
    with engine.begin() as connection:
        draft = site_draft()
        draft["texts"].update(languages={"en": {}, "de": {}}, confirmed=["de"])
        draft["overrides"]["old_tool"] = "klaro"
        sites.create(connection, "shop", "Shop", json.dumps(draft), 0)
    approve_all(engine, "shop", guard_of(tmp_path))
    yield engine
    engine.dispose()


def redrawn(engine: Engine, **changes: Any) -> RedrawnBanner | None:
    """Publish with the old artifacts, and redraw what a receipt from that time says."""
    instance = Path(engine.url.database or "").parent
    name = publish(
        engine,
        "shop",
        load_rules(),
        OLD,
        guard_of(instance),
        author_of(instance),
        approval=Approval(asked_by="another"),
    ).name
    with engine.connect() as connection:
        body = configs.get_config(connection, name)
        assert body
        config = CompiledConfig(name, body, 1, read_rules(OLD.rules))
        claims = {
            "site": "shop",
            "config": name,
            "text": config.text_hash("de"),
            "language": "de",
            "variant": "a",
            "regime": "eu_opt_in",
            "rules_version": "2026-01-24",
            "place": {"country": "DE", "subdivision": None, "source": "geoip"},
            "signals": {"gpc": True, "dnt": False, "age_band": "unknown"},
            "time": "2026-02-03T04:05:06Z",
        }
        return redraw(connection, 1, claims | changes, load_rules(), NOW.banner)


def test_the_kept_rules_are_read_as_they_were() -> None:
    for rules, version in ((OLD.rules, "2026-01-24"), (NOW.rules, load_rules().version)):
        assert read_rules(rules).version == version
        assert read_rules(rules).codes == load_rules().codes


def test_build_rules_and_texts_are_those_of_then(engine: Engine) -> None:
    found = redrawn(engine)
    assert found
    assert found.build == OLD.banner
    assert found.showing.rules_version == "2026-01-24"
    assert found.texts["accept_all"] == "Alle akzeptieren"
    assert all(getattr(found, name) for name in RedrawnBanner._fields if name.endswith(("_fits", "_kept")))


def test_the_frame_runs_this_script_and_no_other(engine: Engine) -> None:
    found = redrawn(engine)
    assert found
    with engine.connect() as connection:
        drawn = frame(connection, found.showing, found.build, found.time, layer=2)
    script = re.search(r"<script>(.*)</script>", drawn.page, re.DOTALL)
    assert script
    assert script[1].endswith(f"{OLD.banner.decode()}();")
    assert "</script" not in script[1]
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in drawn.policy
    given, _ = json.JSONDecoder().raw_decode(script[1].partition(");\n(function")[0].rpartition("drawInFrame(")[2])
    assert (given["time"], given["layer"], given["signals"]) == (1770091506, 2, {"gpc": True, "dnt": False})
    assert given["banner"]["texts"]["accept_all"] == "Alle akzeptieren"
    assert given["banner"]["token"] == ""
    assert found.showing.config.old_tool == "klaro"
    assert "old_tool" not in given["banner"], "a layer that waits for the former tool would not be drawn at once"
    # For builds from before there was a style sheet, and for later ones.
    look = given["banner"]["look"]
    assert (look["accent"], look["ink"], look["radius"], look["position"]) == ("#0b57d0", "#fff", 12, "bottom")
    assert "--accent:#0b57d0" in look["css"]
    assert {vendor["id"] for vendor in given["vendors"]} == {"session", "chat", "ga", "ads"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"text": "sha256:" + "0" * 64}, "text_fits"),
        ({"rules_version": "2025-01-01"}, "rules_are_kept"),
        ({"regime": "us_ca"}, "regime_fits"),
    ],
)
def test_reports_mismatched_text_rules_or_regime(engine: Engine, changes: dict[str, Any], fault: str) -> None:
    found = redrawn(engine, **changes)
    assert found
    assert not getattr(found, fault)


@pytest.mark.parametrize("changes", [{"config": "sha256:" + "0" * 64}, {"site": "other"}, {"language": "fr"}])
def test_returns_none_for_an_unknown_config_site_or_language(engine: Engine, changes: dict[str, Any]) -> None:
    assert redrawn(engine, **changes) is None
