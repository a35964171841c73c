"""Request a cosignature for a checkpoint from one witness (C2SP tlog-witness)."""

import re
from collections.abc import Callable
from typing import NamedTuple

from consent.core.translatable import translatable
from consent.log.checkpoints import consistency_text
from consent.outbound.webhook import TextAnswer, post_text
from consent.storage.log.cosignatures import PendingCheckpoint
from consent.verify import Policy, Witness, Wrong, cosigner_id, cosigners

MAX_TRIES = 3
"""Maximum number of tries: a witness answers 409 with the size it has cosigned, perhaps for another process."""
_SIZE = re.compile(r"(0|[1-9][0-9]{0,17})\n?")
REFUSALS = {
    403: translatable("it does not trust the key that signed the checkpoint"),
    404: translatable("it does not know this log"),
    422: translatable("it reports that the log does not extend the tree it has cosigned"),
}


class WitnessReply(NamedTuple):
    """The result of a request: the signature line, the number of leaves already cosigned (`ahead`), or a problem.

    `is_refusal` means that the witness was reached and refuses; `is_unreachable`, that other logs need not be tried
    now.
    """

    line: str = ""
    ahead: int = 0
    problem: str = ""
    is_refusal: bool = False
    is_unreachable: bool = False


def witness_id(witness: Witness) -> str:
    """Return a witness's id in the database: name and key id."""
    return f"{witness.name}+{cosigner_id(witness.name, witness.key).hex()}"


def request_cosignature(
    witness: Witness,
    checkpoint: PendingCheckpoint,
    prove: Callable[[int], list[bytes]],
    newest_size: Callable[[], int],
    post: Callable[[str, str], TextAnswer] = post_text,
) -> WitnessReply:
    """Request a cosignature; `prove` returns the proof from an older size, `newest_size` the log's current size."""
    old, size = checkpoint.old, checkpoint.head.size
    for _ in range(MAX_TRIES):
        body = consistency_text(old, prove(old), checkpoint.head.note)
        answer = post(f"{witness.url.rstrip('/')}/add-checkpoint", body)
        if answer.status == 200:
            return _cosigned(witness, checkpoint.head.note, answer.text)
        known = _SIZE.fullmatch(answer.text) if answer.status == 409 else None
        if known is None or int(known[1]) == old:
            return _problem(answer)
        if int(known[1]) > size:
            return _ahead(int(known[1]), newest_size())
        old = int(known[1])
    return WitnessReply(problem=translatable("its responses contradict each other"))


def _ahead(cosigned: int, newest: int) -> WitnessReply:
    if cosigned <= newest:
        return WitnessReply(ahead=cosigned)
    problem = translatable(
        f"it has cosigned {cosigned} leaves, but the log has {newest}: the log was rolled back or replaced"
    )
    return WitnessReply(problem=problem, is_refusal=True)


def _problem(answer: TextAnswer) -> WitnessReply:
    if answer.status in REFUSALS:
        return WitnessReply(problem=REFUSALS[answer.status], is_refusal=True)
    if answer.status:
        return WitnessReply(problem=translatable(f"it returned {answer.status}"), is_unreachable=answer.status >= 500)
    return WitnessReply(problem=translatable(f"it does not respond: {answer.text}"), is_unreachable=True)


def _cosigned(witness: Witness, note: str, text: str) -> WitnessReply:
    """Return the line with the witness's own signature; signatures with unknown keys are ignored."""
    policy = Policy([], {"it": witness}, {}, "it")
    for line in text.splitlines(keepends=True):
        try:
            if line.endswith("\n") and cosigners(note + line, policy):
                return WitnessReply(line)
        except (Wrong, ValueError):
            return WitnessReply(problem=translatable("it returned a malformed signature"), is_refusal=True)
    return WitnessReply(problem=translatable("it returned no signature by the key in the policy"), is_refusal=True)
