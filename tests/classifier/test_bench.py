"""The measures of `make bench-classify`, on answers small enough to count by hand."""

from pathlib import Path

import pytest

from bench.classify_addresses import COOKIES, FILED, LIKELY, NOTHING, addresses_report, said
from bench.classify_report import Aims, calibration_error, macro_f1, precision_recall, report, right, surest_share
from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.observation import Sighting
from consent.classifier.result import Answer
from consent.classifier.training.training_data import Example, read_listed, read_observed

DATA = Path(__file__).parents[2] / "tools" / "classify-data"
PAIRS = [
    ("essential", "essential"),
    ("essential", "analytics"),
    ("analytics", "analytics"),
    ("advertising", "analytics"),
]


def judged(group: str, said: str, confidence: float) -> tuple[Example, Answer]:
    answer = Answer(said, None, "model", "", confidence, "", said)
    return Example(Sighting("a"), group, None, 1.0, "v", "s"), answer


def test_accuracy_precision_recall_and_f1() -> None:
    assert right(PAIRS) == 0.5
    assert precision_recall(PAIRS, "analytics") == (1 / 3, 1.0)
    assert precision_recall(PAIRS, "functional") == (0.0, 0.0)
    assert macro_f1(PAIRS) == pytest.approx((2 / 3 + 0.5) / 4)


def test_an_answer_that_is_as_often_right_as_it_says_is_calibrated() -> None:
    assert calibration_error([judged("analytics", said, 0.5) for said in ("analytics", "essential")]) == 0
    assert calibration_error([judged("analytics", "essential", 0.9)]) == pytest.approx(0.9)


def test_the_surest_are_counted_as_far_as_enough_of_them_are_right() -> None:
    said = [judged("analytics", "analytics", 0.9 - number / 100) for number in range(8)]
    wrong = [judged("analytics", "functional", confidence) for confidence in (0.5, 0.4)]
    assert surest_share([*wrong, *said], 20, 0.88) == 9 / 20
    assert surest_share(wrong, 20, 0.88) == 0


def test_the_dangers_are_counted() -> None:
    text = report(
        [
            judged("advertising", "essential", 0.9),
            judged("analytics", "analytics", 0.9),
            judged("essential", "analytics", 0.5),
        ],
        Aims(accuracy=0.5, f1=0.5, sure=0.6, right=0.5, danger=0.01),
    )
    assert "trackers called essential            0.500   aim: at most 1.0%    MISSED" in text
    assert "answered without a second look       0.667   aim: at least 60.0%  met" in text
    assert [line.split() for line in text.split("\n\n")[1].splitlines()[1:]] == [
        ["0.5", "1", "0.500", "0.000"],
        ["0.9", "2", "0.900", "0.500"],
    ]
    assert "essential called something else      1.000" in text


def test_the_group_of_a_host_is_what_is_filed_then_what_is_likely_then_what_its_cookies_are_for() -> None:
    book = AddressBook([])
    lists = {
        "criteo.com": ["analytics"],
        "amazonaws.com": ["functional"],
        "new.example": ["essential"] * 9 + ["analytics"],
    }
    assert said(book, lists, "static.criteo.com") == (FILED, "advertising")
    assert said(book, lists, "firestore.googleapis.com") == (LIKELY, "functional")
    assert said(book, lists, "cdn.new.example") == (COOKIES, "analytics")
    assert said(book, {"only.example": ["essential"]}, "only.example") == (NOTHING, "")
    assert said(book, lists, "nobody.example") is None


def test_the_host_of_a_privacy_page_is_no_script(tmp_path: Path) -> None:
    head = "service,group,script_hosts,cookies,privacy_url"
    rows = ["one,analytics,static.criteo.com;help.one.example,,https://help.one.example/p"]
    rows += ["two,advertising,www.criteo.com,,https://www.criteo.com/privacy"]
    (tmp_path / "services_tarteaucitron.csv").write_text("\n".join([head, *rows]))
    lines = addresses_report(tmp_path, []).splitlines()
    assert lines[0].startswith("1 services, hosts of scripts alone")
    assert lines[1].split()[-4:] == ["1.000", "0.000", "of", "1"]
    assert lines[5].startswith("2 services, those of privacy pages too")
    assert lines[6].split()[-4:] == ["1.000", "0.500", "of", "2"]


@pytest.mark.long
def test_the_folds_cover_each_example_once_and_few_trackers_are_called_essential() -> None:
    # Imported here, since otherwise each process that collects tests would spend a second on scikit-learn.
    from consent.classifier.training.folds import site_folds, vendor_folds

    listed, observed = read_listed(DATA)[::3], read_observed(DATA)[::3]
    parts = list(vendor_folds(listed, observed, [AddressBook([], None)]))
    for folds, whole in (
        ([part[0] for part in parts], listed),
        ([part[1] for part in parts], listed),
        (list(site_folds(listed, observed, load_catalog(VENDORS))), observed),
    ):
        answers = [one for fold in folds for one in fold.answers()]
        assert sorted(id(one[0]) for one in answers) == sorted(map(id, whole))
        for side in (1, 2):
            said = [(one[0].group, one[side]) for one in answers]
            trackers = [answer.group for group, answer in said if group in ("analytics", "advertising")]
            assert trackers.count("essential") <= 0.02 * len(trackers)
