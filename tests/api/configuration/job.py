"""A program that changes a site's config through the API, as a CI job does."""

import json
from typing import Any

from werkzeug.test import TestResponse

from tests.api.shop import Shop

DRAFT, VERSIONS = "/api/v1/sites/shop/draft", "/api/v1/sites/shop/versions"


class Job:
    """A program with a token."""

    def __init__(self, shop: Shop, *scopes: str, site_id: int | None = None) -> None:
        self.shop, self.token = shop, shop.token(*scopes, site_id=site_id)

    def get(self, path: str) -> TestResponse:
        return self.shop.get(path, Authorization=self.token)

    def send(self, method: str, path: str, body: Any, etag: str | None = None) -> TestResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": self.token, "Content-Type": "application/json"} | (
            {"If-Match": etag} if etag else {}
        )
        return self.shop.client.open(path, method=method, data=text, headers=headers)

    def read(self) -> tuple[dict[str, Any], str]:
        answer = self.get(DRAFT)
        assert answer.status_code == 200, answer.text
        return answer.json, answer.headers["ETag"]


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]
