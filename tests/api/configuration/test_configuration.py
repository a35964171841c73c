"""Drafts and versions through the API, as a CI job uses it."""

import json

import pytest

from consent.storage.sites import draft_origins
from consent.storage.sites.approval_requests import set_always_required
from tests.api.configuration.job import DRAFT, VERSIONS, Job, code_of
from tests.api.shop import Shop


@pytest.fixture
def job(shop: Shop) -> Job:
    return Job(shop, "config:read", "config:write", site_id=shop.site_id)


def test_a_job_checks_saves_and_publishes(job: Job) -> None:
    draft, etag = job.read()
    draft["look"]["accent"] = "#7a1f5c"
    check = job.send("POST", f"{DRAFT}/check", draft).json
    assert (check["is_valid"], check["problems"], check["waits"]) == (True, [], [])
    assert check["changes"] == [
        {"subject": "look accent", "kind": "changed", "before": "#0b57d0", "after": "#7a1f5c"},
    ]
    assert job.read() == (job.read()[0], etag), "a check saves nothing"
    saved = job.send("PUT", DRAFT, draft, etag)
    assert saved.status_code == 200
    assert saved.headers["ETag"] == saved.json["etag"] != etag
    assert job.get(f"{DRAFT}/changes").json == {"etag": saved.json["etag"], "changes": check["changes"]}
    published = job.send("POST", VERSIONS, {"note": "Merge of 4f1c2d"}, saved.json["etag"])
    assert (published.status_code, published.json["version"], published.json["is_new"]) == (201, 2, True)
    again = job.send("POST", VERSIONS, {}, saved.json["etag"])
    assert (again.status_code, again.json) == (200, published.json | {"is_new": False})
    newest, first = job.get(VERSIONS).json["items"]
    assert (newest["config"], newest["note"], newest["is_live"]) == (published.json["config"], "Merge of 4f1c2d", True)
    assert (first["version"], first["is_live"]) == (1, False)
    job.shop.service.context.configs.live.refresh()
    assert job.shop.decision().json["config"] == published.json["config"]
    assert job.get("/api/v1/sites").json["items"] == [
        {"key": "shop", "name": "Shop", "config": published.json["config"], "version": 2}
    ]


def test_actions_of_a_token_are_in_the_audit_trail(job: Job) -> None:
    draft, etag = job.read()
    draft["look"]["accent"] = "#7a1f5c"
    saved = job.send("PUT", DRAFT, draft, etag)
    job.send("POST", VERSIONS, {}, saved.json["etag"])
    trail = job.shop.get("/api/v1/sites/shop/audit", Authorization=job.shop.token("log:read")).json["items"]
    told = [one for one in trail if one["kind"] == "audit"][:2]
    assert [one["action"] for one in told] == ["version.published", "draft.changed"]
    by = told[0]["actor"]
    assert by
    assert by == told[1]["actor"]


def test_a_stale_draft_is_not_overwritten(job: Job) -> None:
    draft, etag = job.read()
    job.shop.edit(lambda kept: kept["look"].update(accent="#123456"))
    draft["look"]["accent"] = "#7a1f5c"
    before = job.read()
    assert code_of(job.send("PUT", DRAFT, draft, etag)) == (412, "stale_draft")
    assert code_of(job.send("PUT", DRAFT, draft)) == (428, "etag_required")
    assert code_of(job.send("POST", VERSIONS, {}, etag)) == (412, "stale_draft")
    assert code_of(job.send("POST", VERSIONS, {})) == (428, "etag_required")
    assert job.read() == before
    assert len(job.get(VERSIONS).json["items"]) == 1


def test_new_code_and_a_new_host_wait_for_a_second_user(job: Job) -> None:
    draft, etag = job.read()
    draft["hosts"].append("https://other.example.com")
    saved = job.send("PUT", DRAFT, draft, etag).json
    answer = job.send("POST", VERSIONS, {}, saved["etag"])
    assert code_of(answer) == (409, "approval_required")
    assert "https://other.example.com is a new host" in answer.json["error"]["message"]
    draft["tags"][3]["load"]["src"] = "https://evil.example/x.js"
    waiting = job.send("PUT", DRAFT, draft, saved["etag"]).json
    assert any("tags." in sentence for sentence in waiting["waits"])
    assert code_of(job.send("POST", VERSIONS, {}, waiting["etag"])) == (409, "not_publishable")
    assert len(job.get(VERSIONS).json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", ""),
        ('{"schema": "consent-config/1", "site": "shop", "color": 1}', "color"),
        ('{"schema": "consent-config/1",\n"schema": "consent-config/1", "site": "shop"}', "file"),
        ('{"schema": "consent-config/1", "site": "shop"}', "controller"),
        ("\ufeff\x00", ""),
    ],
)
def test_an_invalid_file_changes_nothing(job: Job, body: str, field: str) -> None:
    before = job.read()
    answer = job.send("PUT", f"{DRAFT}?unfinished=true", body, before[1])
    assert code_of(answer) == (400, "invalid_config")
    assert field in " ".join(answer.json["error"]["fields"])
    check = job.send("POST", f"{DRAFT}/check?unfinished=true", body)
    assert (check.status_code, check.json["is_valid"]) == (200, False)
    assert check.json["problems"]
    assert job.read() == before


def test_rejects_a_file_of_another_site(job: Job) -> None:
    draft, etag = job.read()
    answer = job.send("PUT", DRAFT, draft | {"site": "another"}, etag)
    assert code_of(answer) == (400, "invalid_config")
    assert "another" in answer.json["error"]["fields"]["site"][0]


def test_accepts_yaml_like_the_command_line(job: Job) -> None:
    draft, _ = job.read()
    check = job.send("POST", f"{DRAFT}/check", "# a comment\n" + json.dumps(draft, indent=1)).json
    assert (check["is_valid"], check["changes"]) == (True, [])


def test_does_not_overwrite_a_dashboard_edit_unless_asked(job: Job) -> None:
    draft, etag = job.read()
    first = job.send("PUT", DRAFT, draft, etag)
    assert first.status_code == 200
    edit_in_dashboard(job.shop)
    _, etag = job.read()
    answer = job.send("PUT", DRAFT, draft, etag)
    assert code_of(answer) == (409, "would_overwrite")
    assert "look accent" in answer.json["error"]["fields"]
    assert job.read()[0]["look"]["accent"] == "#123456"
    assert job.send("PUT", f"{DRAFT}?overwrite=true", draft, etag).status_code == 200
    assert job.read()[0]["look"]["accent"] == draft["look"]["accent"]
    assert code_of(job.send("PUT", f"{DRAFT}?overwrite=yes", draft, etag)) == (400, "invalid_parameter")


def test_a_token_reaches_its_scope_and_its_sites_alone(shop: Shop) -> None:
    reader = Job(shop, "config:read", site_id=shop.site_id)
    draft, etag = reader.read()
    assert code_of(reader.send("PUT", DRAFT, draft, etag)) == (403, "insufficient_scope")
    assert code_of(reader.send("POST", VERSIONS, {}, etag)) == (403, "insufficient_scope")
    assert code_of(reader.get("/api/v1/sites/other/draft")) == (403, "insufficient_scope")
    everywhere = Job(shop, "config:read")
    assert code_of(everywhere.get("/api/v1/sites/other/draft")) == (404, "unknown_site")
    assert everywhere.get("/api/v1/sites").json == reader.get("/api/v1/sites").json
    other = Job(shop, "decide")
    assert code_of(other.get(DRAFT)) == (403, "insufficient_scope")
    assert code_of(other.get("/api/v1/sites")) == (403, "insufficient_scope")
    assert code_of(shop.get(DRAFT)) == (401, "invalid_token")
    assert code_of(shop.get("/api/v1/sites")) == (401, "invalid_token")


def edit_in_dashboard(shop: Shop) -> None:
    """Change a color as a dashboard user does, recording the origin of the change."""
    shop.edit(lambda kept: kept["look"].update(accent="#123456"))
    with shop.service.context.engine.begin() as connection:
        draft_origins.edited(connection, shop.site_id, ["look accent"], "somebody", 1_800_000_000)


def test_an_older_version_is_restored_in_one_step(job: Job) -> None:
    draft, etag = job.read()
    accent, draft["look"]["accent"] = draft["look"]["accent"], "#7a1f5c"
    etag = job.send("PUT", DRAFT, draft, etag).headers["ETag"]
    assert job.send("POST", VERSIONS, {}, etag).json["version"] == 2
    restore = f"{VERSIONS}/1/restore"
    assert code_of(job.send("POST", restore, {})) == (428, "etag_required")
    assert code_of(job.send("POST", restore, {}, '"draft-1"')) == (412, "stale_draft")
    assert code_of(job.send("POST", f"{VERSIONS}/7/restore", {}, etag)) == (404, "unknown_version")
    assert code_of(job.send("POST", restore, {"note": 1}, etag)) == (400, "invalid_field")
    assert job.read()[1] == etag
    done = job.send("POST", restore, {}, etag)
    assert (done.status_code, done.json["version"]) == (201, 3)
    assert job.get(VERSIONS).json["items"][0]["note"] == "Content of version 1 restored"
    draft, etag = job.read()
    assert draft["look"]["accent"] == accent
    assert job.send("POST", restore, {}, etag).status_code == 200


def test_a_restore_that_waits_for_a_second_user_leaves_the_draft(job: Job) -> None:
    draft, etag = job.read()
    draft["look"]["accent"] = "#7a1f5c"
    etag = job.send("PUT", DRAFT, draft, etag).headers["ETag"]
    job.send("POST", VERSIONS, {}, etag)
    with job.shop.service.context.engine.begin() as connection:
        set_always_required(connection, job.shop.site_id, True)
    assert code_of(job.send("POST", f"{VERSIONS}/1/restore", {}, etag)) == (409, "approval_required")
    assert job.read()[0]["look"]["accent"] == "#7a1f5c"
    assert len(job.get(VERSIONS).json["items"]) == 2
