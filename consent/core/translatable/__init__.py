"""Mark English sentences that pages show in the reader's language."""


def translatable(sentence: str) -> str:
    """Return `sentence` as it is: the mark by which it gets into the dashboard's catalogues.

    The API, logs and command line show the English. Pages translate it when they show it, also with values filled in:
    `translatable(f"{count} tags are off.")` is found again by its fixed words.
    """
    return sentence


def all_translatable(sentences: dict[str, str]) -> dict[str, str]:
    """Return `sentences` as they are, each of them marked."""
    return sentences
