"""The Kubernetes manifests and the compose file: valid, restricted, and safe for SQLite's single writer."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.programs import check

HERE = Path(__file__).parents[2] / "deploy"
MANIFESTS = sorted((HERE / "kubernetes").glob("*.yaml"))
KUBERNETES = "1.34"


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def pods(path: Path) -> list[dict[str, Any]]:
    kinds = ("Deployment", "StatefulSet", "Job")
    return [one["spec"]["template"]["spec"] for one in documents(path) if one["kind"] in kinds]


def one(path: Path, kind: str) -> dict[str, Any]:
    [found] = [document for document in documents(path) if document["kind"] == kind]
    return found


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_each_manifest_is_of_the_schema_of_kubernetes(path: Path) -> None:
    for document in documents(path):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_each_container_runs_as_an_unprivileged_user_on_a_read_only_root(path: Path) -> None:
    for pod in pods(path):
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        for container in (*pod["containers"], *pod.get("initContainers", [])):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"]
            assert not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_pods_have_probes_and_time_to_end(path: Path) -> None:
    for pod in (pod for pod in pods(path) if pod.get("restartPolicy") != "OnFailure"):
        [container] = pod["containers"]
        paths = {
            name: container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
        assert pod["terminationGracePeriodSeconds"] > 20


def test_two_pods_never_write_to_one_sqlite() -> None:
    spec = one(HERE / "kubernetes" / "sqlite.yaml", "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    claim = one(HERE / "kubernetes" / "sqlite.yaml", "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]


def test_the_compose_file_shuts_the_service_in_and_upgrades_first() -> None:
    [file] = (HERE / "compose").glob("compose.yaml")
    whole = yaml.safe_load(file.read_text("utf-8"))
    service, upgrade = whole["services"]["service"], whole["services"]["upgrade"]
    for container in (service, upgrade):
        assert (container["read_only"], container["cap_drop"]) == (True, ["ALL"])
        assert container["security_opt"] == ["no-new-privileges:true"]
    assert service["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    assert "ports" not in service
    [subnet] = [one["subnet"] for one in whole["networks"]["inside"]["ipam"]["config"]]
    assert service["environment"]["CONSENT_TRUSTED_PROXIES"] == subnet
    for name in ("DOMAIN", "DATABASE_PASSWORD", "IMAGE"):
        assert f"\n{name}=" in (HERE / "compose" / ".env.example").read_text("utf-8")


@pytest.mark.long
def test_caddy_takes_the_file_of_its_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAIN", "consent.example.com")
    text = (HERE / "compose" / "Caddyfile").read_text("utf-8")
    if "2.6." in check("caddy", "version"):  # Debian's version has the older option names
        text = text.replace("request_buffers 16KiB", "buffer_requests\n\t\tmax_buffer_size 16KiB")
    (tmp_path / "Caddyfile").write_text(text)
    [server] = json.loads(check("caddy", "adapt", "--config", tmp_path / "Caddyfile").partition("\n")[0])["apps"][
        "http"
    ]["servers"].values()
    assert server["listen"] == [":443"]
    assert "logs" not in server
