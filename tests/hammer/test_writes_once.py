"""The service is killed while a program saves the draft by API: repeated with its key, each save takes effect once."""

import contextlib
import http.client
import json
import random
import secrets
import threading
import time
from pathlib import Path

import pytest

from consent.demo.site import KEY
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from tests.operating.service import Answer, Service, installed
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.server, pytest.mark.timeout(600)]
DRAFT = f"/api/v1/sites/{KEY}/draft"
ROUNDS, SECONDS = 8, 0.3


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_save_takes_effect_once_however_often_the_service_is_killed(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = request.getfixturevalue("new_postgres_database") if database == "postgres" else ""
    with installed(tmp_path, **({"CONSENT_DATABASE_URL": url} if url else {})) as service:
        service.start()
        token = token_of(service)
        before, chance, answered = len(saves(service, token)), random.Random(35), 0
        for number in range(ROUNDS):
            draft = service.ask(DRAFT, Authorization=token)
            body = json.dumps(draft.json | {"look": draft.json["look"] | {"accent": f"#0000{number:02x}"}})
            sent = {"Authorization": token, "If_Match": etag_of(draft), "Content_Type": "application/json"}
            sent["Idempotency_Key"] = secrets.token_hex(16)
            answers = list[Answer]()
            thread = threading.Thread(target=save, args=(service, body, sent, answers))
            thread.start()
            time.sleep(chance.random() * SECONDS)
            service.kill()
            thread.join()
            answered += len(answers)
            service.start()
            repeated = wait_for(lambda body=body, sent=sent: done(service.ask(DRAFT, "PUT", body, **sent)))
            assert etag_of(service.ask(DRAFT, Authorization=token)) == etag_of(repeated)
            assert all(one.body == repeated.body for one in answers)
        assert len(saves(service, token)) == before + ROUNDS
        assert answered < ROUNDS, "some were killed before they answered"


def token_of(service: Service) -> str:
    engine = make_engine(service.database)
    with engine.begin() as connection:
        scopes = ("config:read", "config:write", "log:read")
        plain = api_tokens.create(connection, "ci", scopes, now=int(time.time()))
    engine.dispose()
    return f"Bearer {plain}"


def etag_of(answer: Answer) -> str:
    return {name.lower(): value for name, value in answer.headers.items()}["etag"]


def save(service: Service, body: str, sent: dict[str, str], answers: list[Answer]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        answers.append(service.ask(DRAFT, "PUT", body, **sent))


def done(answer: Answer) -> Answer | None:
    """Return the answer, None where the first request still has the key; it is never stale by what the first did."""
    assert answer.status == 200 or answer.json["error"]["code"] == "request_running", answer.body
    return answer if answer.status == 200 else None


def saves(service: Service, token: str) -> list[str]:
    items = service.ask(f"/api/v1/sites/{KEY}/audit", Authorization=token).json["items"]
    return [one["entry"] for one in items if one.get("action") == "draft.changed"]
