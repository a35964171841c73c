"""A process to be killed: sequences what waits, over and over, in small batches, and prints a line for each round.

python -m tests.proof.sequencing_process URL FOLDER
"""

import os
import sys
from pathlib import Path

from consent.proof.keys import load_keys
from consent.proof.sequencer import Sequencer
from consent.storage.engine import make_engine
from tests.proof.cast import BASE_URL

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    the_sequencer = Sequencer(make_engine(sys.argv[1]), load_keys(folder / "keys"), BASE_URL, folder, batch=7)
    while True:
        the_sequencer.run()
        os.write(sys.stdout.fileno(), b"a round\n")
