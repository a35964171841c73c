"""Intervals for rates and ratios that hold however often somebody looks at them, and stops when the result pleases.

The method is Robbins' mixture martingale for 0/1 outcomes, with a beta distribution to mix over: the likelihood of the
outcomes averaged over that distribution, divided by their likelihood under a rate `p`, is a martingale that begins at 1 if
`p` is true. Ville's inequality lets it ever reach 1/error with a probability of at most `error`. The rates under which it is
below that are the interval, and the true one is in all intervals of an experiment at once but for that probability.

- J. Ville, Étude critique de la notion de collectif, 1939
- H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical Statistics 41, 1970
- S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals
  of Statistics 49, 2021
- M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022, for comparing counts of variants
"""

import math
from typing import NamedTuple

ERROR = 0.05
"""How probable it may be that any interval of an experiment ever misses the truth."""
UNIFORM = (1.0, 1.0)
"""The distribution over rates of which nothing is known: every one is as likely."""
PRIOR_ANSWERS = 100.0
"""How many answers the distribution over shares weighs as much as, which lies around the share that was drawn. It decides
for which numbers of answers intervals are shortest, never whether they hold."""
STEPS = 60
"""Of a bisection: the ends are exact to what a float can tell."""


class Interval(NamedTuple):
    """The ends of an interval, both included; a ratio's upper end may be infinite."""

    low: float
    high: float


def rate_interval(successes: int, size: int, error: float, prior: tuple[float, float] = UNIFORM) -> Interval:
    """Return the interval of the rate of `successes` among `size` outcomes; it misses it with probability `error` at most.

    It holds for outcomes of which each has the same rate whatever came before, at all sizes at once.
    """
    if not size:
        return Interval(0.0, 1.0)
    best = successes / size
    limit = math.log(1 / error)
    return Interval(
        _end(successes, size, prior, limit, 0.0, best) if successes else 0.0,
        _end(successes, size, prior, limit, 1.0, best) if successes < size else 1.0,
    )


def ratio_interval(of_control: int, of_variant: int, share: float, error: float) -> Interval:
    """Return how many times as often a variant gets an answer as the control, by their counts of that answer.

    `share` is the variant's part of the draws of both. If a variant changes nothing, each answer comes from it with that
    probability, whatever the day, the visitor and the rest of the page: the draw alone decides it. So this needs neither the
    number of banners shown nor steady rates, only that the ratio itself is steady.
    """
    prior = (PRIOR_ANSWERS * share, PRIOR_ANSWERS * (1 - share))
    low, high = rate_interval(of_variant, of_control + of_variant, error, prior)
    return Interval(_odds(low) / _odds(share), _odds(high) / _odds(share))


def log_martingale(successes: int, size: int, rate: float, prior: tuple[float, float]) -> float:
    """Return the logarithm of the mixture martingale for `rate`, 0 before the first outcome."""
    failures, (one, other) = size - successes, prior
    mixed = _log_beta(successes + one, failures + other) - _log_beta(one, other)
    return mixed - _times_log(successes, rate) - _times_log(failures, 1 - rate)


def _end(successes: int, size: int, prior: tuple[float, float], limit: float, outside: float, inside: float) -> float:
    """Return the end of the interval between `outside`, a rate that is out of it, and `inside`, one within."""
    for _ in range(STEPS):
        middle = (outside + inside) / 2
        if log_martingale(successes, size, middle, prior) < limit:
            inside = middle
        else:
            outside = middle
    return outside


def _log_beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)


def _times_log(count: int, rate: float) -> float:
    return 0.0 if not count else -math.inf if rate <= 0 else count * math.log(rate)


def _odds(rate: float) -> float:
    return math.inf if rate >= 1 else rate / (1 - rate)
