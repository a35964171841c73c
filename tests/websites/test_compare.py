"""What a walk is checked against, and the resulting table."""

from bench.websites.compare import FAILING, Verdict, judge
from bench.websites.report import Tried, count, details, is_clean, pages_with, table
from bench.websites.visit import Seen

LIBRARY, TRACKER, SELLER = "cdn.example/jquery.js", "stats.example/s.js", "ads.example/a.js"
BARE = [LIBRARY, TRACKER, SELLER]
STATES = (
    *("before", "refused here", "refused again", "refused elsewhere", "accepted here", "accepted again"),
    *("withdrawn here", "withdrawn again", "California with GPC"),
)


def walk(**ran: list[str]) -> dict[str, Seen]:
    """Return a walk without problems except for `ran`, whose states are written with `_`."""
    well = {state: BARE if state.startswith("accepted") or state == "withdrawn here" else [LIBRARY] for state in STATES}
    said = {state.replace("_", " "): names for state, names in ran.items()}
    seen = {"without": BARE, "without again": BARE} | well | said
    return {state: Seen(state, ran=names) for state, names in seen.items()}


def judged(seen: dict[str, Seen], differing: dict[str, str] | None = None) -> Verdict:
    return judge(seen, lambda ran: ran == LIBRARY, lambda ran: ran == SELLER, differing or {})


def test_reports_nothing_when_everything_is_fine() -> None:
    assert not any(judged(walk()))


def test_a_tracker_before_a_choice_after_a_refusal_and_after_a_withdrawal_is_told() -> None:
    one = [LIBRARY, TRACKER]
    found = judged(walk(before=one, refused_elsewhere=one, withdrawn_again=one))
    assert found.early == {"before": [TRACKER]}
    assert found.refused == {"refused elsewhere": [TRACKER]}
    assert found.withdrawn == {"withdrawn again": [TRACKER]}


def test_what_is_sold_may_not_run_under_the_signal_and_the_rest_may() -> None:
    found = judged(walk(**{"California_with_GPC": BARE}))
    assert found.sold == {"California with GPC": [SELLER]}
    assert not found.doubles


def test_what_ran_more_often_than_without_us_is_double_and_what_did_not_is_missing() -> None:
    found = judged(walk(accepted_here=[LIBRARY, TRACKER, TRACKER], before=[]))
    assert found.doubles == {"accepted here": [TRACKER]}
    assert found.missing == {"before": [LIBRARY], "accepted here": [SELLER]}


def test_what_runs_twice_without_us_is_no_double() -> None:
    seen = walk(accepted_here=[*BARE, TRACKER], accepted_again=[*BARE, TRACKER])
    seen["without"].ran = [*BARE, TRACKER]
    assert not any(judged(seen))


def test_a_copy_that_a_framework_made_of_a_script_in_the_head_is_not_missing() -> None:
    seen = walk()
    seen["without"].ran = [*BARE, TRACKER]
    assert judged(seen).missing == {"accepted here": [TRACKER], "accepted again": [TRACKER]}
    seen["without"].copies = [TRACKER]
    assert not any(judged(seen))


def test_only_errors_that_neither_look_without_us_had_are_new() -> None:
    seen = walk()
    seen["without again"].errors = ["by chance"]
    seen["withdrawn here"].errors = ["by chance", "by chance"]  # of the page and, after the reload, of the next
    seen["before"].errors = ["by chance", "$ is not defined"]
    assert judged(seen).errors == {"before": ["$ is not defined"]}


def test_cookies_of_trackers_are_told_where_none_may_be() -> None:
    seen = walk()
    for state in ("before", "accepted again", "withdrawn again"):
        seen[state].trackers = ["_ga"]
    assert judged(seen).left == {"before": ["_ga"], "withdrawn again": ["_ga"]}


def test_a_page_that_asks_nothing_is_held_against_what_was_seen_of_it() -> None:
    seen = {state: one for state, one in walk().items() if not state.startswith(("refused", "accepted", "withdrawn"))}
    assert not any(judged(seen))


def test_the_table_counts_each_name_once_for_a_page_and_pages_that_look_broken() -> None:
    early = judged(walk(before=BARE, refused_here=[LIBRARY, TRACKER], refused_again=[LIBRARY, TRACKER]))
    broken = judged(walk(), {"before": "3.0% of before.png", "refused again": "2.0% of refused-again.png"})
    every = [Tried("a", "none", "/", True, early), Tried("b", "none", "/", False, broken)]
    assert [count(every, what) for what in ("early", "refused")] == [2, 1]
    assert pages_with(every, "broken") == 1
    head, first, second, last = table(every).splitlines()
    assert last.split() == ["all", "2", "1", "2", "1", "0", "1", "0", "0", "0", "0", "0", "0"]
    assert first.startswith("a, none")
    assert second.startswith("b, none")
    assert head.split()[3:] == [
        "questions",
        "before",
        "refused",
        "errors",
        "broken",
        *["doubles", "missing", "withdrawn", "sold", "cookies", "asked"],
    ]
    assert not is_clean(every)


def test_the_run_is_clean_only_where_nothing_that_fails_is_there() -> None:
    clean = judged(walk())
    assert is_clean([Tried("a", "none", "/", True, clean)])
    for what in FAILING:
        assert not is_clean([Tried("a", "none", "/", True, clean._replace(**{what: {"before": ["x"]}}))])
    assert is_clean([Tried("a", "none", "/", True, clean._replace(shifts={"before": ["0.1 for 0"]}))])


def test_layout_shift_of_another_page_is_not_held_against_this_one() -> None:
    seen = walk()
    seen["refused elsewhere"].shift = seen["before"].shift = 0.3
    assert judged(seen).shifts == {"before": ["0.300 for 0.000"]}


def test_each_fault_is_told_with_its_page_and_state() -> None:
    told = details(Tried("a", "found", "/b", True, judged(walk(before=BARE))))
    assert told.splitlines() == ["a, found, /b", f"    before, before: {SELLER}; {TRACKER}"]
    assert details(Tried("a", "found", "/b", True, judged(walk()))).endswith("nothing is wrong")


def test_what_is_asked_for_before_a_choice_is_told_unless_it_is_for_looks() -> None:
    seen = walk()
    for state in ("before", "accepted again"):
        seen[state].asked = [
            f"script {TRACKER}",
            f"script {LIBRARY}",
            "image badges.example/a.svg",
            "empty ads.example/hit",
        ]
    assert judged(seen).asked == {"before": ["empty ads.example/hit", f"script {TRACKER}"]}
    assert is_clean([Tried("a", "none", "/", True, judged(seen))])
