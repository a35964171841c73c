"""The command blocks of the docs, and the marks on blocks that `test_docs_commands.py` doesn't run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
PROGRAMS = re.compile(
    "apt-get|bash|buildah|caddy|cd|composer|consent|cp|curl|docker|echo|export|for|git|gunicorn|haproxy|install|"
    "journalctl|kubectl|make|mkdir|mmdebstrap|mv|nginx|node|npm|npx|openssl|patronictl|php|pip|podman|psql|pybabel|"
    "python3?|scp|sh|sha256sum|sqlite3|ssh|ssh-keygen|sudo|systemctl|systemd-sysusers|tar|umask|wget"
)
SHELLS = ("sh", "bash", "shell", "console")
"""Fence languages that mark a command block, whatever its first word."""
CRON = re.compile(r"(?:[\d*/,-]+ +){5}\w+ +(?=\S)")
"""The schedule and user before the command in a line of /etc/cron.d."""
NOT_RUN = re.compile(r"^ *<!-- not run: (\S.*\S) -->$")
RUN_BY = re.compile(r"^ *<!-- run by (tests/[\w/]+\.py) -->$")
_FENCE = re.compile(r"( *)```(\w*)$")


@dataclass(frozen=True)
class Block:
    """A command block: its page, the number of its first line there, its text and its mark."""

    page: str
    line: int
    text: str
    reason: str = ""
    run_by: str = ""

    @property
    def name(self) -> str:
        """Return the name that failures give the block."""
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Return the block's commands, one per line, without comments; a cron line loses its schedule."""
        lines = re.sub(r"\\\n *", " ", self.text).splitlines()
        found = (re.sub(r"(?:^|\s+)#(?: .*)?$", "", line) for line in lines)
        return [_without_schedule(line.strip()) for line in found if line.strip()]


def command_blocks(path: Path) -> Iterator[Block]:
    """Yield each command block of a page, fenced or indented, except the synopses in the command reference."""
    lines = path.read_text("utf-8").splitlines()
    name = path.relative_to(ROOT).as_posix()
    for number, language, body in _blocks(lines):
        before = next((line for line in reversed(lines[: number - 1]) if line.strip()), "")
        is_synopsis = before.startswith("### consent ")
        if is_synopsis or not (language in SHELLS or _is_command(body)):
            continue
        reason, run_by = NOT_RUN.match(before), RUN_BY.match(before)
        yield Block(name, number, "\n".join(body), reason[1] if reason else "", run_by[1] if run_by else "")


def _blocks(lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield the number of the first line, the language and the content of each code block."""
    number = 0
    while number < len(lines):
        if fence := _FENCE.match(lines[number]):
            end = next(step for step in range(number + 1, len(lines)) if lines[step].strip() == "```")
            yield number + 1, fence[2], [line.removeprefix(fence[1]) for line in lines[number + 1 : end]]
            number = end + 1
        elif lines[number].startswith("    ") and not (number and lines[number - 1].strip()):
            end = number
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            yield number + 1, "", [line[4:] for line in lines[number:end]]
            number = end
        else:
            number += 1


def _is_command(body: list[str]) -> bool:
    first = next((line.strip() for line in body if line.strip() and not line.strip().startswith("#")), "")
    words = [word for word in _without_schedule(first).split() if not re.match(r"[A-Z_]+=(?!\$\()", word)]
    name = Path(words[0].rpartition("=$(")[2]).name.removesuffix("()") if words else ""
    return PROGRAMS.fullmatch(name) is not None


def _without_schedule(line: str) -> str:
    return CRON.sub("", line).replace("\\%", "%") if CRON.match(line) else line
