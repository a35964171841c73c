"""Walk O12: upgrade and backup on one machine, restore on another with its keys; chain and embed URL stay the same."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli import main
from tests.operating.service import KEY, Service
from tests.polling import wait_for
from tests.schemas import later_program
from tests.walks import Walk

CHOICES = 200
KEPT = ("keys", "checkpoints", "erasures")
"""The folders that the docs of `consent db backup` tell operators to copy as well."""


@pytest.mark.long
@pytest.mark.walk("O12")
def test_o12_three_commands_move_all_receipts_to_a_new_machine(service: Service, tmp_path: Path) -> None:
    old = Path(service.environ["CONSENT_INSTANCE"])
    service.start()
    for _ in range(CHOICES):
        assert service.choose().status == 201
    stored, embed = service.stored_ids(), service.ask(f"/b/{KEY}.js").body
    proof = f"/api/v1/receipts/{min(stored)}/proof"
    wait_for(lambda: service.ask(proof).status == 200)
    keys = {path: service.ask(path).body for path in (f"/log/{KEY}/vkey", "/.well-known/jwks.json")}
    kept_checkpoint = service.ask(f"/log/{KEY}/checkpoint").body
    assert service.stop() == 0
    walk, copy = Walk(), tmp_path / "copy.sqlite"
    new = tmp_path / "new" / "instance"
    for name in KEPT:
        if (old / name).exists():
            shutil.copytree(old / name, new / name)
    moved = Service(tmp_path / "new", service.port, service.environ | {"CONSENT_INSTANCE": str(new)})
    with later_program(tmp_path):
        walk.count()
        assert consent(service, "db", "upgrade").startswith("The database is at version 9000.")
        walk.count()
        consent(service, "db", "backup", str(copy))
        walk.count()
        assert consent(moved, "db", "restore", str(copy)).startswith("Restored")
    try:
        moved.start()
        assert moved.stored_ids() == stored
        assert {path: moved.ask(path).body for path in keys} == keys
        assert moved.ask(f"/b/{KEY}.js").body == embed
        files = [tmp_path / path.rpartition("/")[2] for path in keys]
        for file, content in zip(files, keys.values(), strict=True):
            file.write_bytes(content)
        named = [word for file in files for word in ("--key", str(file))]
        # Everything recorded is there, and the tree continues from the saved checkpoint.
        consent(moved, "receipts", "export", KEY, "--output", str(tmp_path / "all.jsonl"))
        sentence = consent(moved, "verify", str(tmp_path / "all.jsonl"), *named)
        assert sentence.startswith("True: "), sentence
        (tmp_path / "kept").write_bytes(kept_checkpoint)
        assert moved.choose().status == 201
        size = kept_checkpoint.split(b"\n")[1].decode()
        growth = wait_for(lambda: (found := moved.ask(f"/log/{KEY}/consistency?from={size}")).status == 200 and found)
        (tmp_path / "growth").write_bytes(growth.body)
        grown = consent(moved, "verify", str(tmp_path / "growth"), "--old", str(tmp_path / "kept"), *named[:2])
        assert grown.startswith("True"), grown
        walk.done("O12")
    finally:
        moved.stop()


def consent(service: Service, *arguments: str) -> str:
    """Run a command on the instance of `service` as its operator does, and return its output."""
    done = CliRunner().invoke(main, arguments, env=service.whole_environ, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()
