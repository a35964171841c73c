"""Build the sequencer, the checkpoint webhook and the witness threads."""

from dataclasses import dataclass

from sqlalchemy import Engine

from consent.config import Settings
from consent.log.checkpoint_webhook import CheckpointHook
from consent.log.sequencer_thread import Sequencer
from consent.log.witnesses import Witnesses
from consent.signing.keys import Keys


@dataclass(frozen=True, slots=True)
class LogServices:
    """The thread that appends to the logs, the one that posts their checkpoints, and those that get them cosigned."""

    sequencer: Sequencer
    checkpoint_webhook: CheckpointHook
    witnesses: Witnesses


def build_log(settings: Settings, engine: Engine, keys: Keys) -> LogServices:
    """Return the sequencer, the webhook that receives its checkpoints, and the witness threads."""
    webhook = CheckpointHook(engine, settings.checkpoint_webhook, settings.base_url)
    sequencer = Sequencer(engine, keys, settings.base_url, settings.instance, announce=webhook.add)
    witnesses = Witnesses(engine, settings.witness_policy, settings.instance)
    return LogServices(sequencer, webhook, witnesses)
