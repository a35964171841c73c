"""Building blocks of installation guides, and steps that several of them share."""

from typing import NamedTuple

from consent.core.translatable import translatable


class Step(NamedTuple):
    """An instruction, and the lines for it, in which `filled` replaces placeholders such as `@head@`."""

    text: str
    lines: str = ""


class Guide(NamedTuple):
    """All steps for one platform."""

    key: str
    name: str
    steps: tuple[Step, ...]


WAIT = 'window.consent.when("analytics").then(() => start());'
FOOTER = Step(translatable("In the footer of every page, for the links that the law requires:"), "@footer@")
OWN_CODE = Step(translatable("Have your own code wait for its group:"), WAIT)


def filled(guide: Guide, values: dict[str, str]) -> Guide:
    """Return `guide` with its placeholders replaced by `values`."""
    return guide._replace(steps=tuple(step._replace(lines=_fill(step.lines, values)) for step in guide.steps))


def _fill(lines: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        lines = lines.replace(f"@{name}@", value)
    return lines
