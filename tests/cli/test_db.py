"""Backup and restore on both databases: a copy from before an erasure doesn't bring anyone back."""

import tarfile
import zipfile

import psycopg
import pytest
from click.testing import CliRunner

from consent.cli import main
from tests.cli.instance import BASE_URL, VISITORS
from tests.postgres import empty_cluster, find_binaries, started, superuser
from tests.schemas import EARLIER_SENTENCE, make_earlier

on_sqlite = pytest.mark.parametrize("instance", ["sqlite"], indirect=True)
WHY = ("--reason", "asked by letter")


@pytest.fixture
def copy(instance, tmp_path):
    """Back up the whole instance before anything is erased."""
    file = tmp_path / "copy.db"
    code, said = instance.say("db", "backup", str(file))
    assert code == 0, said
    assert file.stat().st_mode & 0o077 == 0
    return file


def restore(instance, copy, *options):
    instance.engine.dispose()
    return instance.say("db", "restore", str(copy), *options)


def test_a_restore_repeats_earlier_erasures(instance, copy):
    instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], "--level", "full", *WHY)
    code, said = restore(instance, copy, "--replace")
    assert code == 0, said
    assert (code, said) == (0, f"Restored the database from {copy} and erased 2 receipts again.")
    assert instance.personal() == [False, False, True]


def test_restores_what_was_not_erased(instance, copy):
    with instance.engine.begin() as transaction:
        transaction.exec_driver_sql("DELETE FROM receipt_personal")
    assert restore(instance, copy)[0] == 1
    assert instance.personal() == [False] * 3
    assert restore(instance, copy, "--replace")[0] == 0
    assert instance.personal() == [True] * 3


def test_no_file_is_overwritten_by_a_backup(instance, copy):
    before = copy.read_bytes()
    assert instance.say("db", "backup", str(copy))[0] == 1
    assert copy.read_bytes() == before


def test_a_file_that_is_no_copy_is_refused_and_nothing_changes(instance, tmp_path):
    for name, data in (("text", b"nothing"), ("empty", b""), ("torn", b"SQLite format 3\x00" + b"\xff" * 8000)):
        (tmp_path / name).write_bytes(data)
        code, said = restore(instance, tmp_path / name, "--replace")
        assert (code, "Traceback" in said) == (1, False), said
        assert instance.personal() == [True] * 3


def test_rejects_an_archive_with_path_traversal_and_writes_nothing(instance, tmp_path):
    (tmp_path / "evil.txt").write_text("evil")
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    with tarfile.open(inside / "slip.tar", "w") as tar, zipfile.ZipFile(inside / "slip.zip", "w") as archive:
        for name in ("../../slipped.txt", str(tmp_path / "slipped.txt"), "toc.dat"):
            tar.add(tmp_path / "evil.txt", name)
            archive.write(tmp_path / "evil.txt", name)
    for name in ("slip.tar", "slip.zip"):
        code, said = restore(instance, inside / name, "--replace")
        assert (code, "Traceback" in said) == (1, False), said
    assert not list(tmp_path.rglob("*slipped*"))
    assert instance.personal() == [True] * 3


def test_a_copy_of_an_earlier_program_is_refused_and_nothing_changes(instance, tmp_path):
    file = tmp_path / "earlier.db"
    make_earlier(instance.engine)
    assert instance.say("db", "backup", str(file))[0] == 0
    with instance.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE schema_need RENAME TO schema_requirement")
    code, said = restore(instance, file, "--replace")
    sentence = "export its receipts with that program, and start with a new database."
    assert (code, said) == (1, f"Error: {file} is a copy of an earlier program: {sentence}")
    assert instance.personal() == [True] * 3


def test_a_database_of_an_earlier_program_is_replaced_on_sqlite_alone(instance, copy):
    make_earlier(instance.engine)
    code, said = restore(instance, copy, "--replace")
    if instance.engine.dialect.name == "sqlite":
        assert (code, instance.personal()) == (0, [True] * 3)
    else:
        # Its tables have other names: they would remain next to the new ones, with their content.
        assert (code, said) == (1, f"Error: {EARLIER_SENTENCE}")


@on_sqlite
def test_a_database_that_is_in_use_is_not_replaced(instance, copy):
    target = instance.engine.url.database
    with instance.engine.connect() as used:
        used.exec_driver_sql("SELECT 1 FROM receipt")
        code, said = instance.say("db", "restore", str(copy), "--replace")
        assert (code, said) == (1, f"Error: {target} is in use; stop the service first. Nothing was changed.")
    assert not list(instance.folder.glob("*.restored"))
    assert restore(instance, copy, "--replace")[0] == 0


@on_sqlite
def test_a_damaged_database_can_be_given_up(instance, copy):
    instance.engine.dispose()
    target = instance.folder / instance.engine.url.database
    for name, data in ((target, b"\xff" * 9000), (target.with_name(target.name + "-wal"), b"\xff" * 9000)):
        name.write_bytes(data)
    assert restore(instance, copy, "--replace")[0] == 0
    assert instance.personal() == [True] * 3


@pytest.mark.postgres
def test_a_database_that_asks_for_a_password_is_copied_and_restored(tmp_path, monkeypatch):
    binaries = find_binaries()
    with empty_cluster() as folder:
        (folder / "data" / "pg_hba.conf").write_text(
            f"local all {superuser()} trust\nlocal all all scram-sha-256\n", encoding="utf-8"
        )
        with started(binaries, folder, fsync=False):
            with psycopg.connect(host=str(folder), user=superuser(), dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE ROLE keeper LOGIN PASSWORD 'a b/c@d:%'")
                connection.execute("CREATE DATABASE kept OWNER keeper")
            monkeypatch.chdir(tmp_path)
            settings = {"INSTANCE": str(tmp_path), "SECRET_KEY": "0f1e2d3c4b5a6978" * 4, "BASE_URL": BASE_URL}
            settings["DATABASE_URL"] = f"postgresql://keeper:a%20b%2Fc%40d%3A%25@/kept?host={folder}"
            for name, value in settings.items():
                monkeypatch.setenv(f"CONSENT_{name}", value)
            for words in ("db upgrade", "db backup copy.db", "db restore copy.db --replace"):
                result = CliRunner().invoke(main, words.split(), catch_exceptions=False)
                assert result.exit_code == 0, result.output
    assert b"a b/c@d" not in (tmp_path / "copy.db").read_bytes()
