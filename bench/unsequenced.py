"""The service without its sequencer, to see what that costs: a factory for granian."""

from consent.api.door import Door
from consent.app import create_wsgi
from consent.proof.sequencer import Sequencer


def create() -> Door:
    """Make the service; its sequencer never looks."""
    Sequencer.start = lambda self: None  # type: ignore[method-assign]
    return create_wsgi()
