"""Runs of an experiment over the versions of a site, and what their counts show."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Config
from consent.core.documents.theme import Variant
from consent.signing.canonical_json import canonical
from consent.sites.experiments.intervals import ERROR, Interval, rate_interval, ratio_interval
from consent.storage.database.base import Transaction
from consent.storage.sites import configs
from consent.storage.statistics.variants import VariantCounts, variant_counts

MEASURES = ("accepted", "rejected")
"""The answers by which variants are compared, never by acceptance alone."""


class Run(NamedTuple):
    """Consecutive versions that draw from the same variants of the same banner, with the document of the first one.

    Times are Unix seconds; `ended_at` is None while the run is live.
    """

    document: Config
    configs: tuple[str, ...]
    first_version: int
    last_version: int
    started_at: int
    ended_at: int | None


class Result(NamedTuple):
    """One variant of a run: its counts, and intervals for the rates of accepting and rejecting among banners shown."""

    variant: Variant
    counts: VariantCounts
    accepted: Interval
    rejected: Interval


class Comparison(NamedTuple):
    """How many times as often a variant's visitors do what `measure` names as visitors of the banner itself."""

    variant: Variant
    measure: str
    ratio: Interval


def runs(transaction: Transaction, site_id: int) -> list[Run]:
    """Return the runs of a site, newest first."""
    versions = configs.versions(transaction, site_id)[::-1]
    bodies = configs.experiment_bodies(transaction, site_id)
    found: list[Run] = []
    earlier = ""
    for place, version in enumerate(versions):
        body = bodies.get(version.sha256)
        name = _variants_key(body) if body else ""
        ended_at = versions[place + 1].published_at if place + 1 < len(versions) else None
        if body and name == earlier:
            run = found.pop()
            names = (*run.configs, version.sha256)
            found.append(run._replace(configs=names, last_version=version.version, ended_at=ended_at))
        elif body:
            number, document = version.version, orjson.loads(body)
            found.append(Run(document, (version.sha256,), number, number, version.published_at, ended_at))
        earlier = name
    return found[::-1]


def _variants_key(body: bytes) -> str:
    """Return what versions of one run have in common; a change to any of it may change what visitors do."""
    document: Config = orjson.loads(body)
    drawn = {"variants": document["variants"], "look": document["look"], "texts": document["texts"].get("own", {})}
    return canonical(drawn).decode()


def results(transaction: Transaction, site_id: int, run: Run, now: int) -> list[Result]:
    """Return the counts and intervals of each variant of `run` until `now` (Unix seconds)."""
    # The clocks of two nodes may be on different days.
    days = (run.started_at // DAY_SECONDS - 1, max(now, run.started_at) // DAY_SECONDS + 1)
    counted = variant_counts(transaction, site_id, run.configs, *days)
    return [_result(variant, counted) for variant in run.document["variants"]]


def _result(variant: Variant, counted: Mapping[str, VariantCounts]) -> Result:
    counts = counted.get(variant["id"], VariantCounts())
    # Reports that a banner was shown are lost more easily than receipts.
    shown = max(counts.shown, counts.answered)
    accepted, rejected = (rate_interval(getattr(counts, name), shown, ERROR) for name in MEASURES)
    return Result(variant, counts._replace(shown=shown), accepted, rejected)


def comparisons(found: Sequence[Result]) -> list[Comparison]:
    """Return how each variant compares with the first one; all intervals hold together except with probability `ERROR`."""
    control, *others = found
    error = ERROR / max(len(others) * len(MEASURES), 1)
    return [
        Comparison(one.variant, measure, _ratio(control, one, measure, error)) for one in others for measure in MEASURES
    ]


def _ratio(control: Result, other: Result, measure: str, error: float) -> Interval:
    weight = other.variant["weight"]
    share = weight / (weight + control.variant["weight"])
    return ratio_interval(getattr(control.counts, measure), getattr(other.counts, measure), share, error)
