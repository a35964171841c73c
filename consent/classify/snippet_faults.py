"""What the snippets of a vendor file must keep that a JSON Schema cannot say."""

import re
from collections.abc import Iterator
from typing import Any


def snippet_faults(document: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each fault of the snippets in a `document` that has passed the schema."""
    parameters = {tag["id"]: {one["id"] for one in tag["parameters"]} for tag in document["tags"]}
    for snippet in document.get("snippets", ()):
        if "tag" not in snippet and len(parameters) > 1:
            yield "snippets: one of a vendor with several tags has to say of which tag it is"
            continue
        tag = snippet.get("tag", next(iter(parameters), ""))
        if "tag" in snippet and tag not in parameters:
            yield f"snippets: there is no tag {tag}"
        for name in snippet.get("values", {}).keys() - parameters.get(tag, set()):
            yield f"snippets: the tag {tag} has no parameter {name}"
        for pattern in snippet["code"]:
            yield from _expression_faults(pattern, 0)
        for pattern in (*snippet.get("values", {}).values(), *filter(None, [snippet.get("address")])):
            yield from _expression_faults(pattern, 1)


def _expression_faults(pattern: str, groups: int) -> Iterator[str]:
    try:
        found = re.compile(pattern).groups
    except re.error as error:
        yield f"snippets: {pattern} is faulty ({error})"
        return
    if found != groups:
        yield f"snippets: {pattern} must have {groups} groups, and has {found}"
