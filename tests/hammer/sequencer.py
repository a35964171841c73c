"""A sequencer in its own process, to be killed: `python -m tests.hammer.sequencer`, with the service's settings.

Its rounds are small, so that a kill hits the middle of one.
"""

import time

from sqlalchemy.exc import SQLAlchemyError

from consent.config import load_settings
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine

if __name__ == "__main__":
    settings = load_settings()
    keys = load_keys(settings.instance / "keys")
    the_sequencer = Sequencer(make_engine(settings.database), keys, settings.base_url, settings.instance, batch=20)
    while True:
        try:
            the_sequencer.run()
        except SQLAlchemyError:
            time.sleep(0.1)
        time.sleep(0.02)
