import stat

import pytest

from consent.storage.privacy.erasure_list import ErasureList, ErasureListError, ListedErasure

IDS = ["a" * 32, "b" * 32]


@pytest.fixture
def kept(tmp_path):
    return ErasureList(tmp_path / "erasures")


def test_what_was_added_is_read_in_its_order(kept):
    kept.add("shop", ListedErasure(7, "unlink", IDS))
    kept.add("shop", ListedErasure(8, "full", IDS[:1]))
    kept.add("other", ListedErasure(9, "full", []))
    kept.add("shop", ListedErasure(9, "unlink", [], ["c" * 32], "d" * 16, keeps_refusals=True))
    assert [tuple(listed) for listed in kept.read("shop")] == [
        (7, "unlink", IDS, (), "", False),
        (8, "full", IDS[:1], (), "", False),
        (9, "unlink", [], ["c" * 32], "d" * 16, True),
    ]
    assert kept.lines("shop")[0] == f'{{"time":7,"level":"unlink","receipts":["{IDS[0]}","{IDS[1]}"]}}'
    assert kept.sites() == ["other", "shop"]


def test_only_its_owner_reads_the_list(kept, tmp_path):
    kept.add("shop", ListedErasure(7, "unlink", IDS))
    for path in (tmp_path / "erasures", tmp_path / "erasures" / "shop"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_line_that_a_crash_cut_off_hides_no_other(kept, tmp_path):
    kept.add("shop", ListedErasure(7, "unlink", IDS))
    with (tmp_path / "erasures" / "shop").open("ab") as file:
        file.write(b'\n{"time":8,"level":"full","rec')
    kept.add("shop", ListedErasure(9, "full", IDS[:1]))
    assert [listed.time for listed in kept.read("shop")] == [7, 9]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"time":1,"level":"half","receipts":[]}',
        b'{"time":1,"level":"full","receipts":[1]}',
        b"\xff}",
        b'{"time":1,"level":"full","receipts":[],"accounts":["c"]}',
    ],
)
def test_names_an_invalid_line(kept, tmp_path, line):
    kept.add("shop", ListedErasure(7, "unlink", IDS))
    with (tmp_path / "erasures" / "shop").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(ErasureListError, match="line 3"):
        list(kept.read("shop"))


def test_without_an_erasure_there_is_no_list(kept):
    assert kept.sites() == []
