"""The newest checkpoint in a log's file, however the file came about."""

from consent.log.checkpoint_files import TAIL, CheckpointFiles, SavedCheckpoint
from consent.storage.log.tree_store import Head


def head(size):
    return Head(size, bytes([size % 256]) * 32, f"note {size}\n" * 20, 1_700_000_000 + size)


def saved(size):
    return SavedCheckpoint(size, head(size).root)


def test_the_largest_tree_is_the_last_also_after_more_were_added(tmp_path):
    files, others = CheckpointFiles(tmp_path), CheckpointFiles(tmp_path)
    assert files.last("shop") is None
    for size in (1, 2, 9):
        files.add("shop", head(size))
    assert files.last("shop") == files.last("shop") == saved(9)
    # Another process of this node adds an older one and a newer one.
    others.add("shop", head(7))
    assert files.last("shop") == saved(9)
    others.add("shop", head(12))
    assert files.last("shop") == saved(12)
    assert files.last("other") is None


def test_a_line_that_a_crash_cut_off_is_no_checkpoint_until_it_is_whole(tmp_path):
    files = CheckpointFiles(tmp_path)
    files.add("shop", head(3))
    files.add("other", head(5))
    line = (tmp_path / "other").read_bytes()
    for end in (len(line) // 2, len(line) - 1, len(line)):
        with (tmp_path / "shop").open("ab") as file:
            file.write(line[:end])
        assert files.last("shop") == saved(3 if end == len(line) // 2 else 5)


def test_a_file_of_many_lines_is_read_from_its_end(tmp_path):
    files = CheckpointFiles(tmp_path)
    for size in range(1, 400):
        files.add("shop", head(size))
    assert (tmp_path / "shop").stat().st_size > TAIL
    assert CheckpointFiles(tmp_path).last("shop") == saved(399)


def test_a_file_that_is_gone_or_was_replaced_by_a_shorter_one_is_read_anew(tmp_path):
    files = CheckpointFiles(tmp_path)
    for size in (1, 2, 3):
        files.add("shop", head(size))
    assert files.last("shop") == saved(3)
    path = tmp_path / "shop"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert files.last("shop") == saved(1)
    path.unlink()
    assert files.last("shop") is None
    files.add("shop", head(2))
    assert files.last("shop") == saved(2)
