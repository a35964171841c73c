"""A process meant to be killed: writes receipts in many threads and prints the id of each acknowledged one.

python -m tests.storage.writing_process URL
"""

import os
import sys
import threading

from consent.storage.database.engine import make_engine
from consent.storage.receipts.writer import ReceiptWriter
from tests.storage.sample_receipts import receipt_of


def write_on(writer: ReceiptWriter) -> None:
    while True:
        stored = writer.submit(receipt_of(1))
        # A single write smaller than a pipe's buffer is atomic: the kill can't cut a line.
        os.write(sys.stdout.fileno(), f"{stored.id}\n".encode())


if __name__ == "__main__":
    the_writer = ReceiptWriter(make_engine(sys.argv[1]), timeout=60)
    for _ in range(16):
        threading.Thread(target=write_on, args=(the_writer,)).start()
