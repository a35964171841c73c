"""Why a draft is not published."""

from typing import NamedTuple


class Fault(NamedTuple):
    """Why a draft is not published: the path of the field, a sentence, and the rule or law that asks for it, if one does."""

    path: str
    sentence: str
    rule: str = ""

    @property
    def words(self) -> str:
        """Return the sentence with the rule that asks for it."""
        return f"{self.sentence.removesuffix('.')} ({self.rule})." if self.rule else self.sentence
