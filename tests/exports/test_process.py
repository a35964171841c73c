"""The process that writes an export: what it reads before its first row, and what it reports about a failing disk."""

import gc
import subprocess
import sys

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.exports import Source, worker
from consent.exports.job_store import JobStore
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.receipts import export_rows

pytestmark = pytest.mark.app


@pytest.fixture
def instance(tmp_path, monkeypatch):
    """Return an empty instance that commands work on."""
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CONSENT_DEMO", "1")
    monkeypatch.delenv("CONSENT_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    engine = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    upgrade(engine)
    engine.dispose()


def test_it_reads_no_modules_of_users_or_the_demo_shop(instance):
    code = """
import sys
from consent.cli import main
main(["receipts", "resume"], standalone_mode=False)
import consent.exports.worker
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, modules = done.stdout.splitlines()
    assert said == "Wrote 0 rows to 0 exports."
    assert not {"flask_security", "consent.storage.tables.accounts", "consent.demo.seed"} & {*modules.split()}
    assert "consent.exports.worker" in modules.split()


def test_the_command_leaves_the_collector_of_circles_as_it_was(instance):
    assert CliRunner().invoke(main, ["receipts", "resume"]).exit_code == 0
    assert gc.isenabled()


def test_a_disk_that_fails_while_more_is_made_is_told(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("consent.exports.export_stream.CHUNK", 1)
    monkeypatch.setattr(worker, "NOTED_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(export_rows, "STEP", 2)
    context = shop.service.context
    source = Source(context.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)
    job = JobStore(context.engine, tmp_path, lambda site, job_id: None).request(
        "shop", shop.site_id, "csv", {}, "a" * 32
    )
    flushed, real = [], worker.os.fsync

    def failing(descriptor):
        flushed.append(descriptor)
        # A disk error is reported only once: the next fsync succeeds.
        if len(flushed) == 1:
            raise OSError(5, "Input/output error")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(worker.os, "fsync", failing)
        state = worker.write_export(source, job)
    assert (state.error, state.is_whole) == ("The file could not be written: Input/output error.", False)
    assert worker.write_export(source, job).is_whole
