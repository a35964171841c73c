"""What a restore and the daily pruning do to events: no number is reused, and no pending event is lost."""

from consent.delivery.housekeeping import DeliveryPruner, Periods
from consent.storage.delivery import outbox

DAY = 86400


def test_after_a_restore_no_number_comes_again_and_what_waited_is_sent(world, heard):
    receiver = world.add(heard.url)
    world.tell("a")
    world.run(receiver)
    heard.status = 500
    world.tell("a")
    world.run(receiver)
    world.tell("b")
    world.number()
    with world.engine.begin() as connection:
        outbox.raise_numbers(connection, 10**9)
    heard.status = 200
    world.tell("b")
    world.run(receiver, after=10)
    assert heard.versions == [1, 2, 10**9 + 2, 10**9 + 3, 10**9 + 4]


def test_who_an_event_is_about_goes_with_the_last_receiver_that_has_it(world, heard):
    one, other = world.add(heard.url), world.add(heard.url)
    world.tell("a", version=1, sub="A" * 43)
    pruner = DeliveryPruner(world.engine, Periods(), lambda: world.now)
    world.run(one)
    pruner.run_once()
    assert event(world).sealed is not None
    world.run(other)
    pruner.run_once()
    assert event(world).sealed is None


def test_an_event_that_waits_outlives_its_days_and_one_that_was_heard_does_not(world, heard):
    receiver = world.add(heard.url)
    world.tell("a")
    world.run(receiver)
    world.tell("b")
    world.tell("c")
    world.number()
    world.now += 91 * DAY
    assert DeliveryPruner(world.engine, Periods(), lambda: world.now).run_once() == 1
    world.run(receiver)
    assert sorted(heard.versions) == [1, 2, 3]


def event(world):
    with world.engine.connect() as connection:
        return outbox.between(connection, 1, 0, None, 10)[0]
