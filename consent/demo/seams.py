"""What the demo asks of the rest of the program, in one place: a database that is filled."""

from sqlalchemy import Connection

from consent.app import load_artefacts, load_rules
from consent.config import Settings
from consent.dashboard.new_person import add_person
from consent.demo.ports import Ports
from consent.demo.seed import Seams, Seeded, seed
from consent.snapshots.publish import publish
from consent.storage.engine import make_engine
from consent.storage.schema import upgrade


def prepare_database(settings: Settings, ports: Ports) -> Seeded:
    """Bring the database of `settings` to the newest schema and fill it with what the demo needs."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database)

    def publish_site(key: str) -> None:
        publish(engine, key, load_rules(), load_artefacts(), "demo", "The demo's first version")

    def add_admin(connection: Connection, email: str, password: str) -> None:
        add_person(connection, email, password, "admin", name="Administrator")

    try:
        upgrade(engine)
        return seed(engine, settings.instance, Seams(publish_site, add_admin), ports)
    finally:
        engine.dispose()
