"""`consent texts review`."""

from typing import Any


def test_a_sheet_is_written_and_an_unknown_language_refused(say: Any, tmp_path: Any) -> None:
    code, sentence = say("texts", "review", "pt-BR")
    assert (code, "no speaker has read them" in sentence) == (0, True)
    assert "Português (Brasil)".casefold() in (tmp_path / "review-pt-BR.html").read_text("utf-8").casefold()
    code, sentence = say("texts", "review", "../x")
    assert (code, "is not included" in sentence) == (1, True)
    assert say("texts", "review", "de", "-o", str(tmp_path / "no" / "folder.html"))[0] == 1
