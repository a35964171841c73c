"""A draft's changes as plain text, for the command line and for mails."""

from collections.abc import Iterator

from flask_babel import gettext

from consent.dashboard.frame.change_descriptions import Line
from consent.dashboard.frame.locale import with_label

MAX_LETTERS = 2000
"""The maximum length of a value in a mail; what a page folds, a mail leaves out."""


def change_text(lines: list[Line], most: int | None = None) -> str:
    """Return `lines` as text; if `most` is given, without folded details, and each value up to `most` characters."""
    return "\n".join(text for line in lines for text in _texts(line, most))


def _texts(line: Line, most: int | None) -> Iterator[str]:
    kind = {"added": gettext("added"), "removed": gettext("removed"), "changed": gettext("changed")}[line.kind]
    yield with_label(kind, line.title) + (f" ({line.note})" if line.note else "")
    for detail in line.details if most is not None else (*line.details, *line.folded):
        before, after = (_truncated(side, most) for side in (detail.before, detail.after))
        if detail.field in (gettext("Added"), gettext("Removed")):
            text = before or after
        elif line.kind == "added":
            text = after or gettext("nothing")
        else:
            text = f"{before or gettext('nothing')} -> {after or gettext('nothing')}"
        yield f"    {detail.field or gettext('value')}: " + text.replace("\n", "\n        ")
    if line.folded and most is not None:
        yield "    " + gettext("and %(more)s more", more=len(line.folded))


def _truncated(text: str, most: int | None) -> str:
    return (
        text
        if most is None or len(text) <= most
        else f"{text[:most]}… " + gettext("(%(count)s characters)", count=f"{len(text):,}")
    )
