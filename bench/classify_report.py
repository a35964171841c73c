"""Metrics of the classifier: accuracy, dangerous errors, calibration, confusions."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from consent.classifier.result import LAYERS, UNCLASSIFIED, Answer
from consent.classifier.training.training_data import Example
from consent.core.groups import GROUPS

Judged = tuple[Example, Answer]
"""An example with the classifier's answer."""
TRACKERS = ("analytics", "advertising")
BINS = 10
LARGEST_ERROR = 0.05
"""Of calibration."""


class Aims(NamedTuple):
    """The targets: for best guesses, for answers that need no second look, and for trackers called essential."""

    accuracy: float
    f1: float
    sure: float
    right: float
    danger: float


def report(judged: Sequence[Judged], aims: Aims) -> str:
    """Return a table of metrics."""
    best = [(example.group, answer.suggestion or answer.group) for example, answer in judged]
    answered = [(example, answer) for example, answer in judged if answer.group != UNCLASSIFIED]
    sure = [one for one in answered if one[1].is_sure]
    lines = [
        _line("accuracy, best guess of each", right(best), "at least", aims.accuracy),
        _line("macro-F1, best guess of each", macro_f1(best), "at least", aims.f1),
        _line("answered", len(answered) / len(judged)),
        _line("  right where answered", _accuracy(answered)),
        _line("answered without a second look", len(sure) / len(judged), "at least", aims.sure),
        _line("  right there", _accuracy(sure), "at least", aims.right),
        _line(f"surest of which {aims.right:.0%} are right", surest_share(answered, len(judged), aims.right)),
        _line("trackers called essential", _trackers_missed(judged), "at most", aims.danger),
        _line("essential called something else", _essential_lost(judged)),
        _line("calibration error", calibration_error(judged), "at most", LARGEST_ERROR),
    ]
    tables = [_reliability(judged), _groups(best), _confusion(judged), _layers(judged)]
    return "\n\n".join(["\n".join(lines), *tables])


def right(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of (true, answered) pairs that agree."""
    return sum(true == answer for true, answer in pairs) / max(len(pairs), 1)


def precision_recall(pairs: Sequence[tuple[str, str]], group: str) -> tuple[float, float]:
    """Return precision and recall for `group`."""
    hits = sum(true == answer == group for true, answer in pairs)
    predicted, actual = (sum(pair[side] == group for pair in pairs) for side in (1, 0))
    return hits / max(predicted, 1), hits / max(actual, 1)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean over the groups of the harmonic mean of precision and recall."""
    both = [precision_recall(pairs, group) for group in GROUPS]
    return sum(2 * p * r / (p + r) if p + r else 0.0 for p, r in both) / len(GROUPS)


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the mean difference between confidence and accuracy of the best guesses, over tenths of confidence."""
    off = (abs(sum(confidence - hit for confidence, hit in inside)) for _, inside in _tenths(judged))
    return sum(off) / max(len(judged), 1)


def surest_share(answered: Sequence[Judged], whole: int, least: float) -> float:
    """Return the share of `whole` that can be answered, surest first, while at least `least` of them are right."""
    hits, largest = 0, 0
    for number, (example, answer) in enumerate(sorted(answered, key=lambda one: -one[1].confidence), start=1):
        hits += answer.group == example.group
        largest = number if hits >= least * number else largest
    return largest / whole


def _tenths(judged: Sequence[Judged]) -> Iterator[tuple[float, list[tuple[float, bool]]]]:
    """Yield each tenth of confidence with answers: its lower bound, and each answer's confidence and correctness."""
    for part in range(BINS):
        inside = [
            (answer.confidence, (answer.suggestion or answer.group) == example.group)
            for example, answer in judged
            if part <= min(answer.confidence * BINS, BINS - 0.001) < part + 1
        ]
        if inside:
            yield part / BINS, inside


def _reliability(judged: Sequence[Judged]) -> str:
    lines = [f"{'confidence from':34}{'answers':>10}{'mean':>10}{'right':>10}"]
    for start, inside in _tenths(judged):
        mean, hits = (sum(column) / len(inside) for column in zip(*inside, strict=True))
        lines.append(f"{start:<34}{len(inside):>10}{mean:>10.3f}{hits:>10.3f}")
    return "\n".join(lines)


def _accuracy(judged: Sequence[Judged]) -> float:
    return right([(example.group, answer.group) for example, answer in judged])


def _trackers_missed(judged: Sequence[Judged]) -> float:
    trackers = [answer.group for example, answer in judged if example.group in TRACKERS]
    return trackers.count("essential") / len(trackers)


def _essential_lost(judged: Sequence[Judged]) -> float:
    answers = [answer.group for example, answer in judged if example.group == "essential"]
    return sum(group not in ("essential", UNCLASSIFIED) for group in answers) / len(answers)


def _line(what: str, found: float, bound: str = "", aim: float = 0.0) -> str:
    is_met = found >= aim if bound == "at least" else found <= aim
    return f"{what:34}{found:>8.3f}" + (
        f"   aim: {f'{bound} {aim:.1%}':16}{'met' if is_met else 'MISSED'}" if bound else ""
    )


def _groups(pairs: Sequence[tuple[str, str]]) -> str:
    lines = [f"{'group':34}{'precision':>10}{'recall':>10}"]
    lines += [f"{group:34}{p:>10.3f}{r:>10.3f}" for group in GROUPS for p, r in [precision_recall(pairs, group)]]
    return "\n".join(lines)


def _confusion(judged: Sequence[Judged]) -> str:
    columns = [*GROUPS, UNCLASSIFIED]
    lines = [f"{'is, down; said, across':24}" + "".join(f"{group:>14}" for group in columns)]
    for group in GROUPS:
        answers = [answer.group for example, answer in judged if example.group == group]
        lines.append(f"{group:24}" + "".join(f"{answers.count(column):>14}" for column in columns))
    return "\n".join(lines)


def _layers(judged: Sequence[Judged]) -> str:
    lines = [f"{'layer':34}{'answers':>10}{'right':>10}"]
    for layer in LAYERS:
        found = [one for one in judged if one[1].layer == layer]
        if found:
            lines.append(f"{layer:34}{len(found):>10}{_accuracy(found):>10.3f}")
    return "\n".join(lines)
