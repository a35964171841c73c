"""The service without its sequencer, as an app factory, to measure the sequencer's cost."""

from consent.api.fast_path import Door
from consent.app import create_wsgi
from consent.log.sequencer_thread import Sequencer


def create() -> Door:
    """Make the service; its sequencer never looks."""
    Sequencer.start = lambda self: None  # type: ignore[method-assign]
    return create_wsgi()
