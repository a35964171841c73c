"""Classification result: group, purpose and vendor, with the deciding layer and the reason."""

from dataclasses import dataclass

DECISION = "decision"
NAME_AND_DOMAIN = "catalogue_name_and_domain"
NAME = "catalogue_name"
PATTERN = "catalogue_pattern"
DOMAIN = "vendor_domain"
SCRIPT = "vendor_script"
LIST = "filter_list"
MODEL = "model"
NONE = "none"

LAYERS = (DECISION, NAME_AND_DOMAIN, NAME, PATTERN, DOMAIN, SCRIPT, LIST, MODEL, NONE)
"""In the order in which they are asked."""

UNCLASSIFIED = "unclassified"
SURE = 0.7
"""From here on an answer needs no second look: of the least sure of these seven of ten are right."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A group, or `unclassified`, with the purpose code where it is known.

    `vendor` is the id of a catalogue file, or the name of who owns the host, or empty. `confidence` is the share of
    such answers that turn out right, 0 to 1. `suggestion` is the likeliest group also where `group` is `unclassified`;
    it may be `essential`, for a user to confirm. `reason` is one sentence for users. `evidence` is the row of the
    measured confidences that the answer falls under; empty where none is measured.
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
        """Return whether the answer can stand without a review."""
        return self.group != UNCLASSIFIED and self.confidence >= SURE
