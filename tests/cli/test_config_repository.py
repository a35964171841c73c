"""The example repository for configuration as code: its jobs do what they say, with the file it contains."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from consent.classifier.catalog import VENDORS, load_catalog
from consent.sites.catalog_updates import newer_facts
from consent.sites.config_file import read_file
from tests.api.shop import Shop, open_shop
from tests.wsgi_server import serving

pytestmark = pytest.mark.extended

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "config-repository"
GITHUB, GITLAB = EXAMPLE / ".github" / "workflows" / "consent.yml", EXAMPLE / ".gitlab-ci.yml"


def steps() -> dict[str, str]:
    """Return the commands of the GitHub job by step name."""
    job = yaml.safe_load(GITHUB.read_text("utf-8"))["jobs"]["consent"]
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


def test_both_jobs_run_the_same_and_each_at_its_time() -> None:
    gitlab = yaml.safe_load(GITLAB.read_text("utf-8"))
    named = {"Install": gitlab["before_script"], "Show what would change": gitlab["diff"]["script"]}
    named |= {"Publish": gitlab["publish"]["script"], "Audit": gitlab["audit"]["script"]}
    assert {name: [command] for name, command in steps().items()} == named
    workflow = yaml.safe_load(GITHUB.read_text("utf-8"))
    triggers: dict[str, Any] = workflow[True]  # YAML 1.1 parses the word `on` as true
    assert set(triggers) == {"pull_request", "push", "schedule"}
    assert triggers["push"]["branches"] == ["main"]
    assert workflow["permissions"] == {"contents": "read"}


def test_an_editor_checks_the_file_by_the_schema() -> None:
    schema = json.loads((ROOT / "consent" / "data" / "config.schema.json").read_text("utf-8"))
    document = yaml.load((EXAMPLE / "consent" / "shop.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    assert set(document) <= set(schema["properties"])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads((EXAMPLE / ".vscode" / "settings.json").read_text("utf-8"))["yaml.schemas"]


def test_the_file_says_of_its_vendors_what_the_catalog_says() -> None:
    draft = read_file((EXAMPLE / "consent" / "shop.yaml").read_text("utf-8"), "shop").draft
    catalog = load_catalog(VENDORS)
    assert newer_facts(draft, catalog, []) == []
    names = {
        (vendor["id"], tag["id"]): tag["name"]
        for vendor in draft["vendors"]
        for tag in catalog.vendor(vendor["id"]).document["tags"]
    }
    for tag in draft["tags"]:
        assert tag["name"] == names[tag["vendor"], str(tag["template"])]


@pytest.mark.server
def test_a_proposal_shows_the_change_and_a_merge_publishes_it(tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "service")
    work = tmp_path / "repository"
    (work / "venv" / "bin").mkdir(parents=True)
    (work / "venv" / "bin" / "consent").symlink_to(Path(sys.executable).with_name("consent"))
    (work / "consent").mkdir()
    (work / "consent" / "shop.yaml").write_text((EXAMPLE / "consent" / "shop.yaml").read_text("utf-8"))
    token = shop.token("config:read", "config:write", site_id=shop.site_id).removeprefix("Bearer ")
    with serving(shop.service.wsgi_app) as port:
        environ = {**os.environ, "CONFIG_TOKEN": token, "SERVER": f"http://127.0.0.1:{port}", "NOTE": "a1b2c3"}

        def run(name: str) -> "subprocess.CompletedProcess[str]":
            command = ["bash", "-euo", "pipefail", "-c", steps()[name]]
            return subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, timeout=100)

        _publishes(shop, work / "consent" / "shop.yaml", run)
    shop.service.close()


def _publishes(shop: Shop, file: Path, run: Any) -> None:
    shown = run("Show what would change")
    assert shown.returncode == 0, shown.stderr
    assert "Google Analytics 4" in shown.stdout
    done = run("Publish")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Published version 2 of shop" in done.stdout
    shop.service.context.configs.live.refresh()
    decision = shop.decision("?country=DE", Authorization=shop.token("decide")).json
    assert {tag["id"] for tag in decision["tags"]} == {"ga4", "youtube-nocookie"}
    file.write_text(re.sub(r"accent: '#\w+'", "accent: purple", file.read_text("utf-8")))
    refused = run("Show what would change")
    assert (refused.returncode, "look.accent" in refused.stderr) == (1, True)
