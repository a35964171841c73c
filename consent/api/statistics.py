"""GET /api/v1/sites/<site>/statistics and /losses: what was shown, chosen and lost, in numbers without anybody in them."""

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.exports import statistics
from consent.snapshots.compile import day_of_time
from consent.storage.filter_query import FilterError
from consent.storage.losses import losses_by_day
from consent.storage.rates import DAY, Wanted, numbers
from consent.storage.statistic_query import read_part, read_wanted

NO_STORE = ("Cache-Control", "no-store")
CSV = ("Content-Type", "text/csv; charset=utf-8")
FORMATS = ("json", "csv")


def answer_statistics(public: Public, request: Request, site: str) -> Answer:
    """Answer sums by day, country, regime, language, device, config or variant, to a token of scope `receipts:read`."""
    site_id, wanted, part, is_csv = _read(public, request, site)
    with public.reads.connect() as connection:
        parts = numbers(connection, site_id, wanted, part, public.rules.asking)
    if is_csv:
        return Answer(200, [CSV, NO_STORE], "".join(statistics.rates_csv(wanted, parts, part)).encode())
    return json_answer(statistics.rates_view(wanted, parts, part), 200, [NO_STORE])


def answer_losses(public: Public, request: Request, site: str) -> Answer:
    """Answer the loss meter by day, to a token of scope `receipts:read`."""
    site_id, wanted, part, is_csv = _read(public, request, site)
    if part != DAY or wanted != Wanted(wanted.first_day, wanted.last_day, wanted.span):
        raise ApiError(400, "bad_filter", "A filter cannot be used.", {"filters": "Losses have a period alone."})
    with public.reads.connect() as connection:
        by_day = losses_by_day(connection, site_id, wanted.first_day, wanted.last_day, wanted.span)
    if is_csv:
        return Answer(200, [CSV, NO_STORE], "".join(statistics.losses_csv(by_day)).encode())
    return json_answer(statistics.losses_view(wanted, by_day), 200, [NO_STORE])


def _read(public: Public, request: Request, site: str) -> tuple[int, Wanted, str, bool]:
    """Return what is asked for: site, visits, part, and whether as CSV. Raises ApiError."""
    config = find_site(public, site)
    public.tokens.check(request.header("Authorization") or "", "receipts:read", config.site_id)
    query = request.query
    try:
        wanted, part = read_wanted(query, day_of_time(public.clock())), read_part(query, DAY)
        kind = query.get("format") or FORMATS[0]
        if kind not in FORMATS:
            raise FilterError({"format": f"This must be one of {', '.join(FORMATS)}."})
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    return config.site_id, wanted, part, kind == "csv"
