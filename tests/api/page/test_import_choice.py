"""Choices that visitors made with another consent tool: their receipts claim nothing about what was shown."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from consent.core.choice import parse_choice
from consent.core.days import add_months, day_of
from consent.presentation.texts import receipt_texts
from consent.signing.receipt_claims import personal_digest
from consent.sites.moving.mapping import mapping_name
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of
from consent.storage.receipts import receipts as store
from consent.storage.statistics.losses import losses, unreadable_values, views_with_former_tool
from tests.api.page.script_facts import facts_of
from tests.api.shop import KEY, ORIGIN, claims_of

pytestmark = pytest.mark.app

MAPPING = {
    "tool": "klaro",
    "cookie": "klaro",
    "categories": {"chat": "functional", "stats": "analytics", "ads": "vendor:ads", "session": "essential"},
    "vendors": ["chat", "ga"],
    "delete": False,
}
NAME = mapping_name(MAPPING)
TODAY = datetime.now(UTC).date()
UNSHOWN = ("text", "config", "variant", "layer", "language")


@pytest.fixture
def moved(any_shop):
    any_shop.edit(lambda draft: draft["overrides"].update(old_choices=MAPPING))
    any_shop.publish()
    return any_shop


def imported(shop, choices, said_at=None, mapping=NAME, **facts):
    source = {"tool": "klaro", "said_at": said_at, "mapping": mapping}
    body = shop.choice("save", method="import", layer=0, chosen_at="2026-12-01T10:00:00Z", source=source)
    return body | {"choices": choices} | facts


def error_of(answer):
    return answer.status_code, answer.json["error"]["code"], [*answer.json["error"]["fields"]]


def test_a_receipt_of_an_import_names_the_tool_and_claims_no_text(moved):
    asked = str(TODAY - timedelta(days=20))
    body = imported(moved, {"functional": True, "analytics": False}, asked, vendors={"ads": False})
    answer = moved.choose(body, Sec_Fetch_Site="same-origin")
    assert answer.status_code == 201
    claims = claims_of(moved, answer)
    assert {name: claims[name] for name in UNSHOWN} == dict.fromkeys(UNSHOWN)
    assert (claims["schema"], claims["method"]) == ("consent-receipt/2", "import")
    told = {"tool": "klaro", "version": None, "said_at": asked, "from": "cookie", "mapping": NAME}
    assert claims["source"] == told
    assert claims["judged_by"] == moved.decision().json["config"]
    assert (claims["effective"], claims["vendors"]) == (
        {"functional": True, "analytics": False, "advertising": None},
        {"ads": False},
    )
    with moved.service.context.engine.connect() as connection:
        kept = store.personal(connection, answer.json["id"])
        row = store.get(connection, answer.json["id"])
    body = json.loads(kept.body)
    assert personal_digest(kept.salt, body) == claims["pd"]
    assert (body["account"], body["chosen_at"]) == (None, None)
    assert (row.config, row.language) == ("", "")
    cookies = "; ".join(line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie"))
    own = moved.get("/r/shop", Cookie=cookies).text
    assert (receipt_texts("en")["receipts_imported"] in own, "Own selection" in own) == (True, True)


def test_a_grant_is_as_old_as_it_was_and_covers_the_vendors_of_the_old_banner_alone(moved):
    asked = TODAY - timedelta(days=20)
    answer = moved.choose(imported(moved, {"functional": True}, str(asked)), Sec_Fetch_Site="same-origin")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("consent_shop="))
    choice = parse_choice(cookie.split(";")[0].partition("=")[2])
    assert choice.day == day_of(asked)
    assert answer.json["decision"]["allowed_tags"] == ["session", "chat"]

    def add(draft):
        new = json.loads(json.dumps(next(tag for tag in draft["tags"] if tag["id"] == "chat")))
        draft["tags"].append(new | {"id": "chat2", "template": "chat2", "vendor": "chat2"})
        draft["vendors"].append(draft["vendors"][1] | {"id": "chat2"})

    moved.edit(add)
    moved.publish()
    fresh = moved.choose(imported(moved, {"functional": True}, str(asked), key="f" * 32))
    reasons = {tag["id"]: tag["reason"] for tag in fresh.json["decision"]["tags"]}
    assert (reasons["chat"], reasons["chat2"]) == ("granted", "not_covered")


def test_a_grant_without_a_date_is_not_extended_and_a_refusal_applies_from_today(moved):
    granted = moved.choose(imported(moved, {"functional": True}))
    refused = moved.choose(imported(moved, {"functional": False}, "2019-01-01", key="a" * 32))
    days = (day_of(date.fromisoformat(claims_of(moved, one)["expires"][:10])) for one in (granted, refused))
    today = day_of(TODAY)
    # With an unknown place, a grant holds for 6 months, and the visitor isn't asked again for 12 months after a
    # refusal.
    assert [*days] == [add_months(today - 120, 6), add_months(today, 12)]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"choices": {"advertising": True}}, (400, "invalid_field", ["choices.advertising"])),
        ({"vendors": {"ga": True}}, (400, "invalid_field", ["vendors.ga"])),
        ({"mapping": "sha256:" + "0" * 64}, (400, "invalid_field", ["source.mapping"])),
        ({"said_at": "2031-01-01"}, (400, "invalid_field", ["source.said_at"])),
        ({"said_at": "2017-12-31"}, (400, "invalid_field", ["source.said_at"])),
        ({"said_at": "20261001"}, (400, "invalid_field", ["source.said_at"])),
        ({"method": "click"}, (400, "invalid_field", ["source"])),
        ({"source": None}, (400, "invalid_field", ["source"])),
        ({"subject": "x"}, (400, "invalid_field", ["subject"])),
        ({"choices": {"functional": True}, "action": "accept_all"}, (400, "invalid_field", ["action"])),
        ({"layer": 1}, (400, "invalid_field", ["layer"])),
        ({"conflict_shown": True}, (400, "invalid_field", ["conflict_shown"])),
    ],
)
def test_rejects_choices_outside_the_mapping(moved, facts, error):
    facts = {"choices": {"functional": True}, **facts}
    status, code, fields = error_of(moved.choose(imported(moved, **facts)))
    assert (status, code) == error[:2]
    assert {field.split(".")[0] for field in fields} == {field.split(".")[0] for field in error[2]}


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"file": "sha256:" + "1" * 64}, "source.file"), ({"version": "john.doe-42"}, "source.version")],
)
def test_a_page_states_no_file_and_no_text_as_a_version(moved, facts, field):
    body = imported(moved, {"functional": False})
    body["source"] |= facts
    assert error_of(moved.choose(body)) == (400, "invalid_field", [field])


def test_a_server_may_name_its_file_and_leave_out_the_layer(moved):
    body = imported(moved, {"functional": False})
    del body["layer"]
    body["source"] |= {"file": "sha256:" + "1" * 64, "version": "202409.1.0"}
    answer = moved.choose(body, origin=None, Authorization=moved.token("receipts:import"))
    assert answer.status_code == 201, answer.data
    assert claims_of(moved, answer)["source"]["file"] == "sha256:" + "1" * 64


def test_a_vendors_grant_beside_a_refusal_of_its_group_is_refused(moved):
    def tag_ads(draft):
        draft["overrides"]["old_choices"] = mapping
        draft["tags"].append(
            json.loads(json.dumps(draft["tags"][1])) | {"id": "ads2", "vendor": "ads", "group": "analytics"}
        )

    mapping = MAPPING | {"categories": {"stats": "analytics", "ads": "vendor:ads"}}
    moved.edit(tag_ads)
    moved.publish()
    name = mapping_name(mapping)
    assert "analytics" in facts_of(moved.get("/b/shop.js"))["old"]["vendor_groups"]["ads"]
    body = imported(moved, {"analytics": False}, str(TODAY), name, vendors={"ads": True})
    assert error_of(moved.choose(body)) == (400, "invalid_field", ["vendors.ads"])
    for choices, ads in (({"analytics": False}, False), ({"analytics": True}, True)):
        answer = moved.choose(imported(moved, choices, str(TODAY), name, vendors={"ads": ads}, key=f"{ads:032d}"))
        assert answer.status_code == 201, answer.data


def test_a_signal_refuses_advertising_that_the_mapping_does_not_name(moved):
    assert moved.choose(imported(moved, {"advertising": False})).status_code == 201


def test_a_future_date_is_recorded_as_today(moved):
    body = imported(moved, {"functional": False}, str(TODAY + timedelta(days=1)))
    assert claims_of(moved, moved.choose(body))["source"]["said_at"] == str(TODAY)


def test_a_site_without_a_mapping_accepts_no_imports(any_shop):
    answer = any_shop.choose(imported(any_shop, {"functional": False}))
    assert error_of(answer)[:2] == (403, "no_import")


def test_a_mapping_ends_with_its_last_day(any_shop):
    ended = MAPPING | {"until": str(TODAY - timedelta(days=1))}
    any_shop.edit(lambda draft: draft["overrides"].update(old_choices=ended))
    any_shop.publish()
    answer = any_shop.choose(imported(any_shop, {"functional": False}, mapping=mapping_name(ended)))
    assert error_of(answer)[:2] == (403, "no_import")
    assert b"old_choices" not in any_shop.get("/b/shop.js").data


def test_a_removed_mapping_imports_nothing_through_an_earlier_config(moved):
    body = imported(moved, {"functional": False})
    moved.edit(lambda draft: draft["overrides"].pop("old_choices"))
    moved.publish()
    assert error_of(moved.choose(body))[:2] == (403, "no_import")
    by_server = moved.choose(body, origin=None, Authorization=moved.token("receipts:import"))
    assert error_of(by_server)[:2] == (403, "no_import")


def test_an_escape_in_the_body_is_no_way_around_the_mapping(any_shop):
    text = json.dumps(imported(any_shop, {"functional": True}))
    for hidden in ("\\u0069mport", "impor\\u0074"):
        answer = any_shop.client.post(
            "/api/v1/sites/shop/receipts",
            data=text.replace('"import"', f'"{hidden}"'),
            headers={"Origin": ORIGIN, "Content-Type": "application/json"},
        )
        assert error_of(answer)[:2] == (403, "no_import")


def test_a_page_states_where_it_read_a_choice_and_a_server_cannot(moved):
    body = imported(moved, {"functional": False})
    body["source"]["from"] = "storage"
    assert claims_of(moved, moved.choose(body))["source"]["from"] == "storage"
    token = moved.token("receipts:import")
    by_server = moved.choose(body | {"key": "b" * 32}, origin=None, Authorization=token)
    assert claims_of(moved, by_server)["source"]["from"] == "file"
    body["source"]["from"] = "file"
    assert error_of(moved.choose(body | {"key": "c" * 32})) == (400, "invalid_field", ["source.from"])


def test_counts_unreadable_values_by_the_tool_of_the_mapping(moved):
    shown = moved.decision().json
    event = {"event": "unreadable", "config": shown["config"], "token": shown["token"]}
    for body, status in ((event, 204), (event, 204), (event | {"tool": "x"}, 400)):
        answer = moved.client.post("/api/v1/sites/shop/events", json=body)
        assert answer.status_code == status, answer.data
    moved.service.context.buffers.events.flush()
    with moved.service.context.engine.connect() as connection:
        assert unreadable_values(connection, moved.site_id, day_of(TODAY) - 1, day_of(TODAY) + 1) == {"klaro": 2}


def test_page_views_beside_a_former_tool_are_counted_where_the_site_names_it(moved):
    for named in (False, True):
        shown = moved.decision().json
        event = {"event": "old_tool", "config": shown["config"], "token": shown["token"]}
        assert moved.client.post("/api/v1/sites/shop/events", json=event).status_code == 204
        if not named:
            moved.edit(lambda draft: draft["overrides"].update(old_tool="orejime"))
            moved.publish()
    assert facts_of(moved.get("/b/shop.js"))["old_tool"] == {"tool": "orejime", "taken": True}
    moved.service.context.buffers.events.flush()
    with moved.service.context.engine.connect() as connection:
        assert views_with_former_tool(connection, moved.site_id, day_of(TODAY) - 1, day_of(TODAY) + 1) == {"orejime": 1}
        assert losses(connection, moved.site_id, day_of(TODAY) - 1, day_of(TODAY) + 1).codes == {}


def test_a_choice_that_a_page_imported_is_no_lost_receipt_and_one_of_a_server_hides_none(moved):
    now = datetime.now(UTC)
    body = imported(moved, {"functional": False})
    for key, made_at in (("a", now), ("b", now - timedelta(hours=1))):
        event = {"event": "chosen", "config": body["config"], "token": body["token"]}
        assert moved.client.post("/api/v1/sites/shop/events", json=event).status_code == 204
        stated = made_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        assert moved.choose(body | {"key": key * 32, "chosen_at": stated}).status_code == 201
    by_server = moved.choose(body | {"key": "c" * 32}, origin=None, Authorization=moved.token("receipts:import"))
    assert by_server.status_code == 201
    moved.service.context.buffers.events.flush()
    with moved.service.context.engine.connect() as connection:
        counted = losses(connection, moved.site_id, day_of(TODAY) - 1, day_of(TODAY) + 1)
    assert (counted.chosen, counted.prompt, counted.late, counted.kept, counted.missing) == (2, 1, 1, 3, 0)


def test_a_server_needs_the_scope_of_imports(moved):
    body = imported(moved, {"functional": False}, "2026-10-01")
    for scopes, status in ((["decide"], 403), (["receipts:import"], 201)):
        answer = moved.choose(body, origin=None, Authorization=moved.token(*scopes))
        assert answer.status_code == status
    assert claims_of(moved, answer)["source"]["from"] == "file"
    assert moved.choose(body, origin=None, Authorization=moved.token("receipts:import")).status_code == 200
    assert body["key"] == KEY


def test_a_page_whose_server_forwards_what_it_sends_needs_no_scope_of_imports(moved):
    token = moved.token("decide")
    body = imported(moved, {"functional": True}, str(TODAY - timedelta(days=20)))
    answer = moved.client.post(
        "/api/v1/sites/shop/receipts?country=DE", json=body, headers={"Origin": ORIGIN, "Authorization": token}
    )
    assert answer.status_code == 201, answer.data
    claims = claims_of(moved, answer)
    assert (claims["source"]["from"], claims["place_at_write"], claims["origin_checked"]) == (
        "cookie",
        {"country": "DE", "subdivision": None, "source": "token"},
        True,
    )
    by_both = moved.token("decide", "receipts:import")
    answer = moved.choose(body | {"key": "d" * 32}, origin=None, Authorization=by_both)
    assert claims_of(moved, answer)["source"]["from"] == "file"


def test_only_a_browser_without_a_choice_gets_the_part_that_reads(moved):
    reads = b'"mapping":"' + NAME.encode()
    first = moved.get("/b/shop.js")
    later = moved.get("/b/shop.js", Cookie=f"consent_shop={chosen_value(moved)}")
    assert reads in first.data
    assert reads not in later.data
    assert len(first.data) - len(later.data) > 8000
    assert first.headers["ETag"] != later.headers["ETag"]


def chosen_value(shop):
    answer = shop.choose(shop.choice(), Sec_Fetch_Site="same-origin")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("consent_shop="))
    return cookie.split(";")[0].partition("=")[2]


def test_the_log_says_who_enabled_which_mapping(moved):
    moved.edit(lambda draft: draft["overrides"].pop("old_choices"))
    moved.publish()
    with moved.service.context.engine.connect() as connection:
        confirmed = entries.of_action(connection, moved.site_id, "old_choices.confirmed")
        ended = entries.of_action(connection, moved.site_id, "old_choices.ended")
    claims = payload_of(confirmed[0].jws)
    assert (claims["before"], claims["after"]) == (None, {"mapping": NAME, **MAPPING})
    assert claims["by"]
    assert payload_of(ended[0].jws)["after"] is None


def test_the_visitor_finds_the_receipt_among_their_own(moved):
    body = imported(moved, {"functional": True}, str(TODAY), vendors={"ads": True})
    answer = moved.choose(body, Sec_Fetch_Site="same-origin")
    cookies = [one.split(";")[0] for one in answer.headers.getlist("Set-Cookie")]
    page = moved.get("/r/shop", Cookie="; ".join(cookies))
    assert page.status_code == 200
    assert ">Ads<" in page.text  # the vendor's name, not its id
    assert answer.json["id"] in page.text
