"""Mark English sentences that pages show in the reader's language."""


def translatable(sentence: str) -> str:
    """Return `sentence` unchanged; the call marks it for the dashboard's message catalogs.

    The API, logs and command line show the English. Pages translate it when they show it, even with values filled in:
    `translatable(f"{count} tags are off.")` is found by its fixed words.
    """
    return sentence


def all_translatable(sentences: dict[str, str]) -> dict[str, str]:
    """Return `sentences` unchanged; the call marks each of them."""
    return sentences
