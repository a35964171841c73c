"""Training on a few hundred rows of the data shipped with the sources."""

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.classifier import Classifier
from consent.classifier.confidences import FILE as CONFIDENCES
from consent.classifier.confidences import RAW, Confidences, ConfidencesError, ModelRow, load_confidences
from consent.classifier.features import weight
from consent.classifier.model import FILE, ModelError, Sighting, load_model
from consent.classifier.name_index import KnownName, Names
from consent.classifier.observation import Observation
from consent.classifier.result import NAME
from consent.classifier.training.training_data import Example, read_listed, read_observed
from consent.cli import main
from tests.classifier.small_model import model_of

pytestmark = pytest.mark.extended

DATA = Path(__file__).parents[2] / "tools" / "classify-data"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("few")
    for name in ("cookies_train.csv", "observed_train.csv"):
        lines = (DATA / name).read_text("utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join([lines[0], *lines[1:150]]), "utf-8")
    return folder


def train(folder: Path, output: Path) -> tuple[int, str]:
    arguments = ["classify", "train", str(folder), "--output", str(output)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return result.exit_code, result.output


@pytest.mark.long
def test_the_same_data_give_the_same_model_and_it_has_learned(few: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert train(few, tmp_path / name / "model.json")[0] == 0
    for name in ("model.json", "seen-names.csv", "classifier-confidences.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    model = load_model(tmp_path / "one" / "model.json")
    assert model
    assert sum(model.shares(Sighting("CookieConsentOther"))) == pytest.approx(1)
    assert model.guesses([Sighting("CookieConsentOther")])[0].group == "essential"


def test_a_row_of_a_rare_purpose_weighs_more_and_all_weigh_one_in_the_mean() -> None:
    # Imported here, since otherwise each process that collects tests would spend a second on scikit-learn.
    import numpy as np

    from consent.classifier.training.train import BALANCE, balance

    weights = balance(np.array([3] * 16 + [0]))
    assert weights.mean() == pytest.approx(1)
    assert weights[-1] / weights[0] == pytest.approx(16**BALANCE)


def test_a_sighting_of_many_features_is_not_surer_by_their_number() -> None:
    words = ("aa", "bb", "cc", "dd")
    one = model_of({"w:aa": [0, 0, 0, 800]})
    four = model_of({f"w:{word}": [0, 0, 0, 800] for word in words})
    shares = [model.shares(Sighting("aa-bb-cc-dd"))[3] for model in (one, four)]
    scores = [math.log(share / (1 - share) * 3) for share in shares]
    assert scores == pytest.approx([800 / 1000 / weight("w:aa"), 4 * 800 / 1000 / weight("w:aa") / 2])


def test_a_name_like_one_purpose_of_a_group_is_more_of_it_than_one_that_is_a_little_like_two() -> None:
    purposes = [("essential", ""), ("functional", ""), ("analytics", ""), ("advertising", "a"), ("advertising", "b")]
    weights = {"w:clear": [0, 0, 0, 800, 0], "w:vague": [0, 0, 0, 400, 400], "w:minus": [-9, -800, 0, 0, 0]}
    model = model_of(weights, purposes)
    clear, vague, minus = (model.shares(Sighting(name)) for name in ("clear", "vague", "minus"))
    assert clear[3] > vague[3] > clear[0]
    assert minus[1] < minus[0] < minus[2] < minus[3]
    guess = model.guesses([Sighting("clear")])[0]
    assert model.explanation(guess.seen, guess.group) == "“clear” in its name"


@pytest.mark.slow
def test_the_shipped_model_is_the_one_that_the_shipped_data_give(tmp_path: Path) -> None:
    """Weights may differ in the last digit, since SciPy versions stop at slightly different points."""
    from consent.classifier.training.train import train as train_model
    from consent.classifier.training.train import write_model

    write_model(train_model(DATA), tmp_path / "model.json")
    anew, shipped = (json.loads(path.read_text("utf-8")) for path in (tmp_path / "model.json", FILE))
    assert anew["purposes"] == shipped["purposes"]
    none = [0] * len(shipped["purposes"])
    both = [
        (anew["weights"].get(f, none), shipped["weights"].get(f, none)) for f in {*anew["weights"], *shipped["weights"]}
    ]
    assert max(abs(a - b) for rows in both for a, b in zip(*rows, strict=True)) <= 5
    assert anew["temperature"] == shipped["temperature"]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_shipped_confidences_are_those_that_the_shipped_data_give() -> None:
    from consent.classifier.training.calibration import confidences_of

    anew = confidences_of(read_listed(DATA), read_observed(DATA), load_catalog(VENDORS))
    shipped = json.loads(CONFIDENCES.read_text("utf-8"))
    assert anew["rows"].keys() == shipped["rows"].keys()
    assert max(abs(anew["rows"][row] - shipped["rows"][row]) for row in shipped["rows"]) <= 0.02
    for context, row in shipped["model"].items():
        assert anew["model"][context]["slope"] == pytest.approx(row["slope"], abs=0.05)
        assert anew["model"][context]["bias"] == pytest.approx(row["bias"], abs=0.05)


def test_a_confidence_is_the_share_of_right_answers_where_small_vendors_count_like_large_ones() -> None:
    from consent.classifier.training.calibration import MAX_COUNTED, calibrate
    from consent.classifier.training.folds import Fold

    names = Names()
    names.add(KnownName("listed", "analytics", None, "one"))
    asked = Classifier(names, AddressBook((), None), None, None, RAW)

    def of(vendor: str, group: str, count: int) -> list[Example]:
        return [Example(Sighting("listed"), group, None, 1.0, vendor, "") for _ in range(count)]

    def measured(*examples: Example) -> float:
        return calibrate([Fold(0, asked, [examples], lambda one: Observation(one.sighting.name))])["rows"][NAME]

    large = of("large", "advertising", 10 * MAX_COUNTED)
    small = [one for number in range(4) for one in of(f"small {number}", "analytics", MAX_COUNTED)]
    assert measured(*small, *large) == pytest.approx(0.8, abs=0.02)
    assert measured(*of("one", "analytics", 2)) < 0.85, "two answers are too few to be sure"
    assert measured(*large) < 0.1


def test_the_model_is_as_sure_as_it_was_right() -> None:
    raw, right = Confidences({}, {}), Confidences({}, {"name": ModelRow(1.0, {"analytics": -2.0})})
    assert raw.of_model("name", "analytics", 0.9) == 0.9
    assert right.of_model("name", "analytics", 0.9) == pytest.approx(0.549, abs=0.001)
    assert right.of_model("name.beside", "analytics", 0.9) == right.of_model("name", "analytics", 0.9)
    assert right.of_model("name", "advertising", 0.9) == pytest.approx(0.9)
    assert 0 < right.of_model("name", "analytics", 0.0) < right.of_model("name", "analytics", 1.0) <= 1


def test_confidences_of_another_form_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": "other"}')
    with pytest.raises(ConfidencesError, match="train it again"):
        load_confidences(tmp_path / "other.json")


def test_the_shipped_model_is_small_and_in_bounds() -> None:
    document = json.loads(FILE.read_text("utf-8"))
    assert FILE.stat().st_size <= 2_000_000
    assert 0.3 <= document["least"] <= 0.9
    model = load_model()
    assert model
    assert model.guesses([Sighting("my_csrf_token")])[0].group == "essential"
    assert model.guesses([Sighting("ad_uid_sync", "sync.adserver.example", None, None, True)])[0].group == "advertising"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,group\n", "needs rows"),
        ("name,group\na,marketing\n", "needs rows with a name and a group"),
        (None, "cannot be read"),
    ],
)
def test_invalid_data_gets_one_error_message(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "cookies_train.csv").write_text(text, "utf-8")
    code, said = train(tmp_path, tmp_path / "model.json")
    assert (code, said.count("\n")) == (1, 1)
    assert sentence in said
    assert not (tmp_path / "model.json").exists()


def test_a_file_of_another_form_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": "other"}')
    with pytest.raises(ModelError):
        load_model(tmp_path / "other.json")
