"""The options by which commands are told whose receipts are meant, and why."""

import re
from collections.abc import Callable
from typing import Any

import click


class HexId(click.ParamType[str]):
    """An id of a receipt or a visitor."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id, or end the command where it is none."""
        if not re.fullmatch(r"[0-9a-f]{32}", value):
            self.fail("An id has 32 digits of 0-9 and a-f.", param, ctx)
        return str(value)


class Reason(click.ParamType[str]):
    """Why something is done: one line."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the reason, or end the command where it says nothing or names somebody."""
        from consent.proof.rights import reason_fault

        text = str(value).strip()
        if fault := reason_fault(text):
            self.fail(fault, param, ctx)
        return text


def of_subject(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --receipt and --visitor."""
    command = click.option("--visitor", type=HexId(), help="All receipts of this visitor.")(command)
    return click.option("--receipt", type=HexId(), help="This one receipt.")(command)


def subject_of(receipt: str | None, visitor: str | None) -> Any:
    """Return whose receipts are meant; end the command unless one of the two is given."""
    from consent.storage.subjects import Subject

    if receipt and not visitor:
        return Subject("receipt", receipt)
    if visitor and not receipt:
        return Subject("visitor", visitor)
    raise click.UsageError("Give either --receipt or --visitor.")
