"""Translate a text search of the audit trail into index words, from labels as shown or codes as signed."""

from collections.abc import Callable, Collection

from consent.core.translatable import translatable
from consent.log.audit_labels import AUDIT_WORDS, FIELD_WORDS, KIND_WORDS
from consent.storage.database.base import Transaction
from consent.storage.log import actors
from consent.storage.log.audit_trail import Word
from consent.storage.log.entry_index import is_opaque, path_words

MAX_LENGTH, MAX_WORDS = 200, 20
MIN_BEGINNING = 3
"""How many letters of a word in a value's label find the value."""
_AROUND = ".,:;()“”\"'→"


def search_error(text: str) -> str:
    """Return a sentence on why `text` can't be searched, empty if it can."""
    if len(text) > MAX_LENGTH:
        return f"Enter at most {MAX_LENGTH} characters."
    if len(_folded(text)) > MAX_WORDS:
        return translatable(f"Enter at most {MAX_WORDS} words.")
    return ""


def words_for(
    transaction: Transaction,
    text: str,
    say: Callable[[str], str] = str,
    values: Collection[tuple[str, str]] = (),
) -> tuple[Word, ...]:
    """Return the words of `text`, each with its signed equivalents: actions, fields, values, and users' ids by name.

    Labels match in English and as `say` translates them; `values` are signed values with the labels that pages show.
    Words with the fewest equivalents come first, since they rule out entries soonest.
    """
    names = actors.every(transaction)
    labels = AUDIT_WORDS | KIND_WORDS
    searched = []
    for word in _folded(text):
        actions = [code for code, words in labels.items() if _is_in(word, words, say)]
        fields = [path_words(path) for path, words in FIELD_WORDS.items() if _is_in(word, words, say)]
        shown = [value for value, label in values if _is_word_of(label, word)]
        user_ids = [one.id for one in names if word in one.name.casefold()] + [word] * is_opaque(word)
        searched.append(Word(tuple(dict.fromkeys([word, *actions, *fields, *shown])), tuple(user_ids)))
    return tuple(sorted(searched, key=lambda word: len(word.texts)))


def _is_in(word: str, label: str, say: Callable[[str], str]) -> bool:
    return word in label.casefold() or word in say(label).casefold()


def _is_word_of(label: str, word: str) -> bool:
    """Return whether `label` has `word`, or a word that begins with it."""
    return any(one == word or (len(word) >= MIN_BEGINNING and one.startswith(word)) for one in _folded(label))


def _folded(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (word.strip(_AROUND) for word in text.casefold().split()))))
