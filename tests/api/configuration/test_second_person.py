"""Nobody can do alone with a token what the dashboard does not let them do alone."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from consent.api.http.token_cache import TokenCache
from consent.storage.accounts import api_tokens, site_groups
from consent.storage.sites import approval_requests, code_approvals
from consent.storage.sites.approval_requests import Request, set_always_required, set_needs_passkey
from tests.api.configuration.job import DRAFT, VERSIONS, Job, code_of
from tests.api.shop import Shop, with_container
from tests.code_guards import approve_all, guard_by

TODAY = "2026-12-02"


@pytest.fixture
def job(shop: Shop) -> Job:
    return Job(shop, "config:read", "config:write")


def new_host(draft: dict[str, Any]) -> None:
    draft["hosts"].append("https://other.example.com")


def new_code(draft: dict[str, Any]) -> None:
    draft["tags"][3]["load"]["src"] = "https://evil.example/x.js"


def new_essential(draft: dict[str, Any]) -> None:
    tag = draft["tags"][1]
    tag.update(group="essential", necessity="Visitors asked for it.", sale_or_share=False)


def new_color(draft: dict[str, Any]) -> None:
    draft["look"]["accent"] = "#7a1f5c"


def require_for_each(job: Job) -> None:
    with job.shop.service.context.engine.begin() as connection:
        set_always_required(connection, job.shop.site_id, True)


def require_passkey(job: Job) -> None:
    require_for_each(job)
    with job.shop.service.context.engine.begin() as connection:
        set_needs_passkey(connection, job.shop.site_id, True)


def require_nothing(job: Job) -> None:
    """Leave the site as it is: only risky changes need a second user."""


def save(job: Job, change: Callable[[dict[str, Any]], None]) -> str:
    """Save the changed draft with the token, approve its code as an admin, and return its ETag."""
    draft, etag = job.read()
    change(draft)
    saved = job.send("PUT", DRAFT, draft, etag)
    assert saved.status_code == 200, saved.text
    context = job.shop.service.context
    approve_all(context.engine, "shop", guard_by(context.keys))
    return str(saved.json["etag"])


RISKS = [
    (new_host, require_nothing),
    (new_code, require_nothing),
    (with_container, require_nothing),
    (new_essential, require_nothing),
    (new_color, require_for_each),
    (new_color, require_passkey),
]


@pytest.mark.parametrize(("change", "rule"), RISKS, ids=lambda one: one.__name__)
def test_a_token_never_publishes_a_change_that_needs_a_second_user(
    job: Job, change: Callable[[dict[str, Any]], None], rule: Callable[[Job], None]
) -> None:
    rule(job)
    etag = save(job, change)
    # Whoever made the token has also asked for approval in the dashboard: the token is not the second user.
    revision = int(etag.strip('"').removeprefix("draft-"))
    asked = Request(revision, "the maker of the token", int(time.time()), "")
    with job.shop.service.context.engine.begin() as connection:
        approval_requests.put(connection, job.shop.site_id, asked)
    assert code_of(job.send("POST", VERSIONS, {}, etag)) == (409, "approval_required")
    assert job.read()[1] == etag
    assert len(job.get(VERSIONS).json["items"]) == 1
    with job.shop.service.context.engine.connect() as connection:
        assert approval_requests.read(connection, job.shop.site_id) == asked, "the second user still can approve"


def test_a_group_is_not_published_without_its_second_user(job: Job) -> None:
    save(job, new_host)
    with job.shop.service.context.engine.begin() as connection:
        site_groups.put(connection, "Brands", [job.shop.site_id])
    done = job.send("POST", "/api/v1/site-groups/versions", {"group": "Brands"}).json["items"]
    assert [(one["state"], one["version"]) for one in done] == [("failed", None)]
    assert "second user" in done[0]["message"]


def test_a_token_cannot_approve_code(job: Job) -> None:
    draft, etag = job.read()
    new_code(draft)
    saved = job.send("PUT", DRAFT, draft, etag).json
    assert len(saved["waits"]) == 1
    with job.shop.service.context.engine.connect() as connection:
        before = code_approvals.of_site(connection, job.shop.site_id)
    assert code_of(job.send("POST", VERSIONS, {}, saved["etag"])) == (409, "not_publishable")
    with job.shop.service.context.engine.connect() as connection:
        assert code_approvals.of_site(connection, job.shop.site_id) == before


def legal(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda draft: draft["overrides"].update({name: value})


def sold(draft: dict[str, Any]) -> None:
    draft["tags"][2]["sale_or_share"] = not draft["tags"][2]["sale_or_share"]


def limited(draft: dict[str, Any]) -> None:
    draft["tags"][2].update(limited="cookieless", limited_reason="It counts only.")


def exempt(draft: dict[str, Any]) -> None:
    draft["tags"][2]["exemptions"] = ["analytics:XX"]


def mapped(draft: dict[str, Any]) -> None:
    mapping = {"tool": "klaro", "cookie": "klaro", "categories": {}, "vendors": [], "delete": False}
    draft["overrides"]["old_choices"] = mapping


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (legal("rest_of_world", "US"), "overrides.reasons.rest_of_world"),
        (legal("ignore_gpc_where_silent", True), "overrides.reasons.ignore_gpc_where_silent"),
        (legal("honour_dnt", True), "overrides.reasons.honour_dnt"),
        (legal("sensitive_paths", ["/health*"]), "overrides.reasons.sensitive_paths"),
        (legal("rules", [{"place": "DE", "group": "analytics", "level": "none", "reason": "x"}]), "overrides.rules"),
        (sold, "tags.2.flags_note"),
        (limited, "tags.2.limited"),
        (exempt, "tags.2.exemptions"),
        (mapped, "overrides.old_choices"),
    ],
)
def test_a_legal_fact_needs_what_the_dashboard_asks_for(
    job: Job, change: Callable[[dict[str, Any]], None], field: str
) -> None:
    draft, etag = job.read()
    change(draft)
    answer = job.send("PUT", f"{DRAFT}{'' if field == 'overrides.rules' else '?unfinished=true'}", draft, etag)
    assert code_of(answer) == (400, "invalid_config")
    assert any(path.startswith(field) for path in answer.json["error"]["fields"]), answer.text
    assert job.read()[1] == etag


def test_a_legal_fact_with_a_reason_is_saved_and_kept(job: Job) -> None:
    draft, etag = job.read()
    sold(draft)
    draft["tags"][2]["flags_note"] = "Our contract says so."
    draft["overrides"].update(honour_dnt=True, reasons={"honour_dnt": {"reason": "Our promise."}})
    etag = job.send("PUT", DRAFT, draft, etag).json["etag"]
    draft["tags"][2].pop("flags_note")
    draft["overrides"]["reasons"] = {}
    assert job.send("PUT", DRAFT, draft, etag).status_code == 200, "what is there already is not asked again"


def test_another_product_under_the_same_id_needs_its_own_reason(job: Job) -> None:
    draft, etag = job.read()
    sold(draft)
    draft["tags"][2]["flags_note"] = "Our contract says so."
    etag = job.send("PUT", DRAFT, draft, etag).json["etag"]
    draft["tags"][2]["template"] = "another"
    draft["tags"][2].pop("flags_note")
    answer = job.send("PUT", DRAFT, draft, etag)
    assert (answer.status_code, "tags.2.flags_note" in answer.json["error"]["fields"]) == (400, True), answer.text


def test_nobody_can_sign_on_behalf_of_another_user(job: Job) -> None:
    signed = {"by": "compliance officer", "on": TODAY}
    known = {"reason": "Our promise.", "by": "somebody", "on": "2026-11-01"}
    job.shop.edit(lambda kept: kept["overrides"].update(honour_dnt=True, reasons={"honour_dnt": known}))
    draft, etag = job.read()
    rule = {"place": "DE", "group": "analytics", "level": "opt_in", "reason": "Our policy."}
    draft["overrides"].update(
        sensitive=True,
        rules=[rule | signed],
        one_rule=[{"country": "US", "reason": "One page for all."} | signed],
        reasons={"honour_dnt": known, "sensitive": {"reason": "Health."} | signed},
    )
    draft["texts"]["readers"] = {"en": signed | {"texts": "0" * 16}}
    answer = job.send("PUT", DRAFT, draft, etag)
    assert answer.status_code == 200, answer.text
    saved = job.read()[0]
    assert "compliance officer" not in json.dumps(saved)
    assert saved["overrides"]["rules"] == [rule]
    assert saved["overrides"]["reasons"] == {"honour_dnt": known, "sensitive": {"reason": "Health."}}
    assert saved["overrides"]["one_rule"] == [{"country": "US", "reason": "One page for all."}]
    assert "readers" not in saved["texts"]


def test_a_token_ends_on_revocation_and_on_its_expiry_date(shop: Shop) -> None:
    late = Job(shop, "config:read", "config:write")
    late.token = shop.token("config:read", "config:write", expires_at=int(time.time()) - 1)
    assert code_of(late.get(DRAFT)) == (401, "invalid_token")
    job = Job(shop, "config:read", "config:write")
    assert job.get(DRAFT).status_code == 200
    with shop.service.context.engine.begin() as connection:
        newest = api_tokens.every(connection)[0]
        api_tokens.revoke(connection, newest.id, int(time.time()))
    shop.service.context.tokens = TokenCache(shop.service.context.engine)
    assert code_of(job.get(DRAFT)) == (401, "invalid_token")
