"""The service without its sequencer, as an app factory, to measure the sequencer's cost."""

from consent.api.event_loop import AsgiApp
from consent.app import create_asgi
from consent.log.sequencer_thread import Sequencer


def create() -> AsgiApp:
    """Create the service with a sequencer that never runs."""
    Sequencer.start = lambda self: None  # type: ignore[method-assign]
    return create_asgi()
