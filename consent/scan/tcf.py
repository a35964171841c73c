"""What a TC string of the IAB says of purposes: the two fields of its core segment that a refusal has to empty."""

import base64
import binascii

NEVER_LEGITIMATE = (1, 3, 4, 5, 6)
"""Purposes that rest on consent alone (IAB TCF policies, version 5, appendix A)."""
CONSENTS_AT, INTERESTS_AT, PURPOSES = 152, 176, 24
"""Where the bits stand (IAB TCF, Consent string and vendor list format v2, core segment), and how many they are."""


def purposes_of(text: str) -> tuple[list[int], list[int]]:
    """Return the numbers of the purposes with consent, and of those under legitimate interest; none of anything else."""
    core = text.partition(".")[0]
    try:
        data = base64.urlsafe_b64decode(core + "=" * (-len(core) % 4))
    except (binascii.Error, ValueError):
        return [], []
    if len(data) * 8 < INTERESTS_AT + PURPOSES or data[0] >> 2 != 2:
        return [], []
    bits = "".join(f"{byte:08b}" for byte in data)
    return _on(bits, CONSENTS_AT), _on(bits, INTERESTS_AT)


def _on(bits: str, start: int) -> list[int]:
    return [number + 1 for number, bit in enumerate(bits[start : start + PURPOSES]) if bit == "1"]
