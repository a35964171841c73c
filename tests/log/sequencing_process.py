"""A process meant to be killed: keeps sequencing pending leaves in small batches, and prints a line per round.

python -m tests.log.sequencing_process URL FOLDER
"""

import os
import sys
from pathlib import Path

from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from tests.log.sequencing import BASE_URL

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    the_sequencer = Sequencer(make_engine(sys.argv[1]), load_keys(folder / "keys"), BASE_URL, folder, batch=7)
    while True:
        the_sequencer.run()
        os.write(sys.stdout.fileno(), b"a round\n")
