"""Query a language model that the operator configured, at an OpenAI-compatible address."""

import json
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

from consent.outbound.no_redirects import open_without_redirects

TIMEOUT_SECONDS = 60.0
"""For the whole response: a small model on a CPU is slow."""
MAX_ANSWER_BYTES = 2**18
CHUNK_BYTES = 2**14


class LanguageModelError(Exception):
    """Raised if there is no readable response; the message says why, and never contains the response or the key."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """The model `name` at `url`, such as http://127.0.0.1:11434/v1; `key`, if set, is sent as a bearer token."""

    url: str
    name: str
    key: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_SECONDS

    def answer(self, instruction: str, question: str) -> str:
        """Return the model's answer to `question`. Raises LanguageModelError."""
        messages = [{"role": "system", "content": instruction}, {"role": "user", "content": question}]
        document = {"model": self.name, "messages": messages, "temperature": 0, "stream": False}
        headers = {"Content-Type": "application/json", "User-Agent": "consent-tag-server"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        url, body = f"{self.url.rstrip('/')}/chat/completions", json.dumps(document).encode()
        request = Request(url, body, headers, method="POST")  # noqa: S310 - https, or this machine: consent.config checks
        try:
            with open_without_redirects(request, timeout=self.timeout_s) as response:
                return _content(json.loads(_body(response)))
        except HTTPError as error:
            with error:
                raise LanguageModelError(f"it returned {error.code}") from None
        except (OSError, HTTPException) as error:
            raise LanguageModelError(type(getattr(error, "reason", None) or error).__name__) from None
        except (ValueError, RecursionError):
            raise LanguageModelError("it returned something other than a chat completion") from None


def _body(response: Any) -> bytes:
    """Return the body. Raises LanguageModelError if it is too long."""
    body = b""
    while chunk := response.read1(CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise LanguageModelError(f"it returned more than {MAX_ANSWER_BYTES:,} bytes")
    return body


def _content(document: Any) -> str:
    """Return the text of a chat completion. Raises ValueError for any other document."""
    try:
        content = document["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise ValueError from None
    if not isinstance(content, str):
        raise ValueError
    return content
