"""Each alert is raised by its cause, within a quarter of an hour or its own time, and none by a healthy cluster."""

import json
from pathlib import Path

import pytest

from cluster.programs import find
from deploy.fill import HERE
from tests.deploy.files import filled, write
from tests.deploy.programs import check

pytestmark = [pytest.mark.long, pytest.mark.server]

WEEK_MIN = 7 * 24 * 60
REFUSED = 'consent_refused_total{job="consent",instance="n1",endpoint="receipt_write",code="unavailable"}'
WRITTEN = 'consent_receipts_written_total{job="consent",instance="n1"}'
HAPROXY_RESPONSES = 'haproxy_backend_http_responses_total{proxy="ready",code="%s"}'
HEALTHY = {
    'up{job="consent",instance="n1"}': "1x60",
    'up{job="haproxy",instance="n1"}': "1x60",
    'up{job="patroni",instance="db1"}': "1x60",
    'up{job="etcd",instance="db1"}': "1x60",
    'haproxy_backend_active_servers{proxy="ready"}': "2x60",
    'haproxy_backend_response_time_average_seconds{proxy="ready",instance="n1"}': "0.01x60",
    HAPROXY_RESPONSES % "2xx": "0+6000x60",
    HAPROXY_RESPONSES % "5xx": "0+1x60",
    REFUSED: "0x60",
    WRITTEN: "0+600x60",
    'consent_receipts_waiting{instance="n1"}': "3x60",
    'consent_log_lag_seconds{instance="n1"}': "1x60",
    'consent_live_version{instance="n1",site="shop"}': "4x60",
    'consent_live_version{instance="n2",site="shop"}': "4x60",
    'consent_place_total{outcome="all"}': "0+1000x60",
    'consent_place_total{outcome="unknown"}': "0+20x60",
    'consent_place_total{outcome="untrusted_peer"}': "0x60",
    'patroni_primary{instance="db1"}': "1x60",
    'patroni_primary{instance="db2"}': "0x60",
    'patroni_quorum_standby{instance="db2"}': "1x60",
    'patroni_sync_standby{instance="db2"}': "0x60",
    'patroni_postgres_running{instance="db1"}': "1x60",
    'patroni_replica{instance="db1"}': "0x60",
    'patroni_replica{instance="db2"}': "1x60",
    'patroni_xlog_location{instance="db1"}': "1000000000x60",
    'patroni_xlog_replayed_location{instance="db2"}': "999999000x60",
    'patroni_failsafe_mode_is_active{instance="db1"}': "0x60",
    'etcd_server_has_leader{instance="db1"}': "1x60",
    'etcd_disk_wal_fsync_duration_seconds_bucket{instance="db1",le="0.016"}': "0+100x60",
    'etcd_disk_wal_fsync_duration_seconds_bucket{instance="db1",le="1"}': "0+100x60",
    'etcd_disk_wal_fsync_duration_seconds_bucket{instance="db1",le="+Inf"}': "0+100x60",
}
HARM: dict[str, dict[str, str]] = {
    "NoNodeReady": {'haproxy_backend_active_servers{proxy="ready"}': "0x60"},
    "NodeDown": {'up{job="consent",instance="n1"}': "0x60"},
    "ChoicesRefused": {REFUSED: "0+60x60"},
    "ReceiptQueueLong": {'consent_receipts_waiting{instance="n1"}': "5000x60"},
    "LogIsBehind": {'consent_log_lag_seconds{instance="n1"}': "90x60"},
    "NoReceipts": {WRITTEN: f"0+600x{WEEK_MIN - 60} {(WEEK_MIN - 60) * 600}x180"},
    "NodesDiffer": {'consent_live_version{instance="n2",site="shop"}': "3x60"},
    "ProxyUntrusted": {'consent_place_total{outcome="untrusted_peer"}': "0+10x60"},
    "PlacesUnknown": {
        'consent_place_total{outcome="unknown"}': "0+500x180",
        'consent_place_total{outcome="all"}': "0+1000x180",
    },
    "HAProxyDown": {'up{job="haproxy",instance="n1"}': "0x60"},
    "ServerErrors": {HAPROXY_RESPONSES % "5xx": "0+100x60"},
    "ResponsesSlow": {'haproxy_backend_response_time_average_seconds{proxy="ready",instance="n1"}': "2x60"},
    "NoPrimary": {'patroni_primary{instance="db1"}': "0x60"},
    "NoSynchronousStandby": {'patroni_quorum_standby{instance="db2"}': "0x60"},
    "MemberDown": {'patroni_postgres_running{instance="db1"}': "0x60"},
    "StandbyBehind": {'patroni_xlog_replayed_location{instance="db2"}': "600000000x60"},
    "EtcdUnreachable": {'patroni_failsafe_mode_is_active{instance="db1"}': "1x60"},
    "EtcdMemberDown": {'etcd_server_has_leader{instance="db1"}': "0x60"},
    "EtcdDiskSlow": {
        'etcd_disk_wal_fsync_duration_seconds_bucket{instance="db1",le="0.016"}': "0x60",
    },
}
LATE = {"NoReceipts": WEEK_MIN + 60, "PlacesUnknown": 130}
"""Minutes until an alert is raised; all others take fifteen."""


def ask(folder: Path, series: dict[str, str], minutes: int, expected: list[str]) -> None:
    """Make promtool check which alerts are raised after `minutes` minutes of `series`."""
    rules = write(folder, "consent.rules.yml", filled("prometheus/consent.rules.yml"))
    raised = {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in expected],
    }
    given = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [raised]}
    text = json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]})
    # JSON is valid YAML.
    check(find("promtool"), "test", "rules", write(folder, "alerts.yml", text))


def test_a_healthy_cluster_raises_none(tmp_path: Path) -> None:
    ask(tmp_path, HEALTHY, 55, [])


@pytest.mark.parametrize("name", HARM)
def test_each_alert_fires_only_for_its_cause(tmp_path: Path, name: str) -> None:
    minutes = LATE.get(name, 15)
    healthy = HEALTHY if minutes == 15 else {'patroni_primary{instance="db1"}': f"1x{minutes}"}
    ask(tmp_path, healthy | HARM[name], minutes, [name])


def test_no_alert_is_left_out() -> None:
    text = (HERE / "prometheus" / "consent.rules.yml").read_text("utf-8")
    assert [line.split()[-1] for line in text.splitlines() if "- alert:" in line] == list(HARM)
