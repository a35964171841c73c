"""The service is killed before, during and after writes through the API: each takes effect once; answered ones stay."""

import contextlib
import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field

import pytest

from consent.demo.site import KEY
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from tests.operating.service import Answer, Service
from tests.polling import wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
SITE = f"/api/v1/sites/{KEY}"
DRAFT, VERSIONS = f"{SITE}/draft", f"{SITE}/versions"
KILLS: tuple[tuple[int, float], ...] = (
    (0, 0.0),
    (0, 0.01),
    (0, 0.03),
    (0, 0.1),
    (1, 0.0),
    (1, 0.02),
    (1, 0.1),
    (2, 0.0),
)
"""When the service is killed: how many of a round's two writes have been answered, and seconds after that."""


@dataclass
class Job:
    """A program that saves the draft and publishes it, each with its own key, and the responses it got."""

    service: Service
    token: str
    draft: Answer
    accent: str
    keys: tuple[str, str] = field(default_factory=lambda: (secrets.token_hex(16), secrets.token_hex(16)))
    answers: list[Answer] = field(default_factory=list)

    def run(self) -> None:
        """Send both until the service is gone."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.answers.append(self.save())
            self.answers.append(self.publish(self.answers[0]))

    def save(self) -> Answer:
        body = self.draft.json | {"look": self.draft.json["look"] | {"accent": self.accent}}
        return self._send(DRAFT, "PUT", body, etag_of(self.draft), self.keys[0])

    def publish(self, saved: Answer) -> Answer:
        return self._send(VERSIONS, "POST", {"note": self.accent}, etag_of(saved), self.keys[1])

    def _send(self, path: str, method: str, body: object, etag: str, key: str) -> Answer:
        headers = {"Authorization": self.token, "If_Match": etag, "Idempotency_Key": key}
        return self.service.ask(path, method, json.dumps(body), Content_Type="application/json", **headers)


@pytest.mark.parametrize(
    ("installed", "kills"),
    [
        ("service", KILLS),
        # Each waits until the killed request's claim expires; starting is slower here, too.
        pytest.param("postgres_service", KILLS[1::2], marks=pytest.mark.postgres),
    ],
)
def test_a_write_takes_effect_once_however_often_the_service_is_killed(
    request: pytest.FixtureRequest, installed: str, kills: tuple[tuple[int, float], ...]
) -> None:
    service: Service = request.getfixturevalue(installed)
    service.start()
    token = token_of(service)
    before = actions(service, token)
    for number, (answered, seconds) in enumerate(kills):
        job = Job(service, token, service.ask(DRAFT, Authorization=token), f"#0000{number:02x}")
        kill_while_it_runs(job, answered, seconds)
        service.start()
        saved = wait_for(lambda job=job: done(job.save()))
        published = wait_for(lambda job=job, saved=saved: done(job.publish(saved)))
        for first, repeated in zip(job.answers, (saved, published), strict=False):
            assert (first.status, first.body) == (repeated.status, repeated.body)
        live = service.ask(VERSIONS, Authorization=token).json["items"]
        assert [one["note"] for one in live[: number + 1]] == [f"#0000{one:02x}" for one in range(number, -1, -1)]
        assert live[0]["config"] == published.json["config"]
        assert service.ask(DRAFT, Authorization=token).json["look"]["accent"] == job.accent
    expected = {name: count + len(kills) for name, count in before.items()}
    assert actions(service, token) == expected


def kill_while_it_runs(job: Job, answered: int, seconds: float) -> None:
    """Kill the service `seconds` seconds after the job has `answered` responses."""
    thread = threading.Thread(target=job.run)
    thread.start()
    wait_for(lambda: len(job.answers) >= answered)
    time.sleep(seconds)
    job.service.kill()
    thread.join()


def token_of(service: Service) -> str:
    engine = make_engine(service.database)
    with engine.begin() as connection:
        scopes = ("config:read", "config:write", "log:read")
        plain = api_tokens.create(connection, "ci", scopes, now=int(time.time()))
    engine.dispose()
    return f"Bearer {plain}"


def etag_of(answer: Answer) -> str:
    return {name.lower(): value for name, value in answer.headers.items()}["etag"]


def done(answer: Answer) -> Answer | None:
    """Return the response, or None if the first request still holds the key; it is never stale because of the first."""
    assert answer.status in (200, 201) or answer.json["error"]["code"] == "request_running", answer.body
    return answer if answer.status in (200, 201) else None


def actions(service: Service, token: str) -> dict[str, int]:
    """Return how often the audit trail records a changed draft and a published version."""
    items = service.ask(f"{SITE}/audit", Authorization=token).json["items"]
    names = [one.get("action") for one in items]
    return {name: names.count(name) for name in ("draft.changed", "version.published")}
