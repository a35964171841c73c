"""Endpoints and route table of statistics and the loss meter."""

from marshmallow import Schema, fields

from consent.api.http.context import ApiContext
from consent.api.http.parameters import query
from consent.api.http.request import Request
from consent.api.http.request_schemas import CONFIG
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.routes import Reply, RouteGroup, get, json_reply
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_site
from consent.exports import statistics_format
from consent.runtime.compiled_config import day_of_time
from consent.storage.receipts.filter_params import FilterError
from consent.storage.statistics.losses import losses_by_day
from consent.storage.statistics.query_params import read_part, read_query
from consent.storage.statistics.rates import BOTS, DAY, PARTS, StatisticsQuery, numbers
from consent.storage.tables.statistics import DEVICES

CSV = ("Content-Type", "text/csv; charset=utf-8")
FORMATS = ("json", "csv")
SCOPE = "receipts:read"
LOSSES: dict[str, object] = {
    "missing": 2,
    "loss_rate": 0.002381,
    "shown": 1200,
    "chosen": 840,
    "kept": 838,
    "prompt": 830,
    "late": 8,
    "refused": 1,
    "postponed": 2,
}
RATES = {
    **{"shown": 1200, "answers": 840, "opted_out": 0, "taken_back": 12, "signals": 31},
    "groups": {"analytics": {"granted": 420, "refused": 420, "asked": 840, "rate": 0.5}},
}


def answer_statistics(context: ApiContext, request: Request, site: str) -> Answer:
    """Return totals by one dimension, such as country or day, to a token of scope `receipts:read`."""
    site_id, wanted, part, is_csv = _read(context, request, site)
    with context.reads.connect() as connection:
        parts = numbers(connection, site_id, wanted, part, context.configs.rules.opt_in_regimes)
    if is_csv:
        return Answer(200, [CSV, NO_STORE], "".join(statistics_format.rates_csv(wanted, parts, part)).encode())
    return json_answer(statistics_format.rates_view(wanted, parts, part), 200, [NO_STORE])


def answer_losses(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the loss meter by day, to a token of scope `receipts:read`."""
    site_id, wanted, part, is_csv = _read(context, request, site)
    if part != DAY or wanted != StatisticsQuery(wanted.first_day, wanted.last_day, wanted.span):
        raise ApiError(400, "invalid_filter", "A filter is invalid.", {"filters": "Only from and to can be used here."})
    with context.reads.connect() as connection:
        by_day = losses_by_day(connection, site_id, wanted.first_day, wanted.last_day, wanted.span)
    if is_csv:
        return Answer(200, [CSV, NO_STORE], "".join(statistics_format.losses_csv(by_day)).encode())
    return json_answer(statistics_format.losses_view(wanted, by_day), 200, [NO_STORE])


def _read(context: ApiContext, request: Request, site: str) -> tuple[int, StatisticsQuery, str, bool]:
    """Return the site, visits, part and whether CSV is wanted. Raises ApiError."""
    config = find_site(context, site)
    context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    params = request.query
    try:
        wanted, part = read_query(params, day_of_time(context.clock())), read_part(params, DAY)
        kind = params.get("format") or FORMATS[0]
        if kind not in FORMATS:
            raise FilterError({"format": f"Must be one of {', '.join(FORMATS)}."})
    except FilterError as error:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", dict(error.fields)) from None
    return config.site_id, wanted, part, kind == "csv"


class PeriodSchema(Schema):
    """A period of whole days or, above 92 days, whole weeks; `items` has an entry for each part with any counts."""

    since = fields.String(required=True, data_key="from", **meta("First day.", "2026-11-01"))
    to = fields.String(required=True, **meta("Last day, inclusive.", "2026-11-30"))
    span_days = fields.Integer(required=True, **meta("Days per item of the series: 1 or 7.", 1))
    total = fields.Dict(required=True, **meta("Totals of the whole period.", LOSSES))
    items = fields.List(fields.Dict(), required=True, **meta("Totals per item.", [{DAY: "2026-11-24", **LOSSES}]))


class RatesSchema(PeriodSchema):
    """Totals by one dimension; `groups` only counts answers of visitors whose rule asks for the group."""

    by = fields.String(required=True, **meta("Dimension that the items are grouped by.", DAY))
    bots = fields.String(required=True, **meta("Whether bots are counted.", "exclude"))
    total = fields.Dict(required=True, **meta("Totals of the whole period.", RATES))
    items = fields.List(fields.Dict(), required=True, **meta("Totals per item.", [{DAY: "2026-11-24", **RATES}]))


PERIOD = (
    query("from", "First day. Default: 29 days before the last day.", "2026-11-01", format="date"),
    query("to", "Last day, inclusive. Default: today (UTC).", "2026-11-30", format="date"),
    query("format", "Format of the response. Default: `json`.", "json", enum=list(FORMATS)),
)
VISITS = (
    query("by", "Dimension to group by. Default: `day`.", "day", enum=list(PARTS)),
    query("country", "Country (ISO 3166-1 alpha-2), or `unknown`.", "DE"),
    query("regime", "Regime that applied.", "eu_opt_in"),
    query("language", "Language of the banner (BCP 47).", "de"),
    query("device", "Coarse class of device.", DEVICES[0], enum=list(DEVICES)),
    query("config", "Hash of the config that was shown.", CONFIG),
    query("variant", "Variant of the banner.", "a"),
    query("bots", "Whether bots are counted. Default: `exclude`.", BOTS[0], enum=list(BOTS)),
)


def _reply(schema: type[Schema], csv: str) -> Reply:
    as_json = json_reply(schema, "The statistics.")
    return as_json._replace(content={**as_json.content, "text/csv": {"example": csv}})


ROUTE_GROUP = RouteGroup(
    "Statistics",
    "Totals of banners shown, choices made and receipts lost, without personal data.",
    (
        get(
            path="/api/v1/sites/<site>/statistics",
            endpoint=answer_statistics,
            summary=(
                "Return how many of the visitors who were prompted granted each group, by day or another dimension."
            ),
            parameters=(*PERIOD, *VISITS),
            replies=(_reply(RatesSchema, "day,shown,answers\r\n2026-11-24,1200,840\r\n"),),
            errors=(400, 401, 403, 404, 503),
            scope=SCOPE,
        ),
        get(
            path="/api/v1/sites/<site>/losses",
            endpoint=answer_losses,
            summary="Return how many choices banners reported and how many receipts were stored, by day.",
            parameters=PERIOD,
            replies=(_reply(PeriodSchema, "day,shown,chosen,kept\r\n2026-11-24,1200,840,838\r\n"),),
            errors=(400, 401, 403, 404, 503),
            scope=SCOPE,
        ),
    ),
)
