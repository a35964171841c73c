"""What alarms there are: one table of kinds, each with the look that finds it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select

from consent.classify.vendor import new_vendor
from consent.proof.sequencer import PROMISED_S
from consent.snapshots.leaks import OWN_LAYERS, open_leaks, where_it_leaks
from consent.storage import log, own_vendors, reviews, scans, seen
from consent.storage.alarms import INSTANCE, Wrong
from consent.storage.base import Transaction
from consent.storage.losses import losses
from consent.storage.models import BannerCount
from consent.storage.sites import FoundSite
from consent.storage.statistic_models import SHOWN

DAY_S = 86400
FEWEST = 100
"""Of fewer choices or visits no share is told: one in ninety-nine is no percent that means something."""
MOST_LOST, MOST_UNKNOWN = 0.01, 0.02
GEO_DAYS, RULES_DAYS = 100, 365
"""Databases of places come monthly, and three may pass; rules are looked through at least once a year."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the looks look at: a transaction, the live sites, the time in unix seconds, and facts of the service.

    `silence_s` is how long no page may ask for the script, 0 for ever; `geo_built` when the geo database was built, None
    where none is in force, `rules_checked` when the rules were compared with the law; both in unix seconds. `lasting` are
    the alarms that last already, by site and kind.
    """

    transaction: Transaction
    sites: list[FoundSite]
    now: int
    silence_s: int
    geo_built: int | None
    rules_checked: int
    lasting: frozenset[tuple[int, str]] = frozenset()

    def is_too_much(self, site: FoundSite, kind: str, share: float, bound: float) -> bool:
        """Tell whether a share is over the bound at which an alarm begins or, where it lasts, over half of it.

        Else one that goes up and down about its bound would be told of without end.
        """
        return share > (bound / 2 if (site.id, kind) in self.lasting else bound)


Found = Iterator[tuple[int, Wrong]]


class Kind(NamedTuple):
    """A kind of alarm: its name, its title in a mail, what is looked for, and what yields each with its site.

    One `is_of_service` concerns all sites and none of them.
    """

    name: str
    title: str
    about: str
    look: Callable[[Watch], Found]
    is_of_service: bool = False


def look_at_all(watch: Watch) -> dict[tuple[int, str], Wrong]:
    """Return all that is wrong, by site and kind."""
    return {(site_id, kind.name): wrong for kind in KINDS for site_id, wrong in kind.look(watch)}


def _leaks(watch: Watch) -> Found:
    for site in watch.sites:
        if leaks := open_leaks(watch.transaction, site.id):
            plural = "s" if len(leaks) > 1 else ""
            told = _listed([where_it_leaks(leak) for leak in leaks], mark="; ")
            sentence = f"Scans of {site.key} show {len(leaks)} open leak{plural}: {told}."
            yield site.id, Wrong(sentence, frozenset(" ".join(leak.key) for leak in leaks))


def _unknown_vendors(watch: Watch) -> Found:
    for site in watch.sites:
        decided = {one.key for one in reviews.decisions(watch.transaction, site.id)}
        own = [new_vendor(document) for document in own_vendors.documents(watch.transaction, site.id)]
        found = scans.findings(watch.transaction, site.id)
        met = {
            one.name if one.kind == "host" else one.host or one.name
            for one in found
            if one.third_party
            and not one.vendor
            and one.layer not in OWN_LAYERS
            and one.gone_at is None
            and one.key not in decided
        }
        hosts = sorted(host for host in met if not any(vendor.is_at(host) for vendor in own))
        if hosts:
            sentence = f"Pages of {site.key} use {_listed(hosts)}, whose vendor nobody knows: say what they are for."
            yield site.id, Wrong(sentence, frozenset(hosts))


def _losses(watch: Watch) -> Found:
    today = watch.now // DAY_S
    for site in watch.sites:
        meter = losses(watch.transaction, site.id, today - 1, today)
        if meter.chosen >= FEWEST and watch.is_too_much(site, "loss", meter.rate, MOST_LOST):
            lost = f"{meter.missing:,} ({meter.rate:.1%}) of {meter.chosen:,}"
            yield site.id, Wrong(f"{lost} choices on {site.key} since yesterday are lost.")


def _unknown_places(watch: Watch) -> Found:
    today = watch.now // DAY_S
    count = func.sum(BannerCount.count)
    for site in watch.sites:
        days = (BannerCount.span == 1, BannerCount.day.between(today - 1, today))
        mine = (BannerCount.site_id == site.id, BannerCount.event == SHOWN, *days)
        is_unknown = BannerCount.country == ""
        known, unknown = (
            int(watch.transaction.execute(select(count).where(*mine, condition)).scalar() or 0)
            for condition in (~is_unknown, is_unknown)
        )
        share = unknown / (known + unknown) if known + unknown else 0
        if known + unknown >= FEWEST and watch.is_too_much(site, "places", share, MOST_UNKNOWN):
            sentence = (
                f"Of {known + unknown:,} banners on {site.key} since yesterday {share:.1%} were shown at an unknown place,"
                " where the strictest rule holds: look at the proxy's headers and the geo database."
            )
            yield site.id, Wrong(sentence)


def _silence(watch: Watch) -> Found:
    for site in watch.sites:
        last = max((one.seen_at for one in seen.seen_of(watch.transaction, site.id)), default=None)
        if watch.silence_s and last is not None and watch.now - last > watch.silence_s:
            minutes = watch.silence_s // 60
            told = f"{minutes} minutes" if minutes > 1 else "1 minute"
            yield site.id, Wrong(f"No page of {site.key} has asked for its banner for more than {told}.")


def _geo(watch: Watch) -> Found:
    if watch.geo_built is None:
        yield INSTANCE, Wrong("No geo database is in force: every place is unknown, and the strictest rule holds.")
    elif watch.now - watch.geo_built > GEO_DAYS * DAY_S:
        days = (watch.now - watch.geo_built) // DAY_S
        sentence = f"The geo database is {days} days old: addresses have moved since; see `consent geo update`."
        yield INSTANCE, Wrong(sentence)


def _rules(watch: Watch) -> Found:
    if watch.now - watch.rules_checked > RULES_DAYS * DAY_S:
        days = (watch.now - watch.rules_checked) // DAY_S
        sentence = f"The rules by place were compared with the law {days} days ago: update this software."
        yield INSTANCE, Wrong(sentence)


def _log(watch: Watch) -> Found:
    for waiting in log.waiting(watch.transaction):
        behind = watch.now - waiting.oldest
        if behind > PROMISED_S:
            sentence = f"The log of {waiting.key} is behind: something waits for more than {PROMISED_S:.0f} s."
            yield waiting.site_id, Wrong(sentence)


def _over(bound: float) -> str:
    return f"; over at {bound / 2:.1%}"


KINDS = (
    Kind("leak", "A scan found a leak", "Scans found what had no right to run, undecided under Review", _leaks),
    Kind(
        "unknown_vendor", "An unknown vendor was seen", "A host of others whose vendor nobody knows", _unknown_vendors
    ),
    Kind(
        "loss",
        "Choices are lost",
        f"More than {MOST_LOST:.0%} of two days' choices have no receipt{_over(MOST_LOST)}",
        _losses,
    ),
    Kind(
        "places",
        "Places are unknown",
        f"More than {MOST_UNKNOWN:.0%} of two days' banners at an unknown place{_over(MOST_UNKNOWN)}",
        _unknown_places,
    ),
    Kind("silence", "No banner was seen", "No page has asked for the banner for a while", _silence),
    Kind("log", "The log is behind", f"Something waits for the log for more than {PROMISED_S:.0f} s", _log),
    Kind("geo", "The geo database is old", f"Built more than {GEO_DAYS} days ago, or not in force", _geo, True),
    Kind("rules", "The rules are old", f"Compared with the law more than {RULES_DAYS} days ago", _rules, True),
)
TITLES = {kind.name: kind.title for kind in KINDS}


def _listed(names: list[str], most: int = 5, mark: str = ", ") -> str:
    """Return the first `most` names with a `mark` between them, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return mark.join(names[:most]) + more
