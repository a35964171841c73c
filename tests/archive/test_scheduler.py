"""Months that are detached automatically: off unless a setting says after how long."""

import datetime
import logging

import pytest

from consent.archive.scheduler import ArchiveScheduler
from consent.config import SettingsError, load_settings
from consent.storage.archive import detached_months
from consent.storage.maintenance.housekeeping import Housekeeping
from consent.storage.selection.subjects import Subject
from tests.api.shop import open_shop
from tests.archive.months import NOVEMBER, OCTOBER

pytestmark = pytest.mark.app

MARCH = datetime.datetime(2025, 3, 15, tzinfo=datetime.UTC).timestamp()
ENVIRON = {"CONSENT_SECRET_KEY": "0f1e2d3c4b5a6978" * 4, "CONSENT_BASE_URL": "http://127.0.0.1:9"}


def keeper(months, after, now=MARCH, folder="months"):
    return ArchiveScheduler(months.source, months.folder / folder, months.folder, months.author, after, lambda: now)


def away(months):
    with months.engine.connect() as connection:
        return [month.month for month in detached_months.months(connection, None)]


def test_detaches_nothing_unless_enabled(months):
    keeper(months, None).run_once()
    assert away(months) == []


def test_detaches_months_older_than_the_setting(months):
    keeper(months, 4).run_once()
    assert away(months) == [OCTOBER]
    keeper(months, 3).run_once()
    assert away(months) == [OCTOBER, NOVEMBER]
    keeper(months, 3).run_once()
    assert len(months.rows()) == 0


def test_applies_erasures_to_files_automatically(months):
    file = months.detach()
    gone = months.october[0]
    months.eraser.erase(months.site, Subject("receipt", gone.id), "full", reason="asked", by="test")
    keeper(months, None).run_once()
    assert gone.jws not in file.read_text()


def test_an_unwritable_folder_causes_one_log_line_and_nothing_is_lost(months, caplog):
    (months.folder / "taken").write_text("a file")
    with caplog.at_level(logging.WARNING):
        keeper(months, 4, folder="taken").run_once()
    assert [message.partition(":")[0] for message in caplog.messages] == ["months"]
    assert len(months.rows()) == 18


def test_the_service_detaches_months_in_its_housekeeping(tmp_path):
    shop = open_shop(tmp_path, detach_after=3)
    housekeeping = next(part for part in shop.service.parts if isinstance(part, Housekeeping))
    works = [work.__self__ for work in housekeeping.also]
    shop.service.close()
    (found,) = [work for work in works if isinstance(work, ArchiveScheduler)]
    assert found._after == 3


@pytest.mark.parametrize("text", ["2", "601", "-1", "soon"])
def test_rejects_an_invalid_number_of_months(text):
    with pytest.raises(SettingsError, match="CONSENT_DETACH_AFTER must be a whole number from 3 to 600"):
        load_settings(ENVIRON | {"CONSENT_DETACH_AFTER": text})
