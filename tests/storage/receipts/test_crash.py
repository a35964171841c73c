import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, literal, select

from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.receipts import Receipt, ReceiptKey
from tests.storage.sample_receipts import receipt_of

ROOT = Path(__file__).parents[3]


def write_until_killed(engine: Engine, number: int) -> set[str]:
    """Run a writing process, kill it after `number` acknowledged receipts, and return all that it acknowledged."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.storage.writing_process", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(number)]
        process.kill()
        acknowledged += process.stdout.readlines()
    return {line.strip() for line in acknowledged}


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 300, 1000])
def test_kill_9_of_the_writing_process_loses_nothing_that_was_acknowledged(engine: Engine, number: int) -> None:
    acknowledged = write_until_killed(engine, number)
    with engine.connect() as transaction:
        # One statement has one snapshot: a batch may still be committed after the process is gone.
        both = select(literal("receipt"), Receipt.id).union_all(select(literal("key"), ReceiptKey.receipt_id))
        rows = transaction.execute(both).all()
    stored, keys = ({receipt for kind, receipt in rows if kind == wanted} for wanted in ("receipt", "key"))
    assert len(acknowledged) >= number
    assert acknowledged <= stored
    assert stored == keys
    writer = ReceiptWriter(engine, timeout=60)
    assert writer.submit(receipt_of(1)).created
    assert writer.close()
