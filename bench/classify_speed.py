"""Throughput of `consent classify run` in rows per second: listed names, site cookies, unknown names."""

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from consent.classifier.name_index import words_of

ROWS = 100_000
LEAST = 10_000
ENDINGS = ("com", "com", "net", "io", "de", "co.uk", "shop", "com.br")
HEAD = ["name", "domain", "value", "expiry_s", "third_party"]
Cells = Sequence[str]


def speeds(folder: Path) -> Iterator[str]:
    """Yield a line for each kind of rows; `folder` has the listed and the observed cookies."""
    listed = [[row["name"], row["domains"].partition(";")[0]] for row in _rows(folder / "cookies_train.csv")]
    observed = [[row[column] for column in HEAD] for row in _rows(folder / "observed_train.csv")]
    words = sorted({word for name, _ in listed for word in words_of(name)})
    made = list(_made_up_names(words, random.Random(7)))  # noqa: S311 - the same in each run
    for what, head, rows in (
        ("listed names with their domains", HEAD[:2], listed),
        ("observed cookies", HEAD, observed),
        ("new names alone", HEAD[:1], [row[:1] for row in made]),
        ("new names, seven on each new domain", HEAD[:2], made),
        (
            "new names, each on a domain of its own",
            HEAD[:2],
            [[name, f"{k}{host}"] for k, (name, host) in enumerate(made)],
        ),
        ("new names of one domain", HEAD[:2], [[name, "sync.vendor.example"] for name, _ in made]),
    ):
        yield _line(what, head, rows)


def _line(what: str, head: Cells, rows: Sequence[Cells]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *islice(cycle(rows), ROWS)])
        start = time.perf_counter()
        command = [sys.executable, "-m", "consent.cli", "classify", "run", str(path)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        rate = ROWS / (time.perf_counter() - start)
    return f"{what:42}{rate:>8,.0f}/s   aim: {LEAST:,}   {'met' if rate >= LEAST else 'MISSED'}"


def _made_up_names(words: Sequence[str], chance: random.Random) -> Iterator[list[str]]:
    """Yield `ROWS` names in many forms, each of a made-up word and some of `words`, with domains."""
    hosts: list[str] = []
    for number in range(ROWS):
        if number % 7 == 0:
            hosts.append(f"{_syllables(chance)}{chance.choice(['', 'ads', '-media'])}.{chance.choice(ENDINGS)}")
        own, some = _syllables(chance), chance.choices(words, k=chance.randrange(1, 4))
        name = chance.choice(
            [
                "_".join([own, *some]),
                own + "".join(map(str.title, some)),
                f"_{own}_{some[0]}_{chance.randrange(10**7)}",
                f"{own}_{chance.getrandbits(128):032x}",
                ".".join([own, *some]),
                "-".join([*some, own]).upper(),
            ]
        )
        yield [name, hosts[-1]]


def _syllables(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfghklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randrange(2, 5)))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
