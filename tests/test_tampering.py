"""An attacker who has the database but no keys rewrites history by SQL; `consent verify` reports each change."""

import base64
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from consent import verify
from consent.app import load_rules
from consent.core.merkle import leaf_hash
from consent.exports import Export, Source
from consent.exports.atomic_file import write_file
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import Keys, load_keys
from consent.storage.database.engine import make_engine
from consent.storage.log import tree_store
from consent.storage.privacy import marks
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from tests.api.shop import open_shop

pytestmark = [pytest.mark.app, pytest.mark.attack]

BASE_URL = "http://127.0.0.1:8000"
COUNT = 6
LOG = f"127.0.0.1:8000/log/shop, which has {COUNT + 2} leaves"


class Case:
    """A copy of the database to tamper with, and what an auditor has: keys and an earlier checkpoint."""

    def __init__(self, given: Path, folder: Path) -> None:
        self.given, self.folder = given, folder
        self.file = folder / "consent.sqlite"
        shutil.copy(given / "consent.sqlite", self.file)
        self.ids = (given / "ids").read_text().split()

    def sql(self, *statements: str) -> None:
        """Change the database without the service; `:0` to `:5` are the receipt ids, oldest first."""
        connection = sqlite3.connect(self.file)
        names = {str(number): receipt for number, receipt in enumerate(self.ids)}
        for statement in statements:
            connection.execute(statement, {name: names[name] for name in names if f":{name}" in statement})
        connection.commit()
        connection.close()

    def rows(self, query: str, *values: str) -> list[tuple[str, ...]]:
        connection = sqlite3.connect(self.file)
        found = connection.execute(query, values).fetchall()
        connection.close()
        return found

    def engine(self) -> Engine:
        return make_engine(f"sqlite:///{self.file}")

    def sequence(self, keys: Keys, folder: Path) -> None:
        """Add all pending leaves to the log, as the service does when it resumes."""
        engine = self.engine()
        sequencer = Sequencer(engine, keys, BASE_URL, folder)
        while sequencer.run() or sequencer.lag:
            pass
        engine.dispose()

    def note(self) -> Path:
        engine = self.engine()
        with engine.connect() as connection:
            head = tree_store.head(connection, 1)
        engine.dispose()
        assert head is not None
        (self.folder / "checkpoint").write_text(head.note)
        return self.folder / "checkpoint"

    def verdict(self, filters: Filters | None = None) -> tuple[int, str]:
        """Export the current receipts and verify them with the auditor's keys."""
        engine = self.engine()
        with engine.connect() as connection:
            site = sites.by_key(connection, "shop")
        assert site is not None
        source = Source(engine, load_rules(), [], BASE_URL)
        export = Export(source, site.id, "shop", filters or Filters(), "jsonl")
        write_file(export, self.folder / "export.jsonl", lambda count: None)
        engine.dispose()
        return self.check(self.folder / "export.jsonl")

    def check(self, file: Path, old: Path | None = None) -> tuple[int, str]:
        return verify.check(file, [self.given / "vkey", self.given / "jwks"], old)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record choices and keep the service's files, the keys and the newest checkpoint."""
    folder = tmp_path_factory.mktemp("given")
    shop = open_shop(folder)
    ids = [shop.choose(shop.choice(key=f"{number:032x}")).json["id"] for number in range(COUNT)]  # type: ignore[index]
    while shop.service.context.log.sequencer.run() or shop.service.context.log.sequencer.lag:
        pass
    token = shop.token("log:read")
    for name, path in (
        ("vkey", "/log/shop/vkey"),
        ("jwks", "/.well-known/jwks.json"),
        ("kept", "/log/shop/checkpoint"),
    ):
        (folder / name).write_bytes(shop.get(path, Authorization=token).data)
    (folder / "ids").write_text("\n".join(ids))
    shop.service.close()
    connection = sqlite3.connect(folder / "consent.sqlite")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


@pytest.fixture
def case(given: Path, tmp_path: Path) -> Iterator[Case]:
    return Case(given, tmp_path)


def forged(jws: str, change: Callable[[dict[str, object]], None]) -> str:
    """Return the receipt with changed claims but the original signature."""
    head, payload, signature = jws.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    change(claims)
    payload = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{head}.{payload}.{signature}"


def test_an_unmodified_export_verifies(case: Case) -> None:
    code, said = case.verdict()
    assert (code, said.startswith(f"True: {COUNT} receipts"), "everything else is included" in said) == (0, True, True)


def test_what_was_told_since_the_checkpoint_is_no_leaf_of_it(case: Case) -> None:
    engine, key = case.engine(), load_keys(case.given / "keys").receipt
    with engine.begin() as connection:
        site = sites.by_key(connection, "shop")
        assert site
        Author(COMMAND_LINE, key).record(connection, site, "export.created", "one", None, {}, 1_795_000_000)
    engine.dispose()
    code, said = case.verdict()
    assert (code, "everything else is included" in said) == (0, True), said


def test_a_restricted_receipt_leaves_no_gap_and_is_its_hash_alone(case: Case) -> None:
    engine = case.engine()
    with engine.begin() as connection:
        on = Subject("receipt", case.ids[2])
        marks.put(connection, 1, marks.RESTRICTION, on, reason="asked", by="tests", now=1)
    engine.dispose()
    code, sentence = case.verdict()
    assert (code, sentence.partition(". ")[0]) == (
        0,
        f"True: {COUNT} receipts are in the log {LOG}; everything else is included",
    )
    text = (case.folder / "export.jsonl").read_text()
    (row,) = [json.loads(line) for line in text.splitlines() if '"restricted"' in line]
    assert row.keys() == {"restricted", "leaf_hash", "index", "proof"}
    assert case.ids[2] not in text
    assert case.verdict(Filters(restricted="include"))[0] == 0
    assert case.ids[2] in (case.folder / "export.jsonl").read_text()


def test_a_changed_receipt_is_named(case: Case) -> None:
    case.sql("UPDATE receipt SET action = 'reject_all', analytics = 0 WHERE id = :2")
    code, said = case.verdict()
    assert (code, case.ids[2] in said, "a different value of action, choices" in said) == (1, True, True)


def test_a_receipt_whose_signed_text_was_changed_too_is_named(case: Case) -> None:
    ((jws,),) = case.rows("SELECT jws FROM receipt WHERE id = ?", case.ids[2])
    other = forged(jws, lambda claims: claims.update(action="reject_all"))
    case.sql(f"UPDATE receipt SET action = 'reject_all', jws = '{other}' WHERE id = :2")
    code, said = case.verdict()
    assert (code, case.ids[2] in said) == (1, True)


def test_a_removed_receipt_is_named_by_its_number(case: Case) -> None:
    ((index,),) = case.rows("SELECT log_index FROM receipt WHERE id = ?", case.ids[3])
    case.sql("DELETE FROM receipt_personal WHERE receipt_id = :3", "DELETE FROM receipt WHERE id = :3")
    code, said = case.verdict()
    assert (code, f"leaf {index} of the log" in said, "missing" in said) == (1, True, True)
    code, said = case.verdict(Filters(action="accept_all"))
    assert (code, "only an unfiltered export can show" in said) == (0, True)


def test_a_line_taken_out_of_the_file_is_named_by_its_number(case: Case) -> None:
    assert case.verdict()[0] == 0
    file = case.folder / "export.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    index = json.loads(lines[1])["index"]
    file.write_text("".join([lines[0], *lines[2:]]))
    code, said = case.check(file)
    assert (code, f"leaf {index} of the log" in said, "is missing" in said) == (1, True, True), said


def test_detects_a_receipt_blanked_as_if_it_were_erased(case: Case) -> None:
    case.sql("UPDATE receipt SET erased = 1, jws = '' WHERE id = :3")
    code, said = case.verdict()
    assert (code, "blank as if erased" in said) == (1, True)


def test_a_removed_receipt_that_an_entry_stands_in_for_is_told(case: Case) -> None:
    case.sql(
        "INSERT INTO log_entry (site_id, log_index, time, kind, subject, leaf_hash, jws)"
        " SELECT site_id, log_index, time, 'audit', 'draft.changed', leaf_hash,"
        " (SELECT jws FROM log_entry WHERE site_id = 1 LIMIT 1) FROM receipt WHERE id = :3",
        "DELETE FROM receipt WHERE id = :3",
    )
    code, said = case.verdict()
    assert (code, "is not number" in said) == (1, True)


def test_swapped_receipts_are_named(case: Case) -> None:
    first, second = (case.rows("SELECT log_index FROM receipt WHERE id = ?", case.ids[at])[0][0] for at in (1, 4))
    case.sql(
        "UPDATE receipt SET log_index = NULL WHERE id = :4",
        f"UPDATE receipt SET log_index = {second} WHERE id = :1",
        f"UPDATE receipt SET log_index = {first} WHERE id = :4",
    )
    code, said = case.verdict()
    assert (code, any(case.ids[at] in said for at in (1, 4)), "is not number" in said) == (1, True, True)


def test_an_added_receipt_is_named_also_once_the_service_gave_it_a_place(case: Case) -> None:
    made = "f" * 32
    ((jws,),) = case.rows("SELECT jws FROM receipt WHERE id = ?", case.ids[0])
    columns = [row[1] for row in case.rows("PRAGMA table_info(receipt)")]
    other = forged(jws, lambda claims: claims.update(id=made))
    replaced = {"id": f"'{made}'", "log_index": "NULL", "jws": f"'{other}'"}
    replaced["leaf_hash"] = f"x'{leaf_hash(other.encode()).hex()}'"
    values = ", ".join(replaced.get(column, column) for column in columns)
    case.sql(f"INSERT INTO receipt ({', '.join(columns)}) SELECT {values} FROM receipt WHERE id = :0")
    assert (case.verdict()[0], made in case.verdict()[1]) == (1, True)
    shutil.copytree(case.given / "checkpoints", case.folder / "checkpoints")
    case.sequence(load_keys(case.given / "keys"), case.folder)
    code, said = case.verdict()
    assert (code, made in said, "not signed" in said) == (1, True, True)


def set_back(case: Case) -> None:
    """Remove the newest receipt and the log's tiles and checkpoints."""
    case.sql(
        "DELETE FROM receipt WHERE id = :5",
        "DELETE FROM log_tile WHERE site_id = 1",
        "DELETE FROM log_checkpoint WHERE site_id = 1",
        "UPDATE receipt SET log_index = NULL",
        "UPDATE log_entry SET log_index = NULL WHERE site_id = 1",
    )


def test_a_log_set_back_under_a_forged_checkpoint_is_named(case: Case) -> None:
    set_back(case)
    case.sequence(load_keys(case.folder / "keys"), case.folder)
    code, said = case.verdict()
    assert (code, "the checkpoint of" in said, "not signed with a" in said) == (1, True, True)


def test_a_log_set_back_by_somebody_who_has_the_keys_too_is_named_by_an_older_checkpoint(case: Case) -> None:
    set_back(case)
    case.sequence(load_keys(case.given / "keys"), case.folder)
    assert case.verdict()[0] == 0
    code, said = case.check(case.note(), case.given / "kept")
    assert (code, "was rolled back" in said) == (1, True)


def test_the_service_itself_does_not_go_on_from_a_log_that_was_set_back(case: Case) -> None:
    set_back(case)
    shutil.copytree(case.given / "checkpoints", case.folder / "checkpoints")
    engine = case.engine()
    sequencer = Sequencer(engine, load_keys(case.given / "keys"), BASE_URL, case.folder)
    assert sequencer.run() == 0
    assert "the database has 0" in sequencer.warnings()[0]
    engine.dispose()
