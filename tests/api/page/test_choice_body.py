"""Equal choice bodies are parsed once for all senders, with the same result as parsing each."""

import json

import pytest

from consent.api.http.request import parse_object
from consent.api.http.response import ApiError
from consent.api.page.choice_body import load_choice, parse_choice_body

KEY, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
CHOICE = {
    "config": "sha256:" + "9f" * 32,
    "token": "w1.shop",
    "action": "save",
    "method": "click",
    "choices": {"functional": True, "analytics": False},
    "vendors": {"hotjar": False},
    "layer": 2,
    "chosen_at": "2026-11-24T23:00:00.123Z",
}


def body_of(key=KEY, **changes):
    return {"key": key} | CHOICE | changes


def compact(body):
    return json.dumps(body, separators=(",", ":")).encode()


def without(name):
    return {field: value for field, value in body_of().items() if field != name}


GOOD = {
    "as the banner sends it": compact(body_of()),
    "with spaces": json.dumps(body_of()).encode(),
    "with lines": json.dumps(body_of(), indent=2).encode(),
    "the key last": compact(without("key") | {"key": KEY}),
    "a time to the second": compact(body_of(chosen_at="2026-11-24T23:00:00Z")),
    "a time to the microsecond": compact(body_of(chosen_at="2026-11-24T23:00:00.123456Z")),
    "a time with an offset": compact(body_of(chosen_at="2026-11-25T00:00:00+01:00")),
    "no time": compact(without("chosen_at")),
    "time null": compact(body_of(chosen_at=None)),
    "the key in the token too": compact(body_of(token=f"w1.{KEY}")),
    "the time in the token too": compact(body_of(token="2026-11-24T23:00:00.123Z")),
    "what looks like a key in the token": compact(body_of(token=f'"key":"{OTHER}"')),
    "letters that are none of ASCII": json.dumps(body_of(token="é"), ensure_ascii=False).encode(),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_parses_a_body_like_the_schema_whether_or_not_its_shape_is_cached(content):
    wanted = load_choice(parse_object(content))
    for _ in range(2):
        asked = parse_choice_body(content)
        assert (asked.key, asked.chosen_at, asked.body) == (wanted.key, wanted.chosen_at, wanted.body)
        said = {name: value for name, value in asked.fields.items() if name not in ("key", "chosen_at")}
        assert said == {name: value for name, value in wanted.fields.items() if name not in ("key", "chosen_at")}


def test_equal_choices_at_different_times_have_one_shape():
    first = parse_choice_body(compact(body_of()))
    second = parse_choice_body(compact(body_of(OTHER, chosen_at="2026-11-25T01:02:03Z")))
    assert first.form is second.form
    assert (second.key, second.chosen_at - first.chosen_at) == (OTHER, 7323)
    assert json.loads(second.body) == body_of(OTHER, chosen_at="2026-11-25T01:02:03Z")


def test_another_choice_has_another_shape():
    first, second = (parse_choice_body(compact(body_of(layer=layer))) for layer in (1, 2))
    assert first.form is not second.form


BAD = {
    "the key twice": b'{"key":"%s",' % KEY.encode() + compact(body_of())[1:],
    "two keys": b'{"key":"%s",' % OTHER.encode() + compact(body_of())[1:],
    "two keys, one written otherwise": b'{"key" : "%s",' % OTHER.encode() + compact(body_of())[1:],
    "the time twice": b'{"chosen_at":"2026-11-24T23:00:00Z",' + compact(body_of())[1:],
    "the key among the choices": compact(without("key") | {"choices": {"key": KEY}}),
    "the key among the vendors": compact(body_of("short", vendors={"key": KEY})),
    "the time among the vendors": compact(without("chosen_at") | {"vendors": {"chosen_at": "2026-11-24T23:00:00Z"}}),
    "a key within a name": compact(without("key")).replace(b"{", b'{"a\\"key":"%s",' % KEY.encode(), 1),
    "a month that is none": compact(body_of(chosen_at="2026-13-24T23:00:00Z")),
    "a time that is no text": compact(body_of(chosen_at=5)),
    "a long key": compact(body_of(KEY + "0")),
    "essential": compact(body_of(choices={"essential": True})),
    "an unknown field": compact(body_of(more=1)),
    "no choice": compact(body_of(choices={}, vendors={})),
    "deep": compact(body_of(choices=[[[[[[[[[]]]]]]]]])),
    "half a pair": compact(body_of(token="\ud800")),
    "no JSON": compact(body_of())[:-1],
    "no UTF-8": compact(body_of()).replace(b"w1", b"\xff1"),
    "a list": b"[%s]" % compact(body_of()),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_rejects_a_body_with_the_same_message_as_the_schema(content):
    with pytest.raises(ApiError) as wanted:
        load_choice(parse_object(content))
    for _ in range(2):
        with pytest.raises(ApiError) as refused:
            parse_choice_body(content)
        assert (refused.value.status, refused.value.body()) == (400, wanted.value.body())
