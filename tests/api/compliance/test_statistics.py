"""Statistics and the loss meter in the API: real choices are posted, counted and shown to a token's holder."""

import csv
import datetime
import io

import pytest

from tests.api.shop import ORIGIN

PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
)
STATISTICS, LOSSES = "/api/v1/sites/shop/statistics", "/api/v1/sites/shop/losses"


@pytest.fixture
def asked(shop):
    """Return a shop whose banner was shown and answered on a phone, and where one choice was rejected."""
    decision = shop.decision().json
    for event in ("shown", "chosen", "chosen"):
        body = {"event": event, "config": decision["config"], "token": decision["token"]}
        headers = {"Origin": ORIGIN, "User-Agent": PHONE}
        assert shop.client.post("/api/v1/sites/shop/events", json=body, headers=headers).status_code == 204
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert shop.choose(shop.choice(chosen_at=now), User_Agent=PHONE).status_code == 201
    assert shop.choose(shop.choice(token="w1.forged")).status_code == 403
    shop.service.context.buffers.events.flush()
    return shop


def get(shop, path, *scopes):
    token = shop.token(*(scopes or ("receipts:read",)))
    return shop.get(path, Authorization=token)


def test_reports_choices_by_segment_with_their_denominator(asked):
    found = get(asked, f"{STATISTICS}?by=device").json
    (item,) = found["items"]
    assert (item["device"], item["shown"], item["answers"]) == ("phone", 1, 1)
    for group, of in item["groups"].items():
        assert of["asked"] == of["granted"] + of["refused"] == 1, group
        assert of["rate"] in (0, 1)
    assert found["total"] == {name: value for name, value in item.items() if name != "device"}
    assert get(asked, f"{STATISTICS}?device=desktop").json["items"] == []


def test_a_choice_that_was_reported_but_not_stored_counts_as_missing(asked):
    (day,) = get(asked, LOSSES).json["items"]
    numbers = {name: day[name] for name in ("shown", "chosen", "kept", "refused", "missing", "codes")}
    assert numbers == {"shown": 1, "chosen": 2, "kept": 1, "refused": 1, "missing": 1, "codes": {"invalid_token": 1}}


@pytest.mark.parametrize(("changes", "counted"), [({}, 1), ({"chosen_at": None}, 0)])
def test_a_choice_forwarded_by_the_sites_server_counts_for_its_page_only_if_dated(asked, changes, counted):
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = asked.choice(key="c" * 32) | {"chosen_at": now} | changes
    assert asked.choose(body, Authorization=asked.token("decide")).status_code == 201
    asked.service.context.buffers.events.flush()
    (day,) = get(asked, LOSSES).json["items"]
    assert (day["kept"], day["prompt"], day["missing"]) == (2, 1 + counted, 1 - counted)


def test_both_come_as_csv(asked):
    for path in (STATISTICS, LOSSES):
        answer = get(asked, f"{path}?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        (row,) = [one for one in rows if one["shown"] != "0"]
        assert len(rows) == (30 if path == STATISTICS else 1)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert row["day"].startswith("20")
        assert row["shown"] == "1"


def test_a_long_period_is_reported_by_week(asked):
    found = get(asked, f"{STATISTICS}?from=2026-01-01&to=2026-11-25").json
    assert (found["span_days"], found["from"], found["to"]) == (7, "2025-12-29", "2026-11-29")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=9999-99-99", "to"),
        ("from=0001-01-01", "from"),
        ("from=2026-11-24&to=2026-11-01", "from"),
        ("to=0001-01-01", "to"),
        ("from=9999-06-01&to=9999-12-31", "to"),
        ("by=visitor", "by"),
        ("country=Germany", "country"),
        ("device=fridge", "device"),
        ("visitor=" + "a" * 32, "visitor"),
        ("format=xml", "format"),
    ],
)
def test_an_invalid_query_gets_a_single_error_message(shared_shop, query, field):
    answer = get(shared_shop, f"{STATISTICS}?{query}")
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (400, [field])


def test_losses_accept_a_period_and_no_other_filter(shop):
    assert get(shop, f"{LOSSES}?country=DE").status_code == 400
    assert get(shop, f"{LOSSES}?to=0001-01-01").status_code == 400


def test_the_first_days_that_there_are_can_be_asked_for(shop):
    assert get(shop, f"{STATISTICS}?to=1970-01-01").json["from"] == "1970-01-01"


def test_only_a_token_that_may_read_receipts_is_answered(shop):
    assert shop.get(STATISTICS).status_code == 401
    assert get(shop, STATISTICS, "decide").status_code == 403
    assert get(shop, LOSSES, "decide").status_code == 403
