"""Rate-limit attempts with passwords, codes and links across all nodes, without letting guesses lock users out.

An attempt counts for the account from one network, for that network, and for the account from everywhere. A browser
that has signed in to the account before is counted separately instead, so that strangers can't use up its attempts.
"""

import hmac
import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, NamedTuple

from flask import Flask, Response, after_this_request, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.exceptions import TooManyRequests

from consent.core.days import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS
from consent.dashboard.auth.known_browsers import known_browser
from consent.dashboard.auth.password_queue import password_slot
from consent.dashboard.frame.context import services
from consent.storage.operations import nodes, shared_counters

FROM_ONE_PLACE = ((10, MINUTE_SECONDS), (60, HOUR_SECONDS))
"""For an account from one network, and for a browser that has signed in to it before."""
FROM_EVERYWHERE = ((30, MINUTE_SECONDS), (200, HOUR_SECONDS))
"""For an account from all networks, and for a network with all its accounts, as a whole office signs in at nine."""

MAILS = ((3, MINUTE_SECONDS), (10, HOUR_SECONDS))
"""To one address. Links are valid for hours, so a user who hits the limit already has one."""

TESTS_IN_ALL = ((12, MINUTE_SECONDS),)
"""Test messages of the whole service, as each occupies a worker for seconds until the other side responds."""


class Attempt(NamedTuple):
    """A counted attempt: the names it was counted under, and its time in unix seconds."""

    names: list[str]
    time: float


def rate_limit_view(
    app: Flask,
    endpoint: str,
    account: Callable[[], str] | None,
    *,
    is_refunded: bool = True,
    hashes: bool = True,
) -> None:
    """Limit how often the form of `endpoint` can be sent.

    `account` returns the account's name; without it, only the network counts. If `is_refunded`, an attempt that
    succeeds, which is answered with a redirect, isn't counted. If `hashes`, the form checks a password and waits for its
    turn.
    """
    view: Callable[..., Any] = app.view_functions[endpoint]

    @wraps(view)
    def limited(**kwargs: Any) -> ResponseReturnValue:
        if request.method == "POST":
            counted = _count_form(account() if account else None)
        else:
            counted = []
        with password_slot() if hashes and counted else nullcontext():
            answer: ResponseReturnValue = view(**kwargs)
        if is_refunded and counted:
            _refund_on_success(counted)
        return answer

    app.view_functions[endpoint] = limited


def count_attempt(subject: str) -> list[Attempt]:
    """Count an attempt on `subject` and return it.

    Raises TooManyRequests if there were too many.
    """
    return _count([(subject, FROM_ONE_PLACE)])


def allows_mail(address: str) -> bool:
    """Count a mail to `address` that a stranger can trigger, and return whether it may be sent."""
    given = services()
    return record(given.engine, given.keys.secret, f"mail {address}", MAILS) is not None


def allows_test(subject: str, windows: shared_counters.Windows) -> bool:
    """Count a test message to `subject`, and return whether `windows` and the limit for all tests allow it."""
    try:
        _count([(f"test {subject}", windows), ("tests", TESTS_IN_ALL)])
    except TooManyRequests:
        return False
    return True


def refund(counted: list[Attempt]) -> None:
    """Undo the `counted` attempts, which weren't guesses."""
    with services().engine.begin() as connection:
        for names, time in counted:
            shared_counters.refund_attempt(connection, names, HOUR_SECONDS, time)


def _refund_on_success(counted: list[Attempt]) -> None:
    # Runs after the commit that the view has deferred; until then this request may hold the database's lock.
    @after_this_request
    def refund_if_redirected(response: Response) -> Response:
        if response.status_code == 302:
            refund(counted)
        return response


def _count_form(account: str | None) -> list[Attempt]:
    if account is not None and (browser := known_browser(account)) is not None:
        return _count([(f"browser {browser} {account}", FROM_ONE_PLACE)])
    network = services().sign_in.client_address(request)
    subjects: list[tuple[str, shared_counters.Windows]] = [(f"network {network}", FROM_EVERYWHERE)]
    if account is not None:
        subjects += [
            (f"account {account} from {network}", FROM_ONE_PLACE),
            (f"account {account}", FROM_EVERYWHERE),
        ]
    return _count(subjects)


def _count(subjects: list[tuple[str, shared_counters.Windows]]) -> list[Attempt]:
    given = services()
    counted: list[Attempt] = []
    # One transaction per subject: their limits are independent, and locks are held one at a time.
    for subject, windows in subjects:
        attempt = record(given.engine, given.keys.secret, subject, windows)
        if attempt is None:
            refund(counted)
            raise TooManyRequests(retry_after=MINUTE_SECONDS)
        counted.append(attempt)
    return counted


def record(engine: Engine, secret: bytes, subject: str, windows: shared_counters.Windows) -> Attempt | None:
    """Record an attempt on `subject`, or return None if `windows` don't allow another.

    The database stores names that change daily and can't be read without `secret`, which all nodes share.
    """
    with engine.begin() as connection:
        now = nodes.clock_of(connection)
        days = range(math.floor((now - HOUR_SECONDS) / DAY_SECONDS), math.floor(now / DAY_SECONDS) + 1)
        names = [hmac.digest(secret, b"tries\0%d\0%b" % (day, subject.encode()), "sha256").hex() for day in days]
        return Attempt(names, now) if shared_counters.record_attempt(connection, names, windows, now) else None
