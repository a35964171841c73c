"""Classification result: group, purpose and vendor, with the deciding layer and the reason."""

from dataclasses import dataclass

DECISION = "decision"
NAME_AND_DOMAIN = "catalog_name_and_domain"
NAME = "catalog_name"
PATTERN = "catalog_pattern"
DOMAIN = "vendor_domain"
SCRIPT = "vendor_script"
LIST = "filter_list"
MODEL = "model"
NONE = "none"

LAYERS = (DECISION, NAME_AND_DOMAIN, NAME, PATTERN, DOMAIN, SCRIPT, LIST, MODEL, NONE)
"""In order of precedence."""

UNCLASSIFIED = "unclassified"
SURE = 0.7
"""Confidence from which an answer needs no review: seven out of ten of the least certain ones are right."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A group, or `unclassified`, with the purpose code if known.

    `vendor` is the id of a catalog file, the name of the host's owner, or empty. `confidence` is the share of such
    answers that are right, 0 to 1. `suggestion` is the likeliest group even if `group` is `unclassified`; it may be
    `essential`, for a user to confirm. `reason` is one sentence for users. `evidence` is the row of the measured
    confidences that applies to the answer, or empty if none was measured.
    """

    group: str
    purpose: str | None
    layer: str
    vendor: str
    confidence: float
    reason: str
    suggestion: str = ""
    evidence: str = ""

    @property
    def is_sure(self) -> bool:
        """Return whether the answer needs no review."""
        return self.group != UNCLASSIFIED and self.confidence >= SURE
