"""A CI job on another machine: a network namespace that reaches only the service's HTTPS, and has only a token."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.machines import Machine, in_namespaces, why_no_namespaces
from consent.demo.site import KEY
from tests.engines.authority import make_authority
from tests.operating.service import DECISION, Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(why_no_namespaces()), reason=why_no_namespaces())]
PORT = 8443
SCOPES = ("--scope", "config:read", "--scope", "config:write")
CADDY = """{{
	admin off
	auto_https disable_redirects
	skip_install_trust
}}
https://{address}:{port} {{
	bind {address}
	tls {certificate} {certificate}
	reverse_proxy 127.0.0.1:{upstream}
}}
"""
VALIDATE = """
consent config export demo --server "$SERVER" --output site.yaml
sed 's/^  accent: .*/  accent: purple/' site.yaml > broken.yaml
if consent config diff demo broken.yaml --server "$SERVER"; then exit 9; fi
"""
DIFF = """
curl -sS --cacert "$REQUESTS_CA_BUNDLE" -H "Authorization: Bearer $CONFIG_TOKEN" -D headers -o draft.json "$DRAFT"
sed -i "s/^  accent: .*/  accent: '#7a1f5c'/" site.yaml
if consent config diff demo site.yaml --exit-code --server "$SERVER"; then exit 9; fi
"""
PUBLISH = 'consent config publish demo site.yaml --note "Merge of 4f1c2d" --server "$SERVER"'
STALE = """
if consent config publish demo site.yaml --server "$SERVER"; then exit 9; fi
etag=$(sed -n 's/^etag: //Ip' headers | tr -d '\\r')
curl -sS --cacert "$REQUESTS_CA_BUNDLE" -H "Authorization: Bearer $CONFIG_TOKEN" -H "If-Match: $etag" \
    -H "Content-Type: application/json" -X PUT --data-binary @draft.json -w ' %{http_code}' "$DRAFT"
"""
RESTORE = 'consent config restore demo 1 --server "$SERVER"'


@dataclass
class Job:
    """The CI machine: its folder, and its commands' environment."""

    machine: Machine
    folder: Path
    environ: dict[str, str]

    def run(self, script: str) -> str:
        """Run a step that must succeed, and return its output."""
        done = self.sh(script)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def sh(self, script: str) -> "subprocess.CompletedProcess[str]":
        command = [*self.machine.enter, "bash", "-euo", "pipefail", "-c", script]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(command, cwd=self.folder, env=self.environ, text=True, timeout=120, **both)


@pytest.fixture
def machines() -> Iterator[dict[str, Machine]]:
    """Create the machines; this test runs on the first."""
    with in_namespaces() as made:
        yield made


@pytest.fixture
def job(machines: dict[str, Machine], service: Service, tmp_path: Path) -> Iterator[Job]:
    """Run the service behind Caddy on this machine, and yield CI on the other, with a token and the certificate."""
    address = machines["node1"].address
    authority, certificate = make_authority(tmp_path, (address,))
    service.start()
    token = operate(service, "token", "create", "--name", "ci", "--site", KEY, *SCOPES).split()[-1]
    folder = tmp_path / "ci"
    folder.mkdir()
    server = f"https://{address}:{PORT}"
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    environ |= {"CONFIG_TOKEN": token, "SERVER": server, "REQUESTS_CA_BUNDLE": str(authority)}
    made = Job(machines["node2"], folder, environ | {"DRAFT": f"{server}/api/v1/sites/{KEY}/draft"})
    text = CADDY.format(address=address, port=PORT, certificate=certificate, upstream=service.port)
    with running_caddy(tmp_path / "caddy", text):
        wait_for(lambda: made.sh('curl -sSf --cacert "$REQUESTS_CA_BUNDLE" "$SERVER/healthz"').returncode == 0)
        yield made


def test_a_job_with_a_token_validates_compares_publishes_and_restores(job: Job, service: Service) -> None:
    direct = job.sh(f"curl -sS --max-time 5 http://127.0.0.1:{service.port}/healthz")
    assert direct.returncode != 0, "the job must reach the service by its address alone"
    assert "broken.yaml" in (said := job.run(VALIDATE))
    assert "look.accent" in said
    assert "#7a1f5c" in job.run(DIFF)
    assert "Published version 2 of demo" in job.run(PUBLISH)
    wait_for(lambda: version(service) == 2)
    operate(service, "site", "stop", KEY)
    wait_for(lambda: version(service) == 3)
    said = job.run(STALE)
    assert "would undo changes made since the last import" in said
    assert "stale_draft" in said
    assert said.endswith(" 412")
    assert version(service) == 3, "neither refusal has changed what is live"
    assert "Published version 4 of demo" in job.run(RESTORE)
    wait_for(lambda: version(service) == 4)
    assert not (job.folder / "instance").exists()


def version(service: Service) -> int:
    return int(service.ask(DECISION).json["version"])


def operate(service: Service, *arguments: str) -> str:
    """Run a command as the service's operator, and return its output."""
    command = [sys.executable, "-m", "consent.cli", *arguments]
    done = subprocess.run(command, cwd=service.folder, env=service.whole_environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def running_caddy(folder: Path, text: str) -> Iterator[None]:
    program = shutil.which("caddy")
    assert program, "sudo apt-get install --no-install-recommends caddy"
    folder.mkdir()
    (folder / "Caddyfile").write_text(text)
    command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    environ = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    with (folder / "output.txt").open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environ)
    try:
        yield
    finally:
        server.terminate()
        server.wait(60)
