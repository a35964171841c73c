"""A label and what it stands before, as each language writes them."""

from consent.core.groups import OPTIONAL

COLONS = {"fr": "\u00a0: ", "fr-CA": "\u00a0: ", "ja": "\uff1a", "zh-Hans": "\uff1a", "zh-Hant": "\uff1a"}
"""What stands between the two where it is not a colon and a space; in French the space before it breaks no line."""


def labelled(label: str, text: str, language: str) -> str:
    """Return `label`, a colon and `text`."""
    return f"{label}{COLONS.get(language, ': ')}{text}"


def group_lines(texts: dict[str, str], language: str) -> dict[str, str]:
    """Return under `<group>_line` what the first layer says of each group that can be refused, of all `texts`."""
    return {f"{group}_line": labelled(texts[group], texts[f"{group}_text"], language) for group in OPTIONAL}
