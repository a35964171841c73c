"""A text by which entries are sought: turned into the words of the store, whether it is said as shown or as signed."""

from consent.proof.audit_words import AUDIT_WORDS, FIELD_WORDS, KIND_WORDS
from consent.storage import actors
from consent.storage.base import Transaction
from consent.storage.entry_words import is_opaque, path_words
from consent.storage.trail import Word

MOST_LETTERS, MOST_WORDS = 200, 20
_AROUND = ".,:;()“”\"'→"


def search_fault(text: str) -> str:
    """Return the sentence that says why nothing can be sought by `text`, empty where it can."""
    if len(text) > MOST_LETTERS:
        return f"This has more than {MOST_LETTERS} letters."
    if len(_folded(text)) > MOST_WORDS:
        return f"These are more than {MOST_WORDS} words."
    return ""


def words_for(transaction: Transaction, text: str) -> tuple[Word, ...]:
    """Return the words of `text`, each with what is signed in its place: actions, fields and ids of people by their names.

    Words that can stand for less come first: they tell soonest that an entry is not meant.
    """
    names = actors.every(transaction)
    said = AUDIT_WORDS | KIND_WORDS
    found = []
    for word in _folded(text):
        actions = [code for code, words in said.items() if word in words.casefold()]
        fields = [path_words(path) for path, words in FIELD_WORDS.items() if word in words.casefold()]
        people = [one.id for one in names if word in one.name.casefold()] + [word] * is_opaque(word)
        found.append(Word(tuple(dict.fromkeys([word, *actions, *fields])), tuple(people)))
    return tuple(sorted(found, key=lambda word: len(word.texts)))


def _folded(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (word.strip(_AROUND) for word in text.casefold().split()))))
