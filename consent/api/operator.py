"""What operators and browsers ask of the service itself: health, readiness, metrics, keys, how GPC is treated."""

import hmac

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy.exc import SQLAlchemyError

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.geo import SENTENCES
from consent.proof.sequencer import PROMISED_S
from consent.storage.engine import takes_writes
from consent.storage.patience import answers_within
from consent.storage.schema import fault

GPC_SINCE = "2026-11-25"
"""When this product first honoured the signal as `/.well-known/gpc.json` says (W3C GPC, 3.4)."""
BUSY = (
    "Most visitors seem to come from one address: it is probably a proxy that does not say whom it speaks for. Let it"
    " set X-Forwarded-For and name its network in CONSENT_TRUSTED_PROXIES."
)
ANSWER_S = 2.0
"""How long the database may take to answer whether it is there."""
NO_STORE = ("Cache-Control", "no-store")


def answer_health(public: Public, request: Request) -> Answer:
    """Tell that the process answers; nothing else is asked, so that a database that is away restarts nobody.

    It is `starting` until the database has answered once: before, no decision can be made from memory.
    """
    return json_answer({"status": "ok" if public.live.were_read else "starting"}, 200, [NO_STORE])


def answer_readiness(public: Public, request: Request) -> Answer:
    """Tell whether choices can be kept now; a missing geo database warns, since the strictest rule holds then."""
    checks = {
        "database": _database(public),
        "geo": public.locator.reader.description.status,
        "writer": "ok" if public.writer.is_available else "away",
    }
    checks["log"] = _log(public)
    checks["node"] = "refused" if public.node.fault else "ok"
    needed = ("database", "writer", "node")
    ready = all(checks[name] == "ok" for name in needed) and not public.stopping
    checks["stopping"] = "yes" if public.stopping else "no"
    view = {"status": "ready" if ready else "not ready", "checks": checks, "warnings": warnings_of(public)}
    return json_answer(view, 200 if ready else 503, [NO_STORE])


def answer_metrics(public: Public, request: Request, token: str) -> Answer:
    """Answer the metrics in Prometheus's text form, to the holder of the metrics token or to this machine alone."""
    given = (request.header("Authorization") or "").removeprefix("Bearer ").strip()
    if token:
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise ApiError(401, "bad_token", "Metrics need the token of CONSENT_METRICS_TOKEN.")
    elif not _is_direct_loopback(request):
        raise ApiError(403, "not_local", "Without CONSENT_METRICS_TOKEN metrics are for this machine alone.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(public))
    return Answer(200, [("Content-Type", CONTENT_TYPE_LATEST), NO_STORE], generate_latest(registry))


def answer_gpc(public: Public, request: Request) -> Answer:
    """Tell that this service honours Global Privacy Control."""
    return json_answer({"gpc": True, "lastUpdate": GPC_SINCE}, 200, [("Cache-Control", "public, max-age=86400")])


def answer_jwks(public: Public, request: Request) -> Answer:
    """Answer the public keys that receipts are verified with, old ones as well (RFC 7517)."""
    return json_answer(public.keys.jwks, 200, [("Cache-Control", "public, max-age=300")])


class _Collector:
    """Reads the counters of one process when they are asked for."""

    def __init__(self, public: Public) -> None:
        self._public = public

    def collect(self):  # type: ignore[no-untyped-def]
        """Yield all metrics."""
        public = self._public
        refused = CounterMetricFamily(
            "consent_refused", "Requests refused, by endpoint and code", labels=["endpoint", "code"]
        )
        for (endpoint, code), count in public.refused.items():
            refused.add_metric([endpoint.removeprefix("answer_"), code], count)
        yield refused
        waiting = GaugeMetricFamily(
            "consent_receipts_waiting", "Receipts that wait to be written", value=public.writer.waiting
        )
        yield waiting
        yield GaugeMetricFamily(
            "consent_log_lag_seconds", "How long the oldest receipt waits for its log", value=public.sequencer.lag
        )
        if public.reads.lag is not None:
            lag = "consent_replica_lag_seconds", "How far the replica is behind the primary"
            yield GaugeMetricFamily(*lag, value=public.reads.lag)
        if public.reads.has_replica:
            used = "consent_replica_used", "1 while reads go to the replica, 0 while they go to the primary"
            yield GaugeMetricFamily(*used, value=int(public.reads.is_of_replica))
        written = CounterMetricFamily("consent_receipts_written", "Receipts acknowledged by this process")
        written.add_metric([], public.written.count)
        yield written
        places = CounterMetricFamily("consent_place", "Places looked up, by what came of it", labels=["outcome"])
        report = public.locator.report()
        for outcome, count in {"all": report.visits, "unknown": report.unknown, **report.doubts}.items():
            places.add_metric([outcome], count)
        yield places
        live = GaugeMetricFamily("consent_live_version", "The version that is live, by site", labels=["site"])
        for site, config in public.live.sites.items():
            live.add_metric([site], config.version)
        yield live


def _log(public: Public) -> str:
    if public.sequencer.refused:
        return "not continued"
    return "behind" if public.sequencer.lag > PROMISED_S else "ok"


def _database(public: Public) -> str:
    try:
        with answers_within(ANSWER_S), public.engine.connect() as connection:
            if not takes_writes(connection):
                return "read-only"
            return fault(public.engine) or "ok"
    except SQLAlchemyError:
        return "away"


def warnings_of(public: Public) -> list[str]:
    """Return in words all that the owner should look at."""
    writing = [f"Choices are not kept: {public.writer.fault}"] if public.writer.fault else []
    logs = [*public.sequencer.warnings(), *public.checkpoint_hook.warnings()]
    return [
        *writing,
        *public.node.doubts,
        *public.reads.warnings(),
        *place_warnings(public),
        *logs,
        *public.broken_lists,
    ]


def place_warnings(public: Public) -> list[str]:
    """Return in words what looks wrong about how places are found: a mis-set proxy applies the wrong law."""
    report = public.locator.report()
    found = [SENTENCES[code] for code, count in report.doubts.items() if count]
    if report.has_busy_address and not public.is_demo:
        found.append(BUSY)
    description = public.locator.reader.description
    if description.error:
        found.append(f"Geo database {description.error}.")
    return found


def _is_direct_loopback(request: Request) -> bool:
    forwarded = any(request.header(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    # A socket that listens for both families writes the first as ::ffff:127.0.0.1.
    return request.peer.removeprefix("::ffff:") in ("127.0.0.1", "::1") and not forwarded
