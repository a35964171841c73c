"""Build the sequencer and the checkpoint webhook."""

from dataclasses import dataclass

from sqlalchemy import Engine

from consent.config import Settings
from consent.log.checkpoint_webhook import CheckpointHook
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import Keys


@dataclass(frozen=True, slots=True)
class LogServices:
    """The thread that appends to the logs, and the one that posts their checkpoints."""

    sequencer: Sequencer
    checkpoint_webhook: CheckpointHook


def build_log(settings: Settings, engine: Engine, keys: Keys) -> LogServices:
    """Return the sequencer and the webhook that it announces checkpoints to."""
    webhook = CheckpointHook(engine, settings.checkpoint_webhook, settings.base_url)
    sequencer = Sequencer(engine, keys, settings.base_url, settings.instance, announce=webhook.add)
    return LogServices(sequencer, webhook)
