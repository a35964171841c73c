"""Events reach a receiver at least once, in order for each subject; failures are retried, then abandoned."""

import json

import pytest

from consent.delivery import manage
from consent.delivery.schedule import DELAYS, next_try
from consent.storage.delivery import deliveries, outbox, receivers

DAY = 86400


def test_events_come_in_the_order_of_versions_and_of_receipts(world, heard):
    receiver = world.add(heard.url)
    for version in (7, 5, 6):
        world.tell("a", version=version)
    world.tell("b")
    world.run(receiver)
    of_account = [post.version for post in heard.posts if post.version >= 5]
    assert (sorted(heard.versions), of_account) == ([1, 5, 6, 7], [5, 6, 7])
    assert (world.receiver(receiver).cursor, world.states(receiver)) == (4, [])
    world.run(receiver)
    assert len(heard.posts) == 4


def test_a_new_receiver_gets_no_earlier_events(world, heard):
    world.add(heard.url)
    world.tell()
    world.number()
    later = world.add(heard.url)
    world.tell()
    world.run(later)
    assert heard.versions == [2]


def test_a_waiting_subject_does_not_hold_up_others(world, heard):
    receiver = world.add(heard.url)
    heard.status = 500
    world.tell("a")
    world.run(receiver)
    heard.status = 200
    for subject in ("a", "b", "a"):
        world.tell(subject, refuses=False)
    world.run(receiver)
    assert heard.versions == [1, 3]
    assert world.states(receiver) == [(1, "retry", 1), (2, "waiting", 0), (4, "waiting", 0)]
    world.run(receiver, after=7)
    assert (heard.versions, world.states(receiver)) == ([1, 3, 1, 2, 4], [])


def test_a_delivery_is_tried_ten_times_over_three_days_and_then_abandoned(world, heard):
    receiver = world.add(heard.url)
    heard.status = 404
    world.tell("a", refuses=False)
    world.tell("a", refuses=False)
    world.run(receiver)
    begun, tried = world.now, []
    while world.states(receiver)[0][1] == "retry":
        with world.engine.connect() as connection:
            (due,) = (row.next_at for row in deliveries.failing(connection, receiver, 2) if row.state == "retry")
        tried.append(due - begun)
        world.run(receiver, after=due - world.now)
    assert world.states(receiver)[0] == (1, "dead", 10)
    assert 2.5 * DAY < tried[-1] < 4 * DAY
    # The subject's later event has the newer state and continues.
    assert world.states(receiver)[1][1] == "retry"


def test_the_delays_are_those_of_the_contract():
    assert [sum(DELAYS[:count]) for count in (1, 2, 3, 4)] == [5, 305, 2105, 9305]
    assert sum(DELAYS) == 75 * 3600 + 35 * 60 + 5
    assert next_try(10, 0) is None
    assert all(4 <= next_try(1, 0) <= 6 for _ in range(50))


def test_a_user_resends_an_abandoned_delivery(world, heard):
    receiver = world.add(heard.url)
    heard.status = 404
    world.tell()
    world.run(receiver)
    with world.engine.begin() as connection:
        row = deliveries.failing(connection, receiver, 1)[0]
        deliveries.fail(connection, row, deliveries.DEAD, world.now, "It returned 404.", 1)
    heard.status = 200
    world.run(receiver, after=10)
    assert heard.versions == [1]
    with world.engine.begin() as connection:
        count = manage.resend_dead(connection, world.site, world.author, world.receiver(receiver), world.now)
    world.run(receiver)
    assert (count, heard.versions, world.states(receiver)) == ((1, 0), [1, 1], [])


def give_up(world, receiver: str) -> None:
    """Make every pending delivery dead."""
    with world.engine.begin() as connection:
        for row in deliveries.failing(connection, receiver, 9):
            deliveries.fail(connection, row, deliveries.DEAD, world.now, "It returned 500.", 1)


def resend(world, receiver: str, n: int | None = None) -> tuple[int, int]:
    with world.engine.begin() as connection:
        return manage.resend_dead(connection, world.site, world.author, world.receiver(receiver), world.now, n)


def add_with_failed_grant(world, heard) -> str:
    """Add a receiver for which the grant of one subject has failed for good."""
    receiver = world.add(heard.url)
    heard.status = 500
    world.tell("a", refuses=False)
    world.run(receiver)
    give_up(world, receiver)
    return receiver


def test_a_grant_and_the_refusal_after_it_are_resent_in_order(world, heard):
    receiver = world.add(heard.url)
    heard.status = 500
    for is_refusal in (False, True):
        world.tell("a", refuses=is_refusal)
    world.tell("b")
    world.run(receiver)
    give_up(world, receiver)
    heard.status, heard.posts[:] = 200, []
    assert resend(world, receiver) == (3, 0)
    assert [row[:2] for row in world.states(receiver)] == [(1, "retry"), (2, "waiting"), (3, "retry")]
    world.run(receiver, after=60)
    assert [n for n in heard.versions if n != 3] == [1, 2]
    assert world.states(receiver) == []


def test_a_later_event_that_is_being_retried_waits_for_the_earlier_one_that_is_resent(world, heard):
    receiver = add_with_failed_grant(world, heard)
    world.tell("a", refuses=True)
    world.run(receiver, after=60)
    heard.status, heard.posts[:] = 200, []
    assert resend(world, receiver) == (1, 0)
    assert [row[:2] for row in world.states(receiver)] == [(1, "retry"), (2, "waiting")]
    world.run(receiver, after=60)
    assert heard.versions == [1, 2]


def test_a_grant_is_not_resent_after_a_later_refusal_was_delivered(world, heard):
    receiver = add_with_failed_grant(world, heard)
    heard.status = 200
    world.tell("a", refuses=True)
    world.run(receiver, after=60)
    heard.posts[:] = []
    assert resend(world, receiver) == resend(world, receiver, 1) == (0, 1)
    world.run(receiver, after=60)
    assert (heard.versions, [row[:2] for row in world.states(receiver)]) == ([], [(1, "dead")])


def test_a_refusal_waits_behind_no_event_that_the_receiver_refuses(world, heard):
    receiver = world.add(heard.url)
    heard.status = 400
    world.tell("a", refuses=False)
    world.run(receiver)
    heard.status, heard.statuses = 200, [400]
    world.tell("a", refuses=True)
    world.run(receiver)
    assert world.states(receiver) == [(1, "dead", 2)]
    assert heard.versions == [1, 1, 2]


def test_a_refusal_waits_for_the_one_before_it_while_nobody_answers(world, heard):
    receiver = world.add(heard.url)
    heard.status = 500
    world.tell("a", refuses=False)
    world.run(receiver)
    world.tell("a", refuses=True)
    world.run(receiver)
    assert world.states(receiver) == [(1, "retry", 2), (2, "waiting", 0)]


def test_a_receiver_that_answers_410_gets_nothing_more(world, heard):
    receiver = world.add(heard.url)
    heard.status = 410
    world.tell("a")
    assert world.run(receiver).state == receivers.GONE
    world.tell("b")
    world.run(receiver, after=DAY)
    assert heard.versions == [1]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_to_by_the_receiver_as_a_whole(world, heard, status):
    receiver = world.add(heard.url)
    heard.statuses, heard.extra = [status], {"Retry-After": "600"}
    world.tell("a")
    assert world.run(receiver).next_probe_at == world.now + 600
    assert (world.pace.threads, world.pace.batch) == (8, 500)
    world.tell("b")
    world.run(receiver, after=599)
    assert heard.versions == [1]
    world.run(receiver, after=1)
    assert sorted(heard.versions) == [1, 1, 2]
    assert world.pace.threads == 16


def test_a_receiver_that_was_down_for_a_day_gets_all_events_and_takes_few_rows(world, heard):
    receiver = world.add(heard.url)
    heard.status = 500
    for number in range(300):
        world.tell(f"{number % 100:032x}")
    row = world.run(receiver)
    assert row.failures >= 20
    # At most 35 subjects with 3 events each: those in progress at the twentieth failure.
    assert len(world.states(receiver)) <= 105
    posts = len(heard.posts)
    for _ in range(5):
        world.run(receiver, after=60)
    assert len(heard.posts) == posts + 5, "one probe a minute"
    heard.status = 200
    world.run(receiver, after=DAY)
    assert (world.receiver(receiver).failures, world.states(receiver)) == (0, [])
    first: dict[int, int] = {}
    for place, post in enumerate(heard.posts[posts + 5 :]):
        first.setdefault(post.version, place)
    assert set(first) | {post.version for post in heard.posts} >= set(range(1, 301))
    for subject in range(100):
        places = [first[n] for n in range(subject + 1, 301, 100) if n in first]
        assert places == sorted(places), [post.version for post in heard.posts if post.version % 100 == subject + 1]


def test_resends_what_was_not_recorded_as_delivered(world, heard):
    """As after kill -9 between post and commit: nothing is lost, and no event overtakes another of its subject."""
    receiver = world.add(heard.url)
    world.tell("a")
    world.tell("a")
    world.run(receiver)
    with world.engine.begin() as connection:
        receivers.change(connection, receiver, cursor=0)
    world.run(receiver)
    assert heard.versions == [1, 2, 1, 2]
    assert [post.headers["webhook-id"] for post in heard.posts[:2]] == [
        post.headers["webhook-id"] for post in heard.posts[2:]
    ]


def test_a_resumed_receiver_gets_all_events_of_the_pause(world, heard):
    receiver = world.add(heard.url)
    with world.engine.begin() as connection:
        manage.set_state(connection, world.site, world.author, world.receiver(receiver), "paused", world.now)
    world.tell("a")
    world.run(receiver)
    assert heard.posts == []
    with world.engine.begin() as connection:
        manage.set_state(connection, world.site, world.author, world.receiver(receiver), "on", world.now)
    world.run(receiver)
    assert heard.versions == [1]


def test_a_replay_sends_the_events_of_a_time_again_behind_what_is_new(world, heard):
    receiver = world.add(heard.url)
    world.tell("a", refuses=False)
    world.now += 100
    world.tell("b")
    world.tell("c", refuses=False)
    world.run(receiver)
    with world.engine.begin() as connection:
        row = world.receiver(receiver)
        span = (world.now, world.now)
        assert manage.start_replay(connection, world.site, world.author, row, span, "refused", world.now) == 2
    world.tell("d")
    world.run(receiver)
    assert heard.versions[3:] == [4, 2]
    assert ["consent-replay" in post.headers for post in heard.posts[3:]] == [False, True]


def test_an_account_of_a_replay_is_found_by_its_sealed_subject(world, heard):
    receiver = world.add(heard.url, knows_accounts=True)
    sub = "A" * 43
    world.tell("a", version=3, sub=sub)
    world.run(receiver)
    assert heard.posts[0].event["data"]["who"]["sub"] == sub
    with world.engine.begin() as connection:
        assert outbox.unseal(connection, 1, world.now, 0) == 1
        assert outbox.between(connection, 1, 0, None, 5)[0].sealed is None


def test_two_receivers_know_a_subject_by_two_names_and_a_stranger_by_no_sub(world, heard):
    first, second = world.add(heard.url), world.add(heard.url)
    world.tell("a", version=3, sub="A" * 43)
    world.run(first)
    world.run(second)
    one, other = (post.event for post in heard.posts)
    assert one["id"] == other["id"]
    assert one["subject"] != other["subject"]
    assert "sub" not in json.dumps(one["data"]["who"])


def test_prunes_old_events_and_keeps_the_last_number(world, heard):
    receiver = world.add(heard.url)
    for subject in "abc":
        world.tell(subject)
    world.run(receiver)
    with world.engine.begin() as connection:
        assert outbox.prune(connection, 1, world.now + 1, 100) == 2
    world.tell("d")
    world.run(receiver)
    assert heard.versions[-1] == 4
