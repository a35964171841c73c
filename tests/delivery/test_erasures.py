"""What an erasure does to a person's events: pending ones are deleted, and every receiver gets the final one."""

import pytest

from consent.delivery.announce import Announcer

VISITOR = "a" * 32


def erase(world, visitor: str = VISITOR) -> None:
    announcer = Announcer(world.services.keys, world.services.directory)
    with world.engine.begin() as connection:
        announcer.announce_browsers_erased(connection, 1, "shop", [visitor], world.now)


def during_the_post(monkeypatch, heard, number: int, action) -> None:
    """Do `action` once while the event `number` is being posted."""
    answer = heard._answer_to

    def act_and_answer(post):
        if len(heard.posts) == number:
            action()
        return answer(post)

    monkeypatch.setattr(heard, "_answer_to", act_and_answer)


@pytest.mark.parametrize("status", [200, 500])
def test_the_final_event_of_a_visitor_erased_during_a_post_is_sent(world, heard, monkeypatch, status):
    receiver = world.add(heard.url)
    world.tell("b")
    world.run(receiver)
    world.tell("a", refuses=False)
    during_the_post(monkeypatch, heard, 2, lambda: (erase(world), world.number()))
    heard.statuses = [status]
    world.run(receiver)
    world.run(receiver, after=60)
    assert heard.posts[-1].event["type"] == "consent.erased"
    assert heard.versions == [1, 2, 3]
    assert (world.receiver(receiver).cursor, world.states(receiver)) == (3, [])


def test_the_withdrawal_after_an_erased_event_in_progress_is_sent(world, heard, monkeypatch):
    receiver = world.add(heard.url)
    world.tell("a", refuses=False)

    def withdraw_and_erase():
        world.tell("c")
        world.now += 1
        erase(world)
        world.number()

    during_the_post(monkeypatch, heard, 1, withdraw_and_erase)
    world.run(receiver)
    world.run(receiver)
    assert sorted(heard.versions) == [1, 2, 3]
    assert sorted(post.event["type"] for post in heard.posts) == ["consent.changed"] * 2 + ["consent.erased"]


def test_an_event_erased_before_it_was_sent_is_skipped(world, heard):
    receiver = world.add(heard.url)
    world.tell("a", refuses=False)
    world.number()
    erase(world)
    world.run(receiver)
    assert [post.event["type"] for post in heard.posts] == ["consent.erased"]
    assert world.states(receiver) == []
