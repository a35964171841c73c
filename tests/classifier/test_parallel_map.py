"""Rows of a large file are classified in several processes, with the same answers as in one."""

import csv
import gc
import json
import math
import os
import random
import signal
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.classifier import parallel_map
from consent.classifier.classifier import NOBODY, Classifier
from consent.classifier.cooccurrence import Cooccurrence, NameAnswer
from consent.classifier.features import all_features, all_pieces, known_features, known_pieces, weight
from consent.classifier.model import FILE, READABLE, SHARPNESS, WHOLE, load_model
from consent.classifier.observation import Sighting
from consent.classifier.parallel_map import WORTH_IT, map_chunks, without_cyclic_gc
from consent.classifier.training.training_data import read_listed, read_observed
from consent.cli import main
from consent.core.groups import GROUPS

DATA = Path(__file__).parents[2] / "tools" / "classify-data"
DOCUMENT = json.loads(FILE.read_text("utf-8"))
MANY = range(2 * WORTH_IT + 7)
CHANCE = random.Random(3)
SIGNS = "aaabcdeiksty_-.:#Az09ÄΣİ"


def squares(numbers: Sequence[int]) -> tuple[list[int], int]:
    return [number * number for number in numbers], os.getpid()


def end_at_last(numbers: Sequence[int]) -> Sequence[int]:
    if MANY[-1] in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_map, "_processors", lambda: 2)


@pytest.mark.usefixtures("two_processors")
def test_many_questions_are_answered_by_other_processes_in_order() -> None:
    found = list(map_chunks(squares, MANY))
    assert [*chain.from_iterable(replies for replies, _ in found)] == [number * number for number in MANY]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.usefixtures("two_processors")
def test_few_questions_are_answered_in_this_process() -> None:
    found = list(map_chunks(squares, range(WORTH_IT - 1)))
    assert {process for _, process in found} == {os.getpid()}
    assert sum(len(replies) for replies, _ in found) == WORTH_IT - 1


@pytest.mark.usefixtures("two_processors")
def test_a_killed_process_leaves_nobody_waiting() -> None:
    with pytest.raises(BrokenProcessPool):
        list(map_chunks(end_at_last, MANY))


def test_one_processor_asks_all_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_map, "_processors", lambda: 1)
    assert {process for _, process in map_chunks(squares, MANY)} == {os.getpid()}


def test_garbage_collection_is_restored_to_its_former_state() -> None:
    assert gc.isenabled()
    with without_cyclic_gc():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(MANY), "what is loaded is gone through once more as the process ends"
    gc.unfreeze()
    gc.disable()
    with without_cyclic_gc():
        pass
    assert not gc.isenabled()
    gc.unfreeze()
    gc.enable()


def large_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a file of names and addresses large enough for several processes."""
    domains = ["", "doubleclick.net", "a{}.example"]
    rows = [
        ["" if number % 9 == 4 else f"{name()}_{number}", CHANCE.choice(domains).format(number % 90)]
        for number in range(2 * parallel_map.AT_ONCE + 5)
    ]
    monkeypatch.setattr(parallel_map, "WORTH_IT", len(rows))
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name", "domain"], *rows])
    return folder / "a.csv"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_large_file_has_the_same_answers_from_one_process_and_from_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file, said = large_file(tmp_path, monkeypatch), []
    for processors in (1, 2):
        monkeypatch.setattr(parallel_map, "_processors", lambda count=processors: count)
        command = ["classify", "run", str(file), "--format", kind]
        said.append(CliRunner().invoke(main, command, catch_exceptions=False).output)
    assert said[0] == said[1]
    rows = json.loads(said[0]) if kind == "json" else [*csv.DictReader(said[0].splitlines())]
    assert [row["name"] for row in rows] == [
        row["name"] for row in csv.DictReader(file.read_text("utf-8").splitlines())
    ]
    assert sum("beside" in row["reason"] for row in rows) > len(rows) / 3


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize(
    "what", [(Classifier, "classify_separately"), (Cooccurrence, "answer")], ids=["asks", "answers"]
)
def test_a_process_killed_while_working_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: tuple[type, str]
) -> None:
    here = os.getpid()
    monkeypatch.setattr(*what, lambda _self, _one: os.getpid() == here or os.kill(os.getpid(), signal.SIGKILL))
    if what[1] == "answer":
        monkeypatch.setattr(Classifier, "classify_separately", lambda _self, met: [NameAnswer(NOBODY)] * len(met))
    done = CliRunner().invoke(main, ["classify", "run", str(large_file(tmp_path, monkeypatch))])
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: A worker process was killed, perhaps because it ran out of memory.\n",
    )


def test_pieces_are_those_that_one_cuts() -> None:
    for text in ("", "a", "^ab$", "^abcdefg$"):
        cut = ["D:" + text[start : start + size] for size in range(3, 6) for start in range(len(text) - size + 1)]
        assert all_pieces(range(3, 6), "D:")(text) == cut


@pytest.mark.parametrize(("sizes", "kind"), [(range(1, 6), ""), (range(3, 6), "D:"), (range(2, 4), "")])
def test_known_pieces_are_those_of_all_that_are_known(sizes: range, kind: str) -> None:
    every = all_pieces(sizes, kind)
    few = {piece for _ in range(20) for piece in [*every(name() * 2)][::9]} | {kind + "aab"}
    for known in (DOCUMENT["weights"], few, set[str]()):
        numbers = {piece: number for number, piece in enumerate(known, start=1)}
        find = known_pieces(numbers, sizes, kind)
        for text in ["", "a", *(name() for _ in range(500)), *few]:
            assert find(text) == [*filter(None, map(numbers.get, every(text)))]


def test_known_features_are_those_of_all_that_are_known() -> None:
    numbers = {feature: number for number, feature in enumerate(DOCUMENT["weights"], start=1)}
    every, known = all_features(), known_features(numbers)
    seen = [*sightings(), Sighting("at:id|own t:id|t:ad w:ad", "a.t:id"), Sighting("k:ad", third_party=False)]
    for found, all_found in zip(known.compute(seen), every.compute(seen), strict=True):
        assert found == [*filter(None, map(numbers.get, all_found))]


def test_shares_and_words_are_those_of_the_file_added_up_number_by_number() -> None:
    model = load_model()
    assert model
    seen = sightings()
    for sighting, guess in zip(seen, model.guesses(seen), strict=True):
        shares, why = added_up(sighting)
        assert list(guess.shares) == pytest.approx(shares, rel=1e-9)
        assert [model.explanation(guess.seen, group) for group in GROUPS] == why


def sightings() -> list[Sighting]:
    seen = [example.sighting for example in [*read_listed(DATA)[::7], *read_observed(DATA)[::7]]]
    return seen + [Sighting(name(), CHANCE.choice(["", "abc.example"])) for _ in range(300)]


def name() -> str:
    return "".join(CHANCE.choice(SIGNS) for _ in range(CHANCE.randrange(1, 90)))


def added_up(sighting: Sighting) -> tuple[list[float], list[str]]:
    known = [
        feature for feature in dict.fromkeys(all_features().compute([sighting])[0]) if feature in DOCUMENT["weights"]
    ]
    rows = {feature: DOCUMENT["weights"][feature] for feature in known}
    length = math.sqrt(sum(int(weight(feature) ** 2) for feature in known)) or 1.0
    scores = [
        (usual + sum(row[column] for row in rows.values()) / length) / DOCUMENT["scale"]
        for column, usual in enumerate(DOCUMENT["bias"])
    ]
    ends = [sum(GROUPS.index(group) < k for group, _ in DOCUMENT["purposes"]) for k in range(len(GROUPS) + 1)]
    parts = [scores[start:end] for start, end in pairwise(ends)]
    grown = [
        math.exp(
            (math.log(sum(math.exp(SHARPNESS * one) for one in part)) + WHOLE * sum(part)) / DOCUMENT["temperature"]
        )
        for part in parts
    ]
    why = []
    for start, end in pairwise(ends):
        told = sorted((one for one in known if READABLE.match(one)), key=lambda one: -sum(rows[one][start:end]))[:2]
        why.append(" and ".join(dict.fromkeys(map(in_words, told))) or "its form")
    return [one / sum(grown) for one in grown], why


def in_words(feature: str) -> str:
    kind, sign, piece = feature.partition(":")
    if not sign:
        return f"“{feature.strip('^$')}” in its name"
    return f"“{piece.strip('^$.')}” in its {'domain' if kind in 'DS' else 'name'}"
