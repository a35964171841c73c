"""Page patterns: whole-path globs with `*` only, so that no regular expression is ever built from data."""


def matches(pattern: str, path: str) -> bool:
    """Tell whether `path` fits `pattern`, where `*` stands for any run of characters."""
    head, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    if not path.startswith(head):
        return False
    position = len(head)
    for part in rest[:-1]:
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(path) - position >= len(rest[-1]) and path.endswith(rest[-1])


def any_matches(patterns: list[str], path: str) -> bool:
    """Tell whether `path` fits at least one of `patterns`."""
    return any(matches(pattern, path) for pattern in patterns)
