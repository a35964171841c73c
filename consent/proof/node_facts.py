"""What one node finds wrong beside the others: another secret, a clock that goes wrong, another version."""

import hmac
from collections.abc import Sequence

from consent.proof.keys import Keys, base64url
from consent.storage.nodes import NodeFacts

CLOCK_S = 60
"""So far a clock may be from the database's."""


NAME = 21
"""Characters of the name of a secret: those of two stand in one column, with a point between."""


def secret_names(keys: Keys, sessions: str) -> str:
    """Return what tells the secret of these keys, and that of sessions, from other ones, and nothing of them."""
    named = ((keys.secret, b"consent node"), (sessions.encode(), b"consent sessions"))
    return ".".join(base64url(hmac.digest(secret, of, "sha256"))[:NAME] for secret, of in named)


def faults_among(me: NodeFacts, everyone: Sequence[NodeFacts]) -> tuple[list[str], list[str]]:
    """Return why `me` may not write, and what an operator should look at; `everyone` in the order of their start.

    Where every clock is far from the database's, that one is wrong, and all go on.
    """
    others = [node for node in everyone if node.id != me.id]
    faults: list[str] = []
    doubts: list[str] = []
    older = next((node for node in others if (node.started, node.id) < (me.started, me.id)), None)
    if older and older.secret[:NAME] != me.secret[:NAME]:
        faults.append(f"keys/secret.key is not that of {older.host}, which was here before: copy it from there.")
    elif older and older.secret != me.secret:
        doubts.append(f"CONSENT_SECRET_KEY is not that of {older.host}, which was here before: set it to that one.")
    if abs(me.ahead) > CLOCK_S:
        sentence = f"The clock of {me.host} is {_seconds(me.ahead)} the database's: set it by NTP."
        is_odd = any(abs(node.ahead) <= CLOCK_S for node in others)
        (faults if is_odd else doubts).append(sentence)
    versions = sorted({node.version for node in everyone} | {me.version})
    if len({node.revision for node in others} | {me.revision}) > 1 or len(versions) > 1:
        doubts.append(f"Nodes of several versions run ({', '.join(versions)}): end the upgrade.")
    return faults, doubts


def _seconds(ahead: int) -> str:
    return f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'}"
