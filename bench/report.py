"""Format medians and ratios as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.subjects import AIMS, MEMORY_AIM_MB, P99_AIM_MS, Subject

_HEAD = ("", "", "req/s", "(least-most)", "p50 ms", "p99 ms", "CPU s/1,000", "faults")
_ROW = "{:<14}{:<28}{:>9}{:>18}{:>9}{:>9}{:>13}{:>8}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One subject in one round; `cpu_s` is the CPU time of the server's processes per 1,000 requests."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_s: float
    faults: int


def table(subjects: Sequence[Subject], measured: Mapping[str, Sequence[Measure]]) -> str:
    """Return a line for each subject: medians over the rounds."""
    lines = [_ROW.format(*_HEAD)]
    for subject in subjects:
        rounds = measured[subject.letter]
        rates = [one.per_s for one in rounds]
        p50, p99, cpu = (median(getattr(one, name) for one in rounds) for name in ("p50_ms", "p99_ms", "cpu_s"))
        spread = f"({min(rates):,.0f}-{max(rates):,.0f})"
        numbers = (f"{median(rates):,.0f}", spread, f"{p50:.2f}", f"{p99:.2f}", f"{cpu:.3f}")
        lines.append(_ROW.format(subject.letter, subject.name, *numbers, sum(one.faults for one in rounds)))
    return "\n".join(lines)


def ratios(measured: Mapping[str, Sequence[Measure]]) -> str:
    """Return a line for each target: the median of the ratios measured in each round."""
    lines = []
    for aim in AIMS:
        if aim.of in measured and aim.against in measured:
            pairs = zip(measured[aim.of], measured[aim.against], strict=True)
            ratio = median(ours.per_s / other.per_s for ours, other in pairs)
            name = f"{aim.of} / {aim.against}"
            lines.append(line(name, f"{ratio:.2f} x", f"at least {aim.least} x", ratio >= aim.least))
    for letter, most in P99_AIM_MS.items():
        if letter in measured:
            p99 = median(one.p99_ms for one in measured[letter])
            lines.append(line(f"p99 of {letter}", f"{p99:.1f} ms", f"less than {most:.0f} ms", p99 < most))
    return "\n".join(lines)


def memory(processes: Mapping[int, float]) -> str:
    """Return the memory of the service's processes at rest, in MB, and their sum against the target."""
    whole = sum(processes.values())
    summary = line("memory at rest", f"{whole:.0f} MB", f"at most {MEMORY_AIM_MB:.0f} MB", whole <= MEMORY_AIM_MB)
    return f"{summary}  (PSS: {' + '.join(f'{size:.0f}' for size in processes.values())})"


def line(what: str, found: str, aim: str, is_met: bool) -> str:
    """Return a line with what was measured and the target."""
    return f"{what:34}{found:>10}   aim: {aim:20}{'met' if is_met else 'MISSED'}"
