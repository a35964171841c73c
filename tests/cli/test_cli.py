"""The command line as an operator types it in an instance of their own."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from consent.cli.common import settings_or_exit
from consent.geo import SHIPPED_DATABASE
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import newest_revision
from tests.operating.service import ROOT, free_port
from tests.schemas import EARLIER_SENTENCE, later_program, make_earlier

pytestmark = pytest.mark.extended

PASSWORD = "four quiet green owls"


def test_a_site_is_made_filled_compared_and_published(say, site):
    said = say("config", "diff", "shop")[1]
    assert "differences" in said
    assert ("Company" in said, "All tags are stopped" in said, "nothing -> nothing" in said) == (True, False, False)
    code, said = say("config", "publish", "shop", "--note", "first")
    assert (code, "\nPublished version 1 of shop as " in said) == (0, True)
    assert say("config", "diff", "shop")[1].startswith("0 differences")


def test_all_tags_of_a_site_are_stopped_and_run_again(say, site):
    assert say("site", "stop", "shop") == (1, "Error: Nothing is published for shop, so none of its tags runs.")
    assert say("site", "stop", "nowhere") == (1, "Error: There is no site nowhere.")
    say("config", "publish", "shop")
    code, said = say("site", "stop", "shop", "--json")
    assert (code, json.loads(said)) == (0, {"site": "shop", "stopped": True, "version": 2})
    assert say("site", "stop", "shop") == (0, "The tags of shop are stopped already.")
    assert json.loads(say("config", "export", "shop")[1])["overrides"]["kill_switch"]
    assert say("site", "resume", "shop") == (0, "The tags of shop run with version 3: as they did before.")


def test_a_new_host_is_published_once_a_second_user_proves_to_have_looked(say, site):
    say("config", "publish", "shop")
    draft = json.loads(say("config", "export", "shop")[1])
    draft["hosts"].append("https://new.example")
    say("config", "import", "shop", "-", given=json.dumps(draft))
    say("user", "create", "eva@example.com", "--role", "viewer")
    say("user", "create", "leo@example.com", "--role", "marketing", "--site", "shop", "--password", PASSWORD)
    code, said = say("config", "publish", "shop")
    assert (code, "https://new.example is a new host" in said) == (1, True)
    assert say("config", "publish", "shop", "--seen-by", "eva@example.com")[0] == 1
    assert say("config", "publish", "shop", "--seen-by", "nobody@example.com")[0] == 1
    assert say("config", "publish", "shop", "--seen-by", "Leo@example.com")[0] == 1
    code, said = say("config", "publish", "shop", "--seen-by", "Leo@example.com", given="another password\n")
    assert (code, "Wrong password." in said) == (1, True)
    code, said = say("config", "publish", "shop", "--seen-by", "Leo@example.com", given=f"{PASSWORD}\n")
    assert (code, "Added: https://new.example" in said) == (0, True), "what changes stands before the proof"


def test_a_publish_without_the_controllers_facts_is_refused(say):
    say("db", "upgrade")
    say("site", "create", "shop", "--name", "Shop", "--host", "https://www.example.com")
    code, said = say("config", "publish", "shop")
    assert code == 1
    assert "controller.name" in said


@pytest.mark.parametrize("host", ["www.example.com", "https://www.example.com/", "javascript:alert(1)", "https://a b"])
def test_a_host_that_is_no_origin_is_refused(say, host):
    say("db", "upgrade")
    assert say("site", "create", "shop", "--name", "Shop", "--host", host)[0] == 1


def test_a_choice_on_a_new_site_counts_on_the_domain_that_its_hosts_share(say):
    say("db", "upgrade")
    hosts = ("--host", "https://www.shop.example", "--host", "https://shop.example")
    say("site", "create", "shop", "--name", "Shop", *hosts)
    assert '"cookie_scope": "shop.example"' in say("config", "export", "shop")[1]


def test_rejects_an_invalid_key_with_an_example(say):
    say("db", "upgrade")
    code, said = say("site", "create", "My shop", "--name", "Shop", "--host", "https://www.example.com")
    assert (code, "lowercase letters, digits and hyphens" in said) == (1, True), said


def test_a_draft_of_another_site_or_with_unknown_fields_is_refused(say, site):
    for change in ({"site": "other"}, {"color": "red"}, {"hosts": []}):
        assert say("config", "import", "shop", "-", given=json.dumps(site | change))[0] == 1
    assert say("config", "import", "shop", "-", given="{")[0] == 1
    assert json.loads(say("config", "export", "shop")[1]) == site


def test_a_token_is_printed_alone(say, site):
    code, said = say("token", "create", "--scope", "decide", "--scope", "receipts:read", "--site", "shop")
    assert code == 0
    assert said.startswith("cst_")
    assert len(said.split()) == 1
    assert say("token", "create", "--scope", "decide", "--site", "nobody")[0] == 1
    assert say("token", "create", "--scope", "everything")[0] == 2


def test_a_user_is_added_once_and_gets_further_roles(say, site):
    code, said = say("user", "create", "eve@example.com", "--role", "compliance", "--site", "shop")
    assert code == 0
    assert "Password: " in said
    code, said = say("user", "create", "eve@example.com", "--role", "marketing")
    assert (code, "Password" in said) == (0, False)
    assert say("user", "create", "no address")[0] == 1
    assert say("user", "create", "bob@example.com", "--password", "short")[0] == 1


def test_a_backup_is_whole_and_is_restored(say, site, tmp_path):
    say("config", "publish", "shop")
    copy = tmp_path / "copy.sqlite"
    assert say("db", "backup", str(copy))[0] == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert say("db", "backup", str(copy))[0] == 1
    say("config", "publish", "shop")
    assert say("db", "restore", str(copy))[0] == 1
    assert say("db", "restore", str(copy), "--replace")[0] == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "consent.sqlite")) as restored:
        assert restored.execute("SELECT max(version) FROM config").fetchone() == (1,)


def test_a_damaged_copy_is_not_restored(say, site, tmp_path):
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8000)
    code, said = say("db", "restore", str(damaged), "--replace")
    assert code == 1, said
    assert json.loads(say("config", "export", "shop")[1]) == site


def test_receipts_are_exported_to_a_file_or_to_standard_output(say, site, tmp_path):
    out = tmp_path / "receipts.csv"
    assert say("receipts", "export", "shop", "--format", "csv", "--output", str(out))[0] == 0
    assert out.read_text().startswith("id,time,")
    code, said = say("receipts", "export", "shop", "--filter", "country=DE")
    assert (code, json.loads(said)["manifest"]["count"]) == (0, 0)
    assert say("receipts", "export", "shop", "--filter", "color=red")[0] == 1


def test_a_geo_database_is_checked_before_it_is_installed(say, site, tmp_path, monkeypatch):
    assert say("geo", "update", str(SHIPPED_DATABASE))[0] == 1
    target = tmp_path / "geo.mmdb"
    monkeypatch.setenv("CONSENT_GEO_DATABASE", str(target))
    damaged = tmp_path / "damaged.mmdb"
    damaged.write_bytes(b"nothing")
    assert say("geo", "update", str(damaged))[0] == 1
    assert not target.exists()
    fresh = tmp_path / "fresh.mmdb"
    shutil.copy(SHIPPED_DATABASE, fresh)
    assert say("geo", "update", str(fresh))[0] == 0
    assert target.stat().st_size == SHIPPED_DATABASE.stat().st_size


def test_doctor_names_the_problem(say, tmp_path):
    code, said = say("doctor", "--json")
    findings = {finding["part"]: finding for finding in json.loads(said)}
    assert code == 1
    assert "consent db upgrade" in findings["database"]["sentence"]
    say("db", "upgrade")
    findings = {finding["part"]: finding for finding in json.loads(say("doctor", "--json")[1])}
    assert findings["database"]["ok"]
    assert findings["keys"]["ok"]
    assert not findings["service"]["ok"]
    (tmp_path / "instance" / "keys" / "receipt.key").chmod(0o644)
    assert "FAIL keys" in say("doctor")[1]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CONSENT_SECRET_KEY", "short", "CONSENT_SECRET_KEY must be"),
        ("CONSENT_SECRET_KEY", "a" * 64, "CONSENT_SECRET_KEY must be"),
        ("CONSENT_BASE_URL", "http://consent.example.com", "CONSENT_BASE_URL must be https"),
        ("CONSENT_BASE_URL", "consent", "CONSENT_BASE_URL must be like"),
        ("CONSENT_DATABASE_URL", "mysql://x", "CONSENT_DATABASE_URL must begin"),
        ("CONSENT_TRUSTED_PROXIES", "everyone", "is not a network"),
        ("CONSENT_TRUSTED_PROXIES", "0.0.0.0/0", "would trust every address"),
        ("CONSENT_PROXY_HOPS", "2", "requires CONSENT_TRUSTED_PROXIES"),
        ("CONSENT_PROXY_HOPS", "many", "whole number"),
        ("CONSENT_EDGE", "akamai", "CONSENT_EDGE must be one of"),
        ("CONSENT_EDGE", "cloudflare", "CONSENT_EDGE requires"),
        ("CONSENT_WRITE_LIMIT", "-1", "whole number"),
        ("CONSENT_WORKERS", "4", "CONSENT_WORKERS must be 1 on SQLite"),
        ("CONSENT_COLOR", "red", "CONSENT_COLOR is not a setting"),
        ("CONSENT_DEMO", "yes", "CONSENT_DEMO must be 0 or 1"),
    ],
)
def test_names_an_invalid_setting(say, monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    code, said = say("db", "upgrade")
    assert code == 1
    assert sentence in said


def test_a_command_next_to_a_demo_uses_its_database(say, monkeypatch, tmp_path):
    monkeypatch.setenv("CONSENT_SECRET_KEY", "")
    monkeypatch.setenv("CONSENT_DEMO", "")  # so that the test restores it afterwards
    assert not settings_or_exit().demo
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "demo-shop-token").write_text("t")
    assert settings_or_exit().demo
    assert say("db", "upgrade")[0] == 0
    monkeypatch.setenv("CONSENT_DEMO", "0")
    assert not settings_or_exit().demo


def test_a_service_in_public_is_no_demo_by_itself(say, monkeypatch, tmp_path):
    monkeypatch.setenv("CONSENT_SECRET_KEY", "")
    monkeypatch.setenv("CONSENT_DEMO", "")
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "demo-shop-token").write_text("t")
    code, said = say("run")
    assert (code, "is the folder of a demo" in said) == (1, True)


def test_a_reset_gives_another_password_on_the_servers_own_shell(say, site):
    say("user", "create", "leo@example.com", "--password", "four quiet green owls")
    code, said = say("user", "reset", "leo@example.com", "--json")
    assert (code, len(json.loads(said)["password"])) == (0, 20)
    code, said = say("user", "reset", "leo@example.com", "--password", "short")
    assert (code, "at least 8" in said) == (1, True)
    assert say("user", "reset", "eva@example.com") == (1, "Error: There is no user eva@example.com.")


def test_a_role_on_a_group_needs_the_group(say, site):
    assert say("user", "create", "leo@example.com", "--group", "Shops") == (1, "Error: There is no group Shops.")


def test_a_database_of_another_version_gets_a_sentence_and_not_a_trace(say, site, tmp_path):
    with later_program(tmp_path):
        code, said = say("site", "stop", "shop")
    assert code == 1
    assert said.startswith(f"Error: The database is at version {newest_revision()}, not 9000")
    assert said.endswith("run `consent db upgrade`.")


@pytest.mark.server
def test_a_database_of_an_earlier_program_is_refused_by_each_command_that_would_use_it(say, site, tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    make_earlier(engine)
    engine.dispose()
    own = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in (("site", "stop", "shop"), ("db", "upgrade"), ("run", "--port", str(free_port()))):
        # In a subprocess: `run` checks the database in another process, and CliRunner can't capture its output.
        done = subprocess.run([sys.executable, "-m", "consent.cli", *command], capture_output=True, text=True, env=own)
        assert (done.returncode, done.stderr.strip()) == (1, f"Error: {EARLIER_SENTENCE}"), command
    code, said = say("doctor")
    assert (code, EARLIER_SENTENCE in said) == (1, True), said


def test_an_empty_database_and_one_that_does_not_answer_get_a_sentence(say, monkeypatch):
    sentence = "Error: The database is empty; run `consent db upgrade`."
    assert say("user", "create", "eva@example.com") == (1, sentence)
    monkeypatch.setenv("CONSENT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    code, said = say("user", "create", "eva@example.com")
    assert code == 1
    assert said.startswith("Error: The database does not respond: ")
    assert "refused" in said


PRINTING = [["--help"], ["site", "--help"], ["config", "export", "shop"]]
STREAMING = [["classify", "run", "rows.csv"], ["doctor"]]


@pytest.mark.server
@pytest.mark.parametrize("arguments", PRINTING + STREAMING, ids=" ".join)
def test_a_full_standard_output_gets_one_error_message(site, tmp_path, arguments):
    (tmp_path / "rows.csv").write_text("name\n" + "_new_name\n" * 2_000)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "consent.cli", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.stderr == "Error: cannot write the output: No space left on device.\n"
    assert done.returncode == 2


def run_with_closed_output(*arguments):
    """Run a command with its output closed, as `consent … >&-` does."""
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "consent.cli", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.server
@pytest.mark.parametrize(
    "arguments", [*PRINTING, *(pytest.param(one, marks=pytest.mark.long) for one in STREAMING)], ids=" ".join
)
def test_a_closed_standard_output_gets_one_error_message(site, tmp_path, arguments):
    (tmp_path / "rows.csv").write_text("name\n" + "_new_name\n" * 2_000)
    done = run_with_closed_output(*arguments)
    assert done.stderr == "Error: cannot write the output: standard output is closed.\n"
    assert done.returncode == 2


@pytest.mark.server
def test_a_closed_standard_output_hides_no_other_fault_and_what_is_written_elsewhere_is_whole(site, tmp_path):
    other = run_with_closed_output("config", "export", "nobody")
    assert (other.returncode, "nobody" in other.stderr, "output" in other.stderr) == (1, True, False)
    run_with_closed_output("config", "export", "shop", "--output", "shop.json")
    assert json.loads((tmp_path / "shop.json").read_text()) == site


@pytest.mark.server
def test_a_reader_that_closes_the_pipe_gets_no_error(site, tmp_path):
    (tmp_path / "rows.csv").write_text("name\n" + "_new_name\n" * 2_000)
    command = [sys.executable, "-m", "consent.cli", "classify", "run", "rows.csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"name,")
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 1)


@pytest.mark.server
def test_the_command_line_loads_a_library_only_for_the_command_that_needs_it():
    code = "import sys, consent.cli, consent.cli.run; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"sqlalchemy", "flask", "babel", "jsonschema", "joserfc", "maxminddb"} & set(done.stdout.split())
