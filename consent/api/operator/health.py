"""Health, readiness, Prometheus metrics, the JWKS, and the GPC support resource (/.well-known/gpc.json)."""

import hmac
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.delivery.status import status_of
from consent.geo import SENTENCES
from consent.log.sequencer_thread import PROMISED_SECONDS
from consent.sites.shipped_rules import rules_problem
from consent.storage.database.engine import takes_writes
from consent.storage.database.query_timeout import answers_within
from consent.storage.delivery import receivers
from consent.storage.maintenance.migrate import schema_problem
from consent.storage.sites import sites

GPC_SINCE = "2026-11-25"
"""Date from which this product honors the signal as `/.well-known/gpc.json` states (W3C GPC, 3.4)."""
BUSY = (
    "Most visitors seem to come from one address, probably a proxy that doesn't forward visitors' "
    "addresses. Configure it to set X-Forwarded-For, and add its network to CONSENT_TRUSTED_PROXIES."
)
ANSWER_SECONDS = 2.0
"""Maximum time for the database to answer a status query."""


def answer_health(context: ApiContext, request: Request) -> Answer:
    """Return whether the process is running; nothing else is checked, so a database outage causes no restarts.

    The status is `starting` until the database has answered once: before that, no decision can be made from memory.
    """
    return json_answer({"status": "ok" if context.configs.live.has_loaded else "starting"}, 200, [NO_STORE])


def answer_readiness(context: ApiContext, request: Request) -> Answer:
    """Return whether choices can be stored now, under the rules that were accepted.

    A missing geo database only warns, since the strictest rule applies.
    """
    checks = {
        "database": _database_status(context),
        "geo": context.locator.reader.description.status,
        "writer": "ok" if context.receipts.writer.is_available else "away",
    }
    checks["log"] = _log_status(context)
    checks["node"] = "refused" if context.monitoring.node.error else "ok"
    checks["rules"] = "not verified" if rules_problem() else "ok"
    needed = ("database", "writer", "node", "rules")
    ready = all(checks[name] == "ok" for name in needed) and not context.monitoring.is_stopping
    checks["stopping"] = "yes" if context.monitoring.is_stopping else "no"
    view = {"status": "ready" if ready else "not ready", "checks": checks, "warnings": warnings_of(context)}
    return json_answer(view, 200 if ready else 503, [NO_STORE])


def answer_metrics(context: ApiContext, request: Request) -> Answer:
    """Return the metrics in the Prometheus text format, only to the holder of the metrics token or to this machine."""
    given, token = (
        (request.header("Authorization") or "").removeprefix("Bearer ").strip(),
        context.settings.metrics_token,
    )
    if token:
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise ApiError(401, "invalid_token", "Metrics require the token in CONSENT_METRICS_TOKEN.")
    elif not _is_direct_loopback(request):
        raise ApiError(403, "local_only", "Without CONSENT_METRICS_TOKEN, metrics are only available on this machine.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(context))
    return Answer(200, [("Content-Type", CONTENT_TYPE_LATEST), NO_STORE], generate_latest(registry))


def answer_gpc(context: ApiContext, request: Request) -> Answer:
    """Declare that this service honors Global Privacy Control."""
    return json_answer({"gpc": True, "lastUpdate": GPC_SINCE}, 200, [("Cache-Control", "public, max-age=86400")])


def answer_jwks(context: ApiContext, request: Request) -> Answer:
    """Return the public keys that verify receipts, including old ones (RFC 7517)."""
    return json_answer(context.keys.jwks, 200, [("Cache-Control", "public, max-age=300")])


class _Collector:
    """A Prometheus collector that reads the counters of one process on request."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    def collect(self):  # type: ignore[no-untyped-def]
        """Yield all metrics."""
        context = self._context
        refused = CounterMetricFamily(
            "consent_refused", "Refused requests, by endpoint and error code", labels=["endpoint", "code"]
        )
        for (endpoint, code), count in context.monitoring.refused.items():
            refused.add_metric([endpoint.removeprefix("answer_"), code], count)
        yield refused
        gated = CounterMetricFamily(
            "consent_gate_events",
            "Events on sites' own hosts judged for a gate",
            labels=["site", "vendor", "outcome", "reason"],
        )
        for key, count in context.monitoring.gated.items():
            gated.add_metric(key, count)
        yield gated
        waiting = GaugeMetricFamily(
            "consent_receipts_waiting", "Receipts waiting to be written", value=context.receipts.writer.waiting
        )
        yield waiting
        yield GaugeMetricFamily(
            "consent_log_lag_seconds",
            "Seconds the oldest receipt has waited to enter its log",
            value=context.log.sequencer.lag,
        )
        yield from _witness_metrics(context)
        yield from _delivery_metrics(context)
        if context.reads.lag is not None:
            lag = "consent_replica_lag_seconds", "Seconds the replica is behind the primary"
            yield GaugeMetricFamily(*lag, value=context.reads.lag)
        if context.reads.has_replica:
            used = "consent_replica_used", "1 while reads go to the replica, 0 while they go to the primary"
            yield GaugeMetricFamily(*used, value=int(context.reads.is_of_replica))
        written = CounterMetricFamily("consent_receipts_written", "Receipts acknowledged by this process")
        written.add_metric([], context.monitoring.written.count)
        yield written
        places = CounterMetricFamily("consent_place", "Place lookups, by outcome", labels=["outcome"])
        report = context.locator.report()
        for outcome, count in {"all": report.visits, "unknown": report.unknown, **report.warnings}.items():
            places.add_metric([outcome], count)
        yield places
        yield from _cache_metrics(context)
        ages = GaugeMetricFamily(
            "consent_thread_success_age_seconds", "Seconds since a background thread last succeeded", labels=["thread"]
        )
        for thread in context.monitoring.threads:
            if thread.success_age is not None:
                ages.add_metric([thread.name], thread.success_age)
        yield ages
        live = GaugeMetricFamily("consent_live_version", "Live version number, by site", labels=["site"])
        for site, version in context.configs.live.versions.items():
            live.add_metric([site], version.version)
        yield live


def _witness_metrics(context: ApiContext) -> Iterator[Metric]:
    """Yield how far each witness has cosigned each log, and for how long it has been failing."""
    if context.log.witnesses.policy is None:
        return
    labels = ["witness", "log"]
    leaves = GaugeMetricFamily(
        "consent_witness_leaves", "Tree size of a log that a witness has cosigned", labels=labels
    )
    failing = GaugeMetricFamily(
        "consent_witness_failing_seconds",
        "Seconds for which a witness has failed to cosign a log, 0 if it succeeds",
        labels=labels,
    )
    for one in context.log.witnesses.progress:
        names = [one.witness.partition("+")[0], one.site]
        leaves.add_metric(names, one.size)
        failing.add_metric(names, 0 if one.failing_since is None else max(context.clock() - one.failing_since, 0))
    yield from (leaves, failing)


def _delivery_metrics(context: ApiContext) -> Iterator[Metric]:
    """Yield what is waiting for each receiver, and the attempts by this process."""
    labels = ["site", "receiver"]
    try:
        with answers_within(ANSWER_SECONDS), context.engine.connect() as connection:
            keys = {site.id: site.key for site in sites.every(connection)}
            every = [status_of(connection, receiver) for receiver in receivers.every(connection)]
    except SQLAlchemyError:
        return
    if not every:
        return
    waiting = GaugeMetricFamily("consent_delivery_waiting", "Events not yet delivered to a receiver", labels=labels)
    dead = GaugeMetricFamily("consent_delivery_dead", "Events given up after the last retry", labels=labels)
    refusal = GaugeMetricFamily(
        "consent_delivery_oldest_refusal_seconds",
        "Age in seconds of the oldest undelivered refusal, 0 if there is none",
        labels=labels,
    )
    tries = CounterMetricFamily(
        "consent_delivery_tries", "Delivery attempts by this process", labels=[*labels, "outcome"]
    )
    spent = CounterMetricFamily("consent_delivery_seconds", "Seconds spent on delivery attempts", labels=labels)
    for status in every:
        names = [keys.get(status.receiver.site_id, ""), status.receiver.id]
        since, counters = status.oldest_refusal, context.privacy.delivery.dispatcher.counters.get(status.receiver.id)
        waiting.add_metric(names, status.undelivered)
        dead.add_metric(names, status.waiting.dead)
        refusal.add_metric(names, 0 if since is None else max(context.clock() - since, 0))
        if counters is not None:
            tries.add_metric([*names, "done"], counters.tries - counters.failures)
            tries.add_metric([*names, "failed"], counters.failures)
            spent.add_metric(names, counters.seconds)
    yield from (waiting, dead, refusal, tries, spent)


def _cache_metrics(context: ApiContext) -> Iterator[Metric]:
    """Yield the hits, misses and contents of the response caches."""
    requests = CounterMetricFamily("consent_cache_requests", "Cache lookups", labels=["cache", "outcome"])
    size = GaugeMetricFamily(
        "consent_cache_bytes", "Approximate bytes used by the entries of a cache", labels=["cache"]
    )
    entries = GaugeMetricFamily("consent_cache_entries", "Number of entries in a cache", labels=["cache"])
    for name, usage in {"configs": context.configs.live.usage(), **context.caches.usage()}.items():
        requests.add_metric([name, "hit"], usage.hits)
        requests.add_metric([name, "miss"], usage.misses)
        size.add_metric([name], usage.bytes)
        entries.add_metric([name], usage.entries)
    yield from (requests, size, entries)


def _log_status(context: ApiContext) -> str:
    if context.log.sequencer.refused:
        return "not continued"
    return "behind" if context.log.sequencer.lag > PROMISED_SECONDS else "ok"


def _database_status(context: ApiContext) -> str:
    try:
        with answers_within(ANSWER_SECONDS), context.engine.connect() as connection:
            if not takes_writes(connection):
                return "read-only"
            return schema_problem(context.engine) or "ok"
    except SQLAlchemyError:
        return "away"


def warnings_of(context: ApiContext) -> list[str]:
    """Return warnings that the operator should look into."""
    writing = (
        [f"Choices cannot be stored: {context.receipts.writer.problem}"] if context.receipts.writer.problem else []
    )
    logs = [*context.log.sequencer.warnings(), *context.log.checkpoint_webhook.warnings()]
    logs += context.log.witnesses.warnings()
    rules = [rules_problem()] if rules_problem() else []
    return [
        *writing,
        *rules,
        *context.monitoring.node.warnings,
        *context.reads.warnings(),
        *place_warnings(context),
        *logs,
        *context.monitoring.purge_warnings(),
        *(sentence for thread in context.monitoring.threads for sentence in thread.failures()),
        *context.settings.broken_filter_lists,
    ]


def place_warnings(context: ApiContext) -> list[str]:
    """Return warnings about problems in locating visitors: a misconfigured proxy applies the wrong law."""
    report = context.locator.report()
    found = [SENTENCES[code] for code, count in report.warnings.items() if count]
    if report.has_busy_address and not context.settings.is_demo:
        found.append(BUSY)
    description = context.locator.reader.description
    if description.error:
        found.append(f"Geo database {description.error}.")
    return found


def _is_direct_loopback(request: Request) -> bool:
    forwarded = any(request.header(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    # A dual-stack socket reports IPv4 addresses in the form ::ffff:127.0.0.1.
    return request.peer.removeprefix("::ffff:") in ("127.0.0.1", "::1") and not forwarded
