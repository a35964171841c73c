"""`consent classify run`: rows in, answers out, and one sentence for a file that can't be used."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli import main

GOOD = "name,domain,third_party,group\n_ga,.shop.example,0,mine\ncsrftoken,shop.example,,\n"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["classify", "run", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def put(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_rows_keep_their_order_and_get_their_answer(tmp_path: Path) -> None:
    code, out = run(put(tmp_path / "a.csv", GOOD))
    rows = [*csv.DictReader(io.StringIO(out))]
    assert code == 0
    assert [(row["name"], row["group"], row["purpose"]) for row in rows] == [
        ("_ga", "analytics", "visitor_statistics"),
        ("csrftoken", "essential", "security"),
    ]
    assert all(row["reason"] and 0 < float(row["confidence"]) <= 1 for row in rows)
    assert rows[0]["given_group"] == "mine"


def test_the_output_can_be_read_again_without_losing_a_column(tmp_path: Path) -> None:
    once = run(put(tmp_path / "a.csv", GOOD))[1]
    twice = run(put(tmp_path / "b.csv", once))[1]
    row = next(csv.DictReader(io.StringIO(twice)))
    assert (row["group"], row["given_group"], row["given_given_group"]) == ("analytics", "analytics", "mine")
    assert row["given_layer"] == row["layer"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_reads_a_file_as_written_by_office_software(tmp_path: Path, mark: str) -> None:
    code, out = run(put(tmp_path / "a.csv", "\ufeff" + GOOD.replace(",", mark).replace("\n", "\r\n")))
    assert (code, out) == run(put(tmp_path / "b.csv", GOOD))


def test_a_value_of_megabytes_is_read_as_any_other(tmp_path: Path) -> None:
    code, out = run(put(tmp_path / "a.csv", "name,value\n_ga," + "x" * 3_000_000 + "\n"), "--format", "json")
    assert (code, json.loads(out)[0]["group"]) == (0, "analytics")


def test_json_has_the_same_rows(tmp_path: Path) -> None:
    rows = json.loads(run(put(tmp_path / "a.csv", GOOD), "--format", "json")[1])
    assert [row["group"] for row in rows] == ["analytics", "essential"]
    assert isinstance(rows[0]["confidence"], float)


def test_a_row_with_an_address_alone_is_told_by_it(tmp_path: Path) -> None:
    code, out = run(put(tmp_path / "a.csv", "script\nhttps://static.hotjar.com/c/hotjar-1.js\n"))
    assert (code, next(csv.DictReader(io.StringIO(out)))["vendor"]) == (0, "hotjar")


def test_consults_a_custom_catalog_first(tmp_path: Path) -> None:
    own = put(tmp_path / "own.csv", "name,group,vendor\n_ga,functional,mine\n(a+)+$*,advertising,bomb\n")
    out = run(put(tmp_path / "a.csv", "name\n_ga\n" + "(a+)+$" + "a" * 90 + "\n"), "--catalog", own)[1]
    assert [row["vendor"] for row in csv.DictReader(io.StringIO(out))] == ["mine", "bomb"]


FAULTY_FILES = {
    "empty": ("", "has no rows"),
    "no column that is known": ("cookie\n_ga\n", "has none of the columns name"),
    "control character": ("name\na\x07b\n", "row 2: name has a control character"),
    "line break in a name": ('name\n"a\nb"\n', "row 2: name has a control character"),
    "not UTF-8": (b"name\nna\xefve\n", "is not in UTF-8: byte 8"),
    "UTF-16": ("name\n_ga\n".encode("utf-16"), "is not in UTF-8"),
    "huge field": ("name\n" + "x" * (2**24 + 1) + "\n", "no CSV file that can be read: field larger than"),
    "long name": ("name\n" + "x" * 2000 + "\n", "name is longer than 1000 signs"),
    "open quote": ('name\n"abc\n', "no CSV file that can be read"),
    "too many fields": ("name\na,b\n", "row 2: it has more or fewer fields"),
    "too few fields": ("name,domain\na\n", "row 2: it has more or fewer fields"),
    "doubled column": ("name,name\na,b\n", "two columns of one name"),
    "life in words": ("name,expiry_s\na,2 years\n", "expiry_s is a number of seconds"),
    "life in foreign digits": ("name,expiry_s\na,٣\n", "expiry_s is a number of seconds"),
    "third_party": ("name,third_party\na,perhaps\n", "third_party is 1 or 0"),
}


@pytest.mark.parametrize(("text", "sentence"), FAULTY_FILES.values(), ids=FAULTY_FILES)
def test_an_invalid_file_gets_one_error_message(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    code, out = run(put(tmp_path / "a.csv", text))
    assert code == 1
    assert sentence in out
    assert out.count("\n") == 1


FAULTY_CATALOGS = {
    "no group": ("name\n_ga\n", "lacks the column group"),
    "unknown group": ("name,group\n_ga,marketing\n", "row 2: group is one of essential"),
    "purpose of another group": ("name,group,purpose\n_ga,analytics,cart\n", "row 2: purpose is a code of the group"),
    "all names": ("name,group\n*,analytics\n", "row 2: a name is plain text"),
    "star within": ("name,group\na*b,analytics\n", "row 2: a name is plain text"),
    "one sign for a beginning": ("name,group,is_wildcard\na,analytics,1\n", "row 2: a name is plain text"),
    "control character": ("name,group\na\x1bb,analytics\n", "row 2: name has a control character"),
    "long name": ("name,group\n" + "a" * 300 + ",analytics\n", "name is longer than 200 signs"),
}


@pytest.mark.parametrize(("text", "sentence"), FAULTY_CATALOGS.values(), ids=FAULTY_CATALOGS)
def test_an_invalid_catalog_gets_one_error_message(tmp_path: Path, text: str, sentence: str) -> None:
    code, out = run(put(tmp_path / "a.csv", "name\n_ga\n"), "--catalog", put(tmp_path / "own.csv", text))
    assert (code, out.count("\n")) == (1, 1)
    assert sentence in out


def test_the_names_of_one_file_tell_of_each_other_and_addresses_keep_their_rows(tmp_path: Path) -> None:
    head = "name,domain,script\n"
    rows = ["r,match.qzvendor.example,", ",,https://static.hotjar.com/a.js"]
    rows += [f"{name},match.qzvendor.example," for name in ("bidder_uid", "ad_sync", "adv_retarget")]
    alone = next(csv.DictReader(io.StringIO(run(put(tmp_path / "a.csv", head + rows[0] + "\n"))[1])))
    out = [*csv.DictReader(io.StringIO(run(put(tmp_path / "b.csv", head + "\n".join(rows) + "\n"))[1]))]
    assert [(row["name"], row["vendor"]) for row in out[:2]] == [("r", ""), ("", "hotjar")]
    assert "beside" not in alone["reason"]
    assert "beside 3 other names of qzvendor.example, which lean to advertising" in out[0]["reason"]
    assert (out[0]["group"], float(out[0]["confidence"]) > float(alone["confidence"])) == ("advertising", True)
