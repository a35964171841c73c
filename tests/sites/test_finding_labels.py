"""Everything a scan can find has a label, the same in reports and in the dashboard."""

from consent.scanner.model.job import STATES
from consent.sites.finding_labels import CONFIG_KINDS, KINDS, SITUATIONS
from consent.storage.scans.scans import REPORTED


def test_each_situation_of_a_scan_and_of_visitors_has_words() -> None:
    assert set(SITUATIONS) == {*STATES, REPORTED}


def test_what_a_config_names_is_among_the_kinds() -> None:
    assert set(CONFIG_KINDS) < set(KINDS)
