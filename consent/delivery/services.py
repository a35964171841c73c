"""Build the services that deliver choices to other systems."""

from dataclasses import dataclass

from sqlalchemy import Engine

from consent.config import Settings
from consent.delivery.adapters import use_own_adapters
from consent.delivery.announce import Announcer
from consent.delivery.dispatcher import Dispatcher
from consent.delivery.housekeeping import DeliveryPruner, Periods
from consent.delivery.keys import DeliveryKeys
from consent.delivery.live_receivers import ReceiverDirectory
from consent.delivery.senders import Senders
from consent.outbound.public_addresses import AllowList
from consent.storage.delivery import receivers


@dataclass(frozen=True, slots=True)
class DeliveryServices:
    """The keys, the directory of receivers, the writer of events that no page causes, and the services that send."""

    keys: DeliveryKeys
    directory: ReceiverDirectory
    announcer: Announcer
    senders: Senders
    dispatcher: Dispatcher
    pruner: DeliveryPruner


def build_delivery(settings: Settings, engine: Engine, secret: bytes) -> DeliveryServices:
    """Return the delivery services; all keys are derived from `secret`, the instance's."""
    use_own_adapters(settings.instance)
    keys, directory = DeliveryKeys(secret), ReceiverDirectory()
    senders = Senders(engine, keys, settings.base_url, AllowList(settings.delivery_hosts))
    return DeliveryServices(
        keys,
        directory,
        Announcer(keys, directory),
        senders,
        Dispatcher(engine, senders, directory, settings.instance),
        DeliveryPruner(engine, Periods(settings.delivery_days, settings.delivery_dead_days)),
    )


def build_announcer(engine: Engine, secret: bytes) -> Announcer:
    """Return an announcer for a command, which has no dispatcher that loads the receivers."""
    directory = ReceiverDirectory()
    with engine.connect() as connection:
        directory.replace(receivers.every(connection))
    return Announcer(DeliveryKeys(secret), directory)
