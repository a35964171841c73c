"""Each command that changes something is recorded in the log: the commands come from the command line's own tree."""

import contextlib
import datetime
import json
import os
import sqlite3
from collections.abc import Iterator

import click
import pytest

from consent.cli import main
from consent.log.audit_labels import AUDIT_WORDS
from consent.storage.database.engine import make_engine
from consent.storage.log.entry_index import payload_of
from consent.storage.receipts.writer import ReceiptWriter
from tests.dashboard.outdated_vendor import with_older_amplitude
from tests.storage.sample_receipts import receipt_of

TELLS_NOTHING = {
    "alarms": "reads",
    "audit": "reads a page",
    "classify run": "reads",
    "classify train": "writes a file",
    "config diff": "reads",
    "config sites": "reads",
    "config export": "reads",
    "csp": "reads",
    "db backup": "copies the database",
    "db restore": "puts another database in the place of the log itself",
    "db upgrade": "tells as a publish what it publishes again: tests/publishing/test_republish.py",
    "demo": "serves",
    "doctor": "reads",
    "edge": "writes files for a web server",
    "geo update": "changes a file of facts, not the database",
    "group list": "reads",
    "gvl update": "keeps a list of vendors, which changes no site until it is published",
    "install-unit": "writes units of systemd, not the database",
    "months forget": "writes files anew without what was told as an erasure",
    "months list": "reads",
    "receipts export": "reads",
    "receipts resume": "writes a file that was asked for, which was told",
    "rules export": "writes a file",
    "rules verify": "reads",
    "run": "serves",
    "scan": "reads a site",
    "subject-of": "reads",
    "stats recount": "makes sums again of what the log itself has",
    "texts review": "writes a file",
    "verify": "reads",
    "witness": "cosigns logs of others in a file of its own",
}
TOLD_AS_ERASURES = {"receipts erase", "receipts prune", "receipts replay-erasures"}
"""Commands recorded by the log's erasure entries; tests/cli/test_receipts.py tests them."""
OF_RECEIPTS = {"receipts hold", "receipts object", "receipts restrict"}
"""Commands that need a receipt: tested below."""
OF_MONTHS = {"months attach", "months detach"}
"""Commands that need receipts from an old month; tests/cli/test_months.py tests their entries."""
OF_RULES = {"rules accept", "rules discard", "rules import"}
"""Commands that need a rule package; tests/cli/test_rules.py tests their entries."""
OF_MOVING = {"import choices", "import seal", "import site"}
"""Commands that need another tool's files. Choices become receipts; tests/cli/test_moving.py tests the rest."""
OF_GROUPS = {"group publish"}
"""Commands that need a site group with a changed draft: tested below."""
CHANGES = {
    "config import": ("config", "import", "shop", "-"),
    "site create": ("site", "create", "two", "--name", "Two", "--host", "https://two.example"),
    "group set": ("group", "set", "Brands", "shop", "two"),
    "config renew": ("config", "renew", "shop"),
    "config publish": ("config", "publish", "shop"),
    "config restore": ("config", "restore", "shop", "1", "--overwrite"),
    "evidence": ("evidence", "shop", "--date", "TODAY", "-o", os.devnull),
    "keys rotate": ("keys", "rotate", "receipt"),
    "site stop": ("site", "stop", "shop"),
    "site resume": ("site", "resume", "shop"),
    "site retention": ("site", "retention", "shop", "24"),
    "group copy": ("group", "copy", "Brands", "shop", "--section", "controller"),
    "group apply": ("group", "apply", "Brands"),
    "site archive": ("site", "archive", "two"),
    "site delete": ("site", "delete", "two", "--name", "Two"),
    "token create": ("token", "create", "--scope", "decide", "--site", "shop"),
    "user forget": ("user", "forget", "leo@example.com"),
    "user reset": ("user", "reset", "admin@example.com", "--second-factor"),
    "user create": ("user", "create", "eva@example.com", "--role", "viewer", "--site", "shop"),
}
"""The arguments of each command for a call that works on the site `shop`."""


def leaves(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        here = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from leaves(command, here)
        else:
            yield here


def audit_entries(folder):
    with contextlib.closing(sqlite3.connect(folder / "instance" / "consent.sqlite")) as connection:
        rows = connection.execute("SELECT jws FROM log_entry WHERE kind = 'audit' ORDER BY id")
        return [payload_of(jws) for (jws,) in rows]


def test_each_command_that_changes_something_has_an_audit_test(say) -> None:
    elsewhere = TOLD_AS_ERASURES | OF_RECEIPTS | OF_MONTHS | OF_RULES | OF_MOVING | OF_GROUPS
    found = set(leaves(main)) - set(TELLS_NOTHING) - elsewhere
    assert found == set(CHANGES), "a command that changes something must write an audit entry and stand here"


def test_changes_by_each_command_are_audited(say, site, tmp_path):
    given = {"config import": json.dumps(with_older_amplitude(site))}
    for name in ("leo", "admin"):
        say("user", "create", f"{name}@example.com")
    for name, words in CHANGES.items():
        before = len(audit_entries(tmp_path))
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        code, said = say(*(today if word == "TODAY" else word for word in words), given=given.get(name))
        assert code == 0, (name, said)
        new = audit_entries(tmp_path)[before:]
        assert new, f"{name} writes no audit entry"
        assert {claims["by"] for claims in new} == {"command line"}
        assert {claims["action"] for claims in new} <= set(AUDIT_WORDS)
        assert not any(name in str(new) for name in ("eva", "leo"))


def test_publishing_a_group_audits_the_version_of_each_site(say, site, tmp_path):
    for words in (CHANGES["config import"], CHANGES["config renew"], ("group", "set", "Brands", "shop")):
        assert say(*words, given=json.dumps(with_older_amplitude(site)))[0] == 0
    code, said = say("group", "publish", "Brands", "--note", "Spring")
    assert code == 0, said
    new = audit_entries(tmp_path)[-1]
    assert (new["action"], new["by"], new["site"]) == ("version.published", "command line", "shop")


def test_a_user_is_erased_and_the_log_keeps_an_id_that_nobody_can_follow(say, site, tmp_path):
    say("user", "create", "chief@example.com")
    say("user", "create", "eva@example.com")
    assert say("user", "forget", "nobody@example.com") == (1, "Error: There is no user nobody@example.com.")
    code, said = say("user", "forget", "Eva@Example.com", "--json")
    assert code == 0, said
    audit_id, stopped = json.loads(said)["id"], json.loads(said)["stopped_tokens"]
    assert stopped == []
    assert audit_entries(tmp_path)[-1]["subject"] == audit_id
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "consent.sqlite")) as connection:
        dump = "\n".join(connection.iterdump())
    assert ("eva@" in dump, "chief@" in dump) == (False, True)
    code, said = say("user", "forget", "chief@example.com")
    assert (code, "At least one user must be admin" in said) == (1, True)
    assert say("user", "forget", audit_id)[0] == 1


@pytest.mark.parametrize(("command", "kind"), [("hold", "hold"), ("object", "objection"), ("restrict", "restriction")])
def test_a_mark_is_audited_without_naming_anyone(say, site, tmp_path, command, kind):
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    writer, receipt = ReceiptWriter(engine, timeout=60), receipt_of(1)
    writer.submit(receipt)
    assert writer.close()
    engine.dispose()
    code, said = say("receipts", command, "shop", "--receipt", receipt.id, "--reason", "a court")
    assert code == 0, said
    assert say("receipts", command, "shop", "--receipt", receipt.id, "--lift")[0] == 0
    assert say("receipts", command, "shop", "--receipt", receipt.id, "--lift")[0] == 1
    new = audit_entries(tmp_path)[-2:]
    assert [claims["action"] for claims in new] == [f"{kind}.placed", f"{kind}.lifted"]
    assert receipt.id not in str(new)
    assert "court" not in str(new)
