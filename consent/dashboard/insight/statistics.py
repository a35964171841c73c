"""A site's statistics page: rates by day and by dimension with their denominators, and the loss meter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import DAY_SECONDS
from consent.core.groups import OPTIONAL
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import DEVICE_WORDS, FILTER_WORDS, GROUP_WORDS, regime_words
from consent.dashboard.frame.locale import (
    Labels,
    date,
    language_words,
    lowered,
    number,
    place_words,
    share,
    viewer_locale,
)
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import version_rows
from consent.dashboard.insight.overview_chart import MIN_ASKED
from consent.dashboard.insight.rate_chart import Rates, chart_rates
from consent.dashboard.receipts.search_params import duplicate_parameters
from consent.exports import statistics_format as views
from consent.presentation.name_order import name_key
from consent.storage.receipts.filter_params import FilterError
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import rates
from consent.storage.statistics.losses import Losses, losses_by_day, summed
from consent.storage.statistics.query_params import DAYS, read_part, read_query
from consent.storage.statistics.rates import DAY, Numbers, StatisticsQuery
from consent.storage.tables.statistics import DEVICES

BREAKDOWNS = Labels(
    {"country": "Country", "regime": "Rule", "language": "Language", "device": "Device", "config": "Version"}
)
PERIODS = (
    (30, translatable("30 days")),
    (90, translatable("90 days")),
    (365, translatable("12 months")),
    (730, translatable("24 months")),
)
BOT_WORDS = Labels({"exclude": "left out", "include": "with people", "only": "bots only"})


@dataclass(frozen=True, slots=True)
class Step:
    """A day or week of the chart; `time` is in unix seconds, and `numbers` is None if nothing was counted."""

    time: int
    numbers: Numbers | None


@blueprint.get("/sites/<site>/statistics")
@allowed("see")
def statistics(site: SiteRow) -> ResponseReturnValue:
    """Show rates with their denominators, and lost receipts."""
    today = services().now // DAY_SECONDS
    query = {name: value.strip() for name, value in request.args.items() if value.strip()}
    is_part = "HX-Request" in request.headers
    errors = duplicate_parameters(request.args)
    try:
        if errors:
            raise FilterError(errors)
        wanted, by = read_query(query, today), read_part(query, "country")
    except FilterError as error:
        errors, wanted, by = dict(error.fields), read_query({}, today), "country"
    if by not in BREAKDOWNS:
        by = "country"
    sums = _sums(site, wanted, DAY, by)
    days, parts = sums[DAY], sums[by]
    whole, versions = rates.total(days), version_rows(site)
    losses = _losses(site, wanted)
    is_empty = not whole.shown and not whole.answers
    steps = _steps(wanted, days)
    drawn = chart_rates([step.numbers for step in steps], wanted.span)
    bots = _sums(site, replace(wanted, bots="only"), DAY)[DAY] if is_empty and wanted.bots == "exclude" else {}
    page = render_template(
        "dashboard/insight/statistics.html",
        filter_words=FILTER_WORDS,
        query=query,
        errors=errors,
        wanted=wanted,
        since=wanted.first_day * DAY_SECONDS,
        until=min(wanted.last_day, today) * DAY_SECONDS,
        steps=steps,
        plot=_plot(wanted, steps, drawn, versions) if not drawn.is_empty else None,
        drawn_days=drawn.window * wanted.span,
        min_asked=MIN_ASKED,
        whole=whole,
        is_empty=is_empty,
        of_bots=rates.total(bots),
        sentence=" ".join([_sentence(wanted, whole, drawn.window), *_gaps(steps, drawn)]),
        by=by,
        breakdowns=BREAKDOWNS,
        parts=_named(parts, by, {row.name: row.number for row in versions}),
        losses=losses,
        behind=services().reads.lag_seconds,
        lost=summed(losses.values()),
        periods=_periods(query, today),
        with_query=lambda **given: _query_with(query, **given),
        options=_options(site, versions),
    )
    response = make_response(page, 400 if errors and not is_part else 200)
    if is_part:
        # The form also sends empty fields, which the URL omits.
        response.headers["HX-Push-Url"] = url_for("dashboard.statistics", site=site.key) + _query_with(query)
    return response


@blueprint.get("/sites/<site>/statistics/export")
@allowed("see")
def export_statistics(site: SiteRow) -> ResponseReturnValue:
    """Send the numbers of a chart or table as CSV; `by` is a dimension or `losses`."""
    query = {name: value.strip() for name, value in request.args.items() if value.strip()}
    by = query.pop("by", DAY)
    if duplicate_parameters(request.args):
        abort(400)
    try:
        wanted = read_query(query, services().now // DAY_SECONDS)
        part = read_part({"by": DAY if by == "losses" else by}, DAY)
    except FilterError:
        abort(400)
    if by == "losses":
        lines = views.losses_csv(_losses(site, wanted))
    else:
        lines = views.rates_csv(wanted, _sums(site, wanted, part)[part], part)
    name = f"{site.key}-{by}-{views.date_of(wanted.first_day)}-{views.date_of(wanted.last_day)}.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _sums(site: SiteRow, wanted: StatisticsQuery, *parts: str) -> dict[str, dict[str, Numbers]]:
    with services().reads.connect() as connection:
        return rates.numbers_by(connection, site.id, wanted, parts, services().rules.opt_in_regimes)


def _losses(site: SiteRow, wanted: StatisticsQuery) -> dict[int, Losses]:
    with services().reads.connect() as connection:
        return losses_by_day(connection, site.id, wanted.first_day, wanted.last_day, wanted.span)


def _steps(wanted: StatisticsQuery, days: Mapping[str, Numbers]) -> list[Step]:
    every = range(wanted.first_day, wanted.last_day + 1, wanted.span)
    return [Step(day * DAY_SECONDS, days.get(str(day))) for day in every]


def _plot(wanted: StatisticsQuery, steps: Iterable[Step], drawn: Rates, versions: Iterable[Any]) -> dict[str, Any]:
    """Return the chart's data: rates from 0 to 1, their denominators, and when each version was published, in order."""
    marks = sorted((row.published_at, row.number) for row in versions)
    first, last = wanted.first_day * DAY_SECONDS, (wanted.last_day + 1) * DAY_SECONDS
    return {
        "x": [step.time for step in steps],
        "groups": [
            {
                "id": group,
                "label": GROUP_WORDS[group],
                "rates": [one.granted / one.asked if one else None for one in drawn.groups[group]],
                "asked": [one.asked if one else 0 for one in drawn.groups[group]],
            }
            for group in OPTIONAL
        ],
        "locale": viewer_locale().replace("_", "-"),
        "versions": [[time, f"v{number}"] for time, number in marks if first <= time < last],
    }


def _sentence(wanted: StatisticsQuery, whole: Numbers, window: int) -> str:
    """Return the chart's content in one sentence."""
    parts = [
        gettext(
            "%(group)s (%(share)s of %(asked)s)",
            group=lowered(GROUP_WORDS[group]),
            share=share(of.granted, of.asked),
            asked=number(of.asked),
        )
        for group, of in whole.groups.items()
        if of.asked
    ]
    if not parts:
        return gettext("No visitor who was asked for an opt-in has answered in this period.")
    values = ", ".join(parts)
    if window > 1:
        return gettext(
            "Each point covers the %(days)s days up to it, because a single day has too few answers "
            "for a rate. Overall: %(values)s.",
            days=window * wanted.span,
            values=values,
        )
    if wanted.span == 7:
        return gettext("Granted when asked, by week and overall: %(values)s.", values=values)
    return gettext("Granted when asked, by day and overall: %(values)s.", values=values)


def _gaps(steps: Sequence[Step], drawn: Rates) -> Iterator[str]:
    """Yield sentences on why lines start later than the chart, or have gaps."""
    answered = [place for place, step in enumerate(steps) if step.numbers and step.numbers.answers]
    if drawn.is_empty or not answered:
        return
    first = answered[0]
    if first:
        yield gettext("The first answers are from %(day)s.", day=date(steps[first].time))
    lines = [line[first:] for line in drawn.groups.values() if any(line)]
    if any(None in line for line in lines):
        yield gettext("No rate is shown below %(min_asked)s answers.", min_asked=MIN_ASKED)


def _named(parts: Mapping[str, Numbers], by: str, versions: Mapping[str, int]) -> list[tuple[str, str, Numbers]]:
    """Return the parts as rows: the filter value, its label, and its numbers."""
    words: dict[str, Any] = {
        "country": lambda code: place_words("" if code == rates.UNKNOWN else code),
        "regime": regime_words,
        "language": language_words,
        "device": lambda device: DEVICE_WORDS.get(device, device),
        "config": lambda name: (
            gettext("Version %(number)s", number=versions[name])
            if name in versions
            else gettext("A version that is not stored here")
        ),
    }
    return [(value, words[by](value), one) for value, one in views.ordered(parts, by)]


def _periods(query: Mapping[str, str], today: int) -> list[tuple[str, str, bool]]:
    """Return the label and query of each preset period, and whether it is the current one."""
    given = tuple(query.get(name, "") for name in ("from", "to"))
    found = []
    for days, words in PERIODS:
        dates = {"from": views.date_of(today - days + 1), "to": views.date_of(today)}
        is_shown = given == tuple(dates.values()) or (days == DAYS and given == ("", ""))
        found.append((words, _query_with(query, **dates), is_shown))
    return found


def _query_with(query: Mapping[str, str], **given: str) -> str:
    """Return the query string updated with `given`, without empty values."""
    values = {name: value for name, value in {**query, **given}.items() if value}
    return "?" + urlencode(values) if values else ""


def _options(site: SiteRow, versions: Iterable[Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the options of each select, for which the site has choices."""
    with services().reads.connect() as connection:
        known = rates.values(connection, site.id, ("country", "regime", "language"))
    countries = [(code or rates.UNKNOWN, place_words(code)) for code in known["country"]]
    return {
        "country": sorted(countries, key=lambda pair: (pair[0] == rates.UNKNOWN, name_key(pair[1]))),
        "regime": [(name, regime_words(name)) for name in known["regime"]],
        "language": [(code, language_words(code)) for code in known["language"]],
        "device": [(device, DEVICE_WORDS[device]) for device in DEVICES],
        "config": [
            (row.name, gettext("%(number)s (live)", number=row.number) if row.is_live else str(row.number))
            for row in versions
        ],
        "bots": list(BOT_WORDS.items()),
    }
