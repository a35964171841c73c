"""Problems of witnesses, in sentences, for readiness, `consent doctor` and the alarm."""

from collections.abc import Iterable

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.core.translatable import translatable
from consent.storage.log.cosignatures import WitnessProgress

LATE_SECONDS = DAY_SECONDS
"""How long a witness may be unavailable before there is a warning; a refusal warns at once."""
MAX_NAMED = 3


def is_late(one: WitnessProgress, now: float) -> bool:
    """Return whether a witness's problem needs attention."""
    return one.failing_since is not None and (one.is_refusal or now - one.failing_since >= LATE_SECONDS)


def sentences(progress: Iterable[WitnessProgress], now: float) -> list[str]:
    """Return a sentence for each witness and problem for which cosignatures are overdue."""
    late: dict[tuple[str, str], list[WitnessProgress]] = {}
    for one in progress:
        if is_late(one, now):
            late.setdefault((one.witness.partition("+")[0], one.problem), []).append(one)
    return [_sentence(witness, problem, found, now) for (witness, problem), found in late.items()]


def _sentence(witness: str, problem: str, found: list[WitnessProgress], now: float) -> str:
    logs = ", ".join(one.site for one in found[:MAX_NAMED])
    if len(found) > MAX_NAMED:
        logs += f" and {len(found) - MAX_NAMED} more"
    hours = round(max(now - (one.failing_since or now) for one in found) / HOUR_SECONDS)
    if hours < 1:
        return translatable(f"The witness {witness} has not cosigned these logs: {logs}; reason: {problem}.")
    return translatable(f"The witness {witness} has not cosigned these logs for {hours} h: {logs}; reason: {problem}.")
