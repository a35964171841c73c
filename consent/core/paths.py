"""Match URL paths to page patterns: whole-path globs with `*` only, so that data never becomes a regular expression."""


def matches(pattern: str, path: str) -> bool:
    """Return whether `path` matches `pattern`, where `*` stands for any run of characters."""
    head, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    if not path.startswith(head):
        return False
    position = len(head)
    for part in rest[:-1]:
        place = path.find(part, position)
        if place < 0:
            return False
        position = place + len(part)
    return len(path) - position >= len(rest[-1]) and path.endswith(rest[-1])


def any_matches(patterns: list[str], path: str) -> bool:
    """Return whether `path` matches at least one of `patterns`."""
    return any(matches(pattern, path) for pattern in patterns)
