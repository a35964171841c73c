"""The files that an operator copies: complete once filled in, and consistent with the service."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import Client

from consent.app import create_service
from consent.config import Settings, load_settings
from deploy.fill import HERE, MACHINES, PLACEHOLDER, Unfilled, fill, of_machine, read_values, templates
from tests.deploy.files import ROOT, filled, is_there, named_metrics, values

pytestmark = pytest.mark.app


@pytest.mark.parametrize("machine", MACHINES)
def test_every_file_is_filled_for_every_machine(machine: str) -> None:
    for path in templates():
        text = filled(path.relative_to(HERE).as_posix(), machine)
        assert PLACEHOLDER.findall(text) == [], path


def test_every_value_is_used_and_nothing_else_is_asked_for() -> None:
    asked = {name for path in templates() for name in PLACEHOLDER.findall(path.read_text("utf-8"))}
    assert asked - {"NAME", "ADDRESS"} == set(values())


def test_a_secret_that_is_not_set_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    command = [sys.executable, HERE / "fill.py", HERE / "values.example", "db1", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no value for" in done.stderr
    assert not (tmp_path / "out").exists()


def test_files_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "values").write_text("".join(f"{name}={value}\n" for name, value in values().items()))
    command = [sys.executable, HERE / "fill.py", tmp_path / "values", "node2", tmp_path / "out"]
    subprocess.run(command, check=True, capture_output=True)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) == len(templates())
    assert {path.stat().st_mode & 0o077 for path in written} == {0}
    assert (tmp_path / "out" / "patroni" / "create-database").stat().st_mode & 0o100
    assert "10.0.0.22" in (tmp_path / "out" / "systemd" / "consent@.service").read_text()


def test_a_machine_without_address_is_refused() -> None:
    with pytest.raises(Unfilled, match="db9"):
        of_machine(values(), "db9")
    with pytest.raises(Unfilled, match="GREETING"):
        fill("@GREETING@", {})


def test_the_settings_of_a_node_can_be_used() -> None:
    settings = load_settings(read_values(filled("consent/env")))
    assert settings.is_https
    assert not settings.is_sqlite
    assert settings.trusted_proxies == ("10.0.0.21/32", "10.0.0.22/32")


def test_metrics_of_the_service_in_rules_and_dashboard_are_there(tmp_path: Path) -> None:
    service = create_service(Settings(instance=tmp_path, demo=True, metrics_token="t"))
    client = Client(service.wsgi_app)
    client.get("/b/nowhere.js")
    text = client.get("/metrics", headers={"Authorization": "Bearer t"}).get_data(as_text=True)
    service.close()
    # A metric family without a sample, such as the versions of no site, still declares its type.
    types = {f"{line.split()[2]}" for line in text.splitlines() if line.startswith("# TYPE ")}
    for name in named_metrics()["consent"]:
        assert is_there(name, text) or name in types or name.removesuffix("_total") in types, name


def test_the_dashboard_has_a_source_and_a_place_for_each_panel() -> None:
    dashboard = json.loads((HERE / "grafana" / "consent.json").read_text("utf-8"))
    taken = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["targets"], panel["title"]
        assert panel["datasource"]["uid"] == "${source}"


def test_both_units_of_the_service_are_shut_in_alike() -> None:
    def hardening(text: str) -> str:
        return text[text.index("StateDirectory=") : text.index("[Install]")]

    single = (ROOT / "consent" / "cli" / "systemd" / "consent.service").read_text("utf-8")
    assert hardening(filled("systemd/consent@.service")) == hardening(single)


def test_the_image_runs_as_an_unprivileged_user() -> None:
    lines = (HERE / "image" / "Containerfile").read_text("utf-8").splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    users = [line.split()[1] for line in lines[stages[-1] :] if line.startswith("USER ")]
    assert users
    assert all(user.split(":")[0].isdigit() and int(user.split(":")[0]) > 0 for user in users)
    assert "--read-only" in "\n".join(lines)
