"""Single tags and the texts of one language through the API, under the draft's ETag."""

from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.presentation.texts import banner_texts
from consent.storage.sites import draft_origins
from tests.api.configuration.job import DRAFT, VERSIONS, Job, code_of
from tests.api.shop import Shop

GA4 = {"vendor": "google-analytics", "template": "ga4", "parameters": {"measurement_id": "G-ABCDE12345"}}
TAG, TEXTS = f"{DRAFT}/tags/ga4", f"{DRAFT}/texts/en"


@pytest.fixture
def job(shop: Shop) -> Job:
    return Job(shop, "config:read", "config:write", site_id=shop.site_id)


def trail(job: Job) -> list[dict[str, Any]]:
    items = job.shop.get("/api/v1/sites/shop/audit", Authorization=job.shop.token("log:read")).json["items"]
    return [one for one in items if one["action"] == "draft.changed"]


def test_a_tag_is_added_changed_and_removed_alone(job: Job) -> None:
    before, etag = job.read()
    added = job.send("PUT", TAG, GA4, etag)
    assert added.status_code == 201, added.text
    assert added.headers["ETag"] == added.json["etag"] != etag
    tag = job.get(TAG)
    assert tag.headers["ETag"] == added.json["etag"]
    assert tag.json["load"]["src"] == "https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345"
    draft, _ = job.read()
    assert [one["id"] for one in draft["tags"]] == [*(one["id"] for one in before["tags"]), "ga4"]
    assert "google-analytics" in [one["id"] for one in draft["vendors"]]
    assert any(one["vendor"] == "google-analytics" for one in draft["cookies"])
    changed = job.send("PUT", TAG, tag.json | {"enabled": False, "note": "Until May"}, added.json["etag"])
    assert changed.status_code == 200, changed.text
    assert [(one["id"], one["enabled"]) for one in job.read()[0]["tags"]][-1] == ("ga4", False)
    same = job.send("PUT", TAG, job.get(TAG).json, changed.json["etag"])
    assert (same.status_code, same.json["etag"]) == (200, changed.json["etag"]), "nothing has changed"
    removed = job.send("DELETE", TAG, {}, changed.json["etag"])
    assert removed.status_code == 200, removed.text
    assert job.read()[0] == before
    assert code_of(job.get(TAG)) == (404, "unknown_tag")
    assert code_of(job.send("DELETE", TAG, {}, removed.json["etag"])) == (404, "unknown_tag")


def test_the_audit_trail_names_the_tag_as_for_a_change_in_the_dashboard(job: Job) -> None:
    _, etag = job.read()
    etag = job.send("PUT", TAG, GA4, etag).json["etag"]
    etag = job.send("PUT", TAG, job.get(TAG).json | {"enabled": False}, etag).json["etag"]
    job.send("PUT", TEXTS, {"texts": {"title": "Your privacy here"}}, etag)
    texts, switched, added = trail(job)[:3]
    assert (list(added["before"]), added["after"]["tags ga4"]["name"]) == ([], "Google Analytics 4")
    assert [switched[side]["tags ga4"]["enabled"] for side in ("before", "after")] == [True, False]
    assert texts["after"]["texts languages"]["en"] == {"title": "Your privacy here"}
    with job.shop.service.context.engine.connect() as connection:
        edits = draft_origins.edits(connection, job.shop.site_id)
    assert {"tags ga4", "texts languages"} <= set(edits), "the next import of a file does not undo it unasked"


def test_a_stale_or_missing_etag_writes_nothing(job: Job) -> None:
    _, etag = job.read()
    job.shop.edit(lambda kept: kept["look"].update(accent="#123456"))
    before = job.read()
    for method, path, body in (("PUT", TAG, GA4), ("DELETE", f"{DRAFT}/tags/ga", {}), ("PUT", TEXTS, {"texts": {}})):
        assert code_of(job.send(method, path, body, etag)) == (412, "stale_draft"), path
        assert code_of(job.send(method, path, body)) == (428, "etag_required"), path
    assert job.read() == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (TAG, {}, "vendor"),
        (TAG, GA4 | {"parameters": {"measurement_id": "nonsense"}}, "parameters.measurement_id"),
        (TAG, GA4 | {"parameters": 1}, "parameters"),
        (TAG, GA4 | {"vendor": "no-such-vendor"}, "load"),
        (TAG, GA4 | {"id": "other"}, "id"),
        (TAG, GA4 | {"color": "red"}, "color"),
        (TAG, GA4 | {"group": "essential"}, "necessity"),
        (TAG, GA4 | {"places": {"only": ["XX"], "except": []}}, "places.only"),
        (f"{DRAFT}/tags/No-Id", GA4, "id"),
        (TEXTS, {"texts": {"no_such_text": "A"}}, "texts.languages.en.no_such_text"),
        (TEXTS, {"texts": {"title": 1}}, "texts.title.value"),
        (TEXTS, {"texts": {"accept_all": "No, thanks"}}, "texts.languages.en.accept_all"),
        (TEXTS, {"texts": {}, "links": {"policy": "javascript:alert(1)"}}, "texts.links.en.policy"),
        (TEXTS, {"words": {}}, "texts"),
        (f"{DRAFT}/texts/xx", {"texts": {}}, "texts.languages.xx"),
    ],
)
def test_rejects_what_the_dashboard_would_reject(job: Job, path: str, body: dict[str, Any], field: str) -> None:
    before = job.read()
    answer = job.send("PUT", path, body, before[1])
    assert answer.status_code == 400, answer.text
    assert answer.json["error"]["code"] in ("invalid_config", "invalid_field")
    assert field in answer.json["error"]["fields"]
    assert job.read() == before


def test_a_part_is_checked_with_the_whole_draft(job: Job) -> None:
    job.shop.edit(lambda kept: kept["controller"].update(name=""))
    _, etag = job.read()
    answer = job.send("PUT", TAG, GA4, etag)
    assert code_of(answer) == (400, "invalid_config")
    assert list(answer.json["error"]["fields"]) == ["controller.name"]
    assert job.send("PUT", f"{TAG}?unfinished=true", GA4, etag).status_code == 201


def test_custom_code_waits_for_an_admin(job: Job) -> None:
    _, etag = job.read()
    tag = job.get(f"{DRAFT}/tags/ads").json
    saved = job.send(
        "PUT", f"{DRAFT}/tags/ads", tag | {"load": tag["load"] | {"src": "https://evil.example/x.js"}}, etag
    )
    assert saved.status_code == 200, saved.text
    assert len(saved.json["waits"]) == 1
    assert code_of(job.send("POST", VERSIONS, {}, saved.json["etag"])) == (409, "not_publishable")


def test_each_catalog_tag_can_be_read_and_sent_back(job: Job) -> None:
    _, etag = job.read()
    vendor = load_catalog(VENDORS).vendor("amplitude")
    parameters = {one.id: one.example for one in vendor.tags[0].parameters}
    body = {"vendor": vendor.id, "template": vendor.tags[0].id, "parameters": parameters}
    path = f"{DRAFT}/tags/{vendor.tags[0].id}"
    etag = job.send("PUT", path, body, etag).json["etag"]
    again = job.send("PUT", path, job.get(path).json, etag)
    assert (again.status_code, again.json["etag"]) == (200, etag)


def test_texts_of_a_language_are_replaced_alone(job: Job) -> None:
    _, etag = job.read()
    first = job.get(TEXTS)
    assert first.json == {"texts": {}, "links": {}, "is_default": True, "is_confirmed": False}
    body = {
        "texts": {"title": "Your privacy here", "text": "", "reject_all": banner_texts("en")["reject_all"]},
        "links": {"policy": "https://www.example.com/privacy"},
    }
    saved = job.send("PUT", TEXTS, body, etag)
    assert saved.status_code == 200, saved.text
    kept = job.get(TEXTS)
    assert kept.headers["ETag"] == saved.json["etag"]
    assert kept.json["texts"] == {"title": "Your privacy here"}
    assert kept.json["links"] == body["links"]
    etag = job.send("PUT", TEXTS, {"texts": {}}, saved.json["etag"]).json["etag"]
    assert (job.get(TEXTS).json["texts"], job.get(TEXTS).json["links"]) == ({}, body["links"])
    etag = job.send("PUT", TEXTS, {"texts": {}, "links": {}}, etag).json["etag"]
    assert job.get(TEXTS).json["links"] == {}
    assert code_of(job.get(f"{DRAFT}/texts/de")) == (404, "unknown_language")
    assert job.send("PUT", f"{DRAFT}/texts/de?unfinished=true", {"texts": {}}, etag).status_code == 200
    assert job.get(f"{DRAFT}/texts/de").json["is_default"] is False


def test_a_repeated_request_takes_effect_once(job: Job) -> None:
    _, etag = job.read()
    headers = {"Authorization": job.token, "If-Match": etag, "Idempotency-Key": "a-key"}
    answers = [job.shop.client.put(TAG, json=GA4, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert len(trail(job)) == 1


def test_parts_need_the_scope_and_the_site(shop: Shop) -> None:
    reader = Job(shop, "config:read", site_id=shop.site_id)
    _, etag = reader.read()
    for method, path, body in (("PUT", TAG, GA4), ("DELETE", f"{DRAFT}/tags/ga", {}), ("PUT", TEXTS, {"texts": {}})):
        assert code_of(reader.send(method, path, body, etag)) == (403, "insufficient_scope"), path
    for path in (f"{DRAFT}/tags/ga", TEXTS):
        assert reader.get(path).status_code == 200
        assert code_of(reader.get(path.replace("shop", "other"))) == (403, "insufficient_scope")
        assert code_of(shop.get(path)) == (401, "invalid_token")


def test_a_part_of_a_draft_needs_the_same_second_user(job: Job) -> None:
    tag, (_, etag) = job.get(f"{DRAFT}/tags/chat").json, job.read()
    body = tag | {"group": "essential", "necessity": "Visitors asked for it."}
    etag = job.send("PUT", f"{DRAFT}/tags/chat", body, etag).json["etag"]
    assert code_of(job.send("POST", VERSIONS, {}, etag)) == (409, "approval_required")


def test_a_removal_names_errors_of_other_tags_by_their_place(job: Job) -> None:
    job.shop.edit(lambda draft: draft["tags"][1]["pages"].update(only=["no path"]))
    draft, etag = job.read()
    answer = job.send("DELETE", f"{DRAFT}/tags/{draft['tags'][0]['id']}", "", etag)
    fields = answer.json["error"]["fields"]
    assert (answer.status_code, [path for path in fields if not path.startswith("tags.0.")]) == (400, []), answer.text
