"""The arguments of a served script."""

import json
from typing import Any

from werkzeug.test import TestResponse

from consent.api.page.script import as_literal
from consent.runtime.script_build import AT_ONCE, read_build
from consent.web.static_files import static_folder

BUILD = read_build(static_folder())
CODE = AT_ONCE + BUILD.core


def facts_of(answer: TestResponse) -> dict[str, Any]:
    """Return the facts that the script is called with; parts may follow them."""
    assert answer.data.startswith(CODE + b"(")
    facts: dict[str, Any]
    facts, _ = json.JSONDecoder().raw_decode(answer.data[len(CODE) + 1 :].decode())
    assert answer.data[len(CODE) + 1 :].startswith(as_literal(facts))
    return facts
