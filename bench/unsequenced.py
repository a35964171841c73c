"""The service without its sequencer, as an app factory, to measure the sequencer's cost."""

from consent.api.event_loop import RsgiApp
from consent.app import create_rsgi
from consent.log.sequencer_thread import Sequencer


def create() -> RsgiApp:
    """Make the service; its sequencer never looks."""
    Sequencer.start = lambda self: None  # type: ignore[method-assign]
    return create_rsgi()
