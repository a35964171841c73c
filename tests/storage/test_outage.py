import logging

import pytest
from sqlalchemy.exc import OperationalError

from consent.storage.engine import make_engine
from consent.storage.outage import Outage

LOG = logging.getLogger("consent.test")


def refusal() -> OperationalError:
    engine = make_engine("postgresql://ann:secret@127.0.0.1:9/consent")
    with pytest.raises(OperationalError) as refused:
        engine.connect()
    engine.dispose()
    return refused.value


def test_an_outage_is_told_of_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="consent.test")
    outage, error = Outage(LOG, "sequencer"), refusal()
    outage.is_over()
    for _ in range(3):
        outage.begins(error)
    outage.is_over()
    outage.is_over()
    began, ended = [record.getMessage() for record in caplog.records]
    assert began.startswith("sequencer: the database does not answer (")
    assert "refused" in began
    assert "secret" not in began
    assert "\n" not in began
    assert ended == "sequencer: the database answers again"
