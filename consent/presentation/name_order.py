"""The order in which a language lists names."""

import unicodedata

_OWN_LETTERS = frozenset({"bg", "da", "et", "fi", "is", "mk", "nb", "nn", "ru", "sr", "sv", "uk"})
"""Languages in which a letter with a mark is a letter of its own, after those without (Å in Swedish, Й in Russian)."""


def name_key(name: str, language: str = "en") -> str:
    """Return the sort key of a name: without case, and without marks, so that Österreich sorts under O in German."""
    if language.partition("-")[0] in _OWN_LETTERS:
        return name.casefold()
    return "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
