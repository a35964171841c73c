"""Parse object literals in JavaScript without running it: strings, numbers, lists and objects; all else is kept as text."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

MAX_DEPTH, MAX_VALUES = 40, 50_000
MAX_STEPS = 1_000_000
"""Maximum number of parsing steps, including repeated ones: a hostile file could have each character read many times."""
LETTERS_A_STEP = 100
"""Characters of a comment per step, since comments are skipped at once."""
SPACE = re.compile(r"(?:\s+|//[^\n]*)+")
PLAIN = re.compile(r"[^\s\"'`/()\[\]{},;]+")
STRING = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
TEMPLATE = re.compile(r"`(?:\\.|[^`\\])*`", re.DOTALL)
NUMBER = re.compile(r"-?(?:0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w$])")
WORD = re.compile(r"[A-Za-z_$][\w$]*")
CONSTANT = re.compile(r"(?:true|false|null|undefined|void 0|!0|!1)(?![\w$])")
REGEX = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n]){1,500}/[a-z]*")
OBJECT = re.compile(r"(?:[=(,]|\breturn|\bdefault)\s*(\{)|\A\s*(\{)")
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
CONSTANTS = {"true": True, "!0": True, "false": False, "!1": False}
CLOSES = {"(": ")", "[": "]", "{": "}"}


class LiteralError(ValueError):
    """A position without a literal, or a literal that is too deep or too large."""


class Code(str):
    """Source text that isn't a literal, such as a function, a call, a name or a sum."""


class Pattern(str):
    """A regular expression, without its slashes and flags."""


def objects_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield each outermost object literal in `text` that is assigned, returned, exported or passed to a function."""
    reader, position = _Reader(text), 0
    while match := OBJECT.search(text, position):
        start = match.start(1) if match[1] else match.start(2)
        try:
            value, position = reader.read(start, 0)
        except LiteralError:
            position = start + 1
            if reader.is_over:
                return
            continue
        if isinstance(value, dict) and value:
            yield value


def values_at(text: str, places: Iterable[int]) -> Iterator[Any]:
    """Yield the literal that starts at each of `places`; Code if none does, or if too much was read before."""
    reader = _Reader(text)
    for begin in places:
        try:
            yield reader.read(begin, 0)[0]
        except LiteralError:
            yield Code()


class _Reader:
    """Reads one text; the total amount it may read is bounded."""

    def __init__(self, text: str) -> None:
        self._text, self._values, self._steps = text, 0, 0
        self._last_comment = text.rfind("*/")

    @property
    def is_over(self) -> bool:
        """Return whether the limit has been exceeded, so that nothing more is read."""
        return self._steps > MAX_STEPS or self._values > MAX_VALUES

    def read(self, at: int, depth: int) -> tuple[Any, int]:
        """Return the value at `at`, and where it ends."""
        begin = at = self._skip(at)
        self._values += 1
        if depth > MAX_DEPTH or self.is_over:
            raise LiteralError("too deep or too large")
        value, end = self._value(at, depth)
        after = self._skip(end)
        while isinstance(value, str) and not isinstance(value, Code) and self._text[after : after + 1] == "+":
            more, end = self._value(self._skip(after + 1), depth)
            if not isinstance(more, str) or isinstance(more, Code):
                return self._code(begin)
            value, after = value + more, self._skip(end)
        return (value, end) if self._text[after : after + 1] in (*",}]);", "") else self._code(begin)

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        letter = self._text[at : at + 1]
        if letter == "{":
            return self._object(at + 1, depth)
        if letter == "[":
            return self._list(at + 1, depth)
        if match := STRING.match(self._text, at):
            return unescaped(match[0][1:-1]), match.end()
        if (match := TEMPLATE.match(self._text, at)) and "${" not in match[0]:
            return unescaped(match[0][1:-1]), match.end()
        if match := CONSTANT.match(self._text, at):
            return CONSTANTS.get(match[0]), match.end()
        if match := NUMBER.match(self._text, at):
            return _number(match[0]), match.end()
        if match := REGEX.match(self._text, at):
            return Pattern(match[0][1:].rpartition("/")[0]), match.end()
        return self._code(at)

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            at = self._skip(at)
            if self._text[at : at + 1] == "}":
                return found, at + 1
            name, at = self._name(at)
            at = self._skip(at)
            if name and self._text[at : at + 1] == ":":
                value, at = self.read(at + 1, depth + 1)
            else:  # a method, a shorthand name, a computed name, or a spread object
                value, at = self._code(at)
            if name:
                found[name] = value
            at = self._skip(at)
            if self._text[at : at + 1] == ",":
                at += 1
            elif self._text[at : at + 1] != "}":
                raise LiteralError("not an object")

    def _name(self, at: int) -> tuple[str, int]:
        if match := STRING.match(self._text, at):
            return unescaped(match[0][1:-1]), match.end()
        if (match := WORD.match(self._text, at)) or (match := NUMBER.match(self._text, at)):
            return match[0], match.end()
        return "", at

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            at = self._skip(at)
            if self._text[at : at + 1] == "]":
                return found, at + 1
            value = None
            if self._text[at : at + 1] != ",":  # else an empty slot
                value, at = self.read(at, depth + 1)
            found.append(value)
            at = self._skip(at)
            if self._text[at : at + 1] == ",":
                at += 1
            elif self._text[at : at + 1] != "]":
                raise LiteralError("not a list")

    def _code(self, at: int) -> tuple[Code, int]:
        """Return the source from `at` up to the comma or bracket that ends it."""
        begin, open_brackets, text = at, list[str](), self._text
        while at < len(text):
            at = self._skip(at)
            letter = text[at : at + 1]
            if letter in CLOSES:
                open_brackets.append(CLOSES[letter])
            elif open_brackets and letter == open_brackets[-1]:
                open_brackets.pop()
            elif not open_brackets and letter in (*",}])", ";"):
                break
            match = PLAIN.match(text, at) or self._quoted(at)
            at = match.end() if match else at + 1
            self._steps += 1
            if self.is_over:
                raise LiteralError("too large")
        if at == begin or open_brackets:
            raise LiteralError("nothing there")
        return Code(text[begin:at].strip()[:2000]), at

    def _quoted(self, at: int) -> re.Match[str] | None:
        """Return the string or regular expression at `at`, or None. Raises LiteralError for an unterminated string."""
        letter = self._text[at : at + 1]
        if letter in ("'", '"', "`"):
            match = (TEMPLATE if letter == "`" else STRING).match(self._text, at)
            if match is None:
                self._steps += len(self._text) - at  # the search went this far
                raise LiteralError("an unterminated string")
            return match
        if letter != "/":
            return None
        # A slash after a value is a division.
        self._steps += 100
        before = self._text[max(at - 40, 0) : at].rstrip()
        return REGEX.match(self._text, at) if before[-1:] in ("", *"(,=:[!&|?{};") else None

    def _skip(self, at: int) -> int:
        """Return where the white space and comments that start at `at` end."""
        while True:
            if match := SPACE.match(self._text, at):
                at = match.end()
            elif self._text.startswith("/*", at) and at < self._last_comment - 1:
                end = self._text.index("*/", at + 2) + 2
                self._steps += 1 + (end - at) // LETTERS_A_STEP
                at = end
            else:
                return at


def unescaped(text: str) -> str:
    """Return the content of a string literal with its escapes resolved."""
    return ESCAPE.sub(_letter, text) if "\\" in text else text


def _letter(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\ufffd"
    return LETTERS.get(match[4], match[4])


def _number(text: str) -> float | int:
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text)
    if digits.lower().startswith("0x"):
        return sign * int(digits, 16)
    return sign * (int(digits) if digits.isdigit() and len(digits) < 20 else float(digits))
