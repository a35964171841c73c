"""Unknown inline code is made readable in one pass, whatever it contains."""

import pytest

from consent.classifier.recognition.inline_code import readable


def test_comments_and_escapes_go_and_strings_that_stand_joined_are_one():
    assert readable("a('x' + 'y'); // no\nb(\"/* yes */\") /* no */ c") == "a('xy');  \nb(\"/* yes */\")   c"
    assert readable('"\\"\\/\\/t.example\\/x.js"') == '""//t.example/x.js"'
    assert readable("1 /* never ends") == "1 /* never ends"
    assert readable("x = ('https:' == document.location.protocol ? 'https://a.' : 'http://b.') + 'c.example/x.js'") == (
        "x = \"https://a.c.example/x.js'"
    )


LONG = 300_000
"""Enough characters that a search restarting at each of them would take minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("sign", ["\\", " ", "\n", "/*", '"\\"', "'", "`\\`", "(", "<!--"])
def test_a_long_run_of_one_sign_is_read_at_once(sign: str):
    text = sign * (LONG // len(sign))
    assert len(readable(text + "z")) <= LONG + 1
    assert "fbq(" in readable(f"{text}\n;*/`;fbq(")
