"""What the Containerfile promises about the running service: no privileges, and nothing written outside its volume."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.operating.service import Service, installed

pytestmark = [pytest.mark.long, pytest.mark.server]

# Like `podman run --read-only --cap-drop all --volume …`: in a separate mount namespace, the root is read-only, but not
# its volume and /tmp. The service is process 1, which receives only signals that it handles.
READ_ONLY = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind "$1" "$1"
mount -t tmpfs tmpfs /var/tmp
mount -o remount,bind,ro /
cd "$1"
shift
if touch /etc/written 2>/dev/null; then exit 9; fi
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def test_the_service_needs_no_privileges_and_writes_in_its_volume_alone(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("mount namespaces need root")
    with installed(tmp_path, CONSENT_INSTANCE=str(tmp_path / "instance")) as service:
        start(service)
        answer = service.choose()
        assert answer.status == 201
        assert service.ask("/login").status == 200
        _, first, *_ = service.tree()
        os.kill(first, signal.SIGTERM)
        assert service.process.wait(60) == 0, service.output
        assert answer.json["id"] in service.stored_ids()


def start(service: Service) -> None:
    service.environ["TMPDIR"] = "/var/tmp"
    run = (sys.executable, "-m", "consent.cli", "run", "--port", str(service.port))
    service.start("unshare", "--mount", "--pid", "--fork", "sh", "-c", READ_ONLY, "sh", str(service.folder), *run)
