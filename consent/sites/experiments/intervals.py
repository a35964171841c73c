"""Intervals for rates and ratios that stay valid however often someone checks them, and whenever they decide to stop.

The method is Robbins' mixture martingale for 0/1 outcomes, mixing over a beta distribution: the likelihood of the
outcomes averaged over that distribution, divided by their likelihood under a rate `p`, is a martingale that starts at 1
if `p` is true. By Ville's inequality, it ever reaches 1/error with a probability of at most `error`. The interval
consists of the rates for which it is below that, and except with that probability the true rate is in all intervals of
an experiment at once.

- J. Ville, Étude critique de la notion de collectif, 1939
- H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical Statistics 41, 1970
- S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals
  of Statistics 49, 2021
- M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022, for comparing counts of variants
"""

import math
from typing import NamedTuple

ERROR = 0.05
"""Maximum probability that any interval of an experiment ever misses the true value."""
UNIFORM = (1.0, 1.0)
"""The prior over rates about which nothing is known: all are equally likely."""
PRIOR_ANSWERS = 100.0
"""The weight, in answers, of the prior over shares, which is centered on the drawn share.

It affects for which numbers of answers intervals are shortest, never their validity.
"""
STEPS = 60
"""Steps of a bisection, enough for the precision of a float."""


class Interval(NamedTuple):
    """The ends of an interval, inclusive; the upper end of a ratio may be infinite."""

    low: float
    high: float


def rate_interval(successes: int, size: int, error: float, prior: tuple[float, float] = UNIFORM) -> Interval:
    """Return an interval for the rate of `successes` in `size` outcomes; it misses with probability `error` at most.

    It is valid if each outcome has the same rate whatever came before, at all sizes at once.
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
    """Return an interval for how many times as often a variant gets an answer as the control, from their counts of it.

    `share` is the variant's part of the draws of both. If a variant changes nothing, each answer comes from it with
    that probability, whatever the day, the visitor and the rest of the page, because the draw alone decides it. So this
    needs neither the number of banners shown nor steady rates, only that the ratio itself is steady.
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
    """Return the end of the interval between `outside`, a rate outside of it, and `inside`, one within it."""
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
