"""The table that `make bench-banner` prints."""

from bench.banner.__main__ import HEAD, NETWORKS, table
from bench.banner.measure import Cost
from bench.banner.subjects import TAGS, TOGETHER, Subject


def test_a_returning_visitors_script_stands_with_the_ten_tags_and_without_for_each_alike() -> None:
    bare = [Subject(name, "") for name in ("no banner", TAGS, TOGETHER)]
    chosen = [*bare, *(Subject(name, "", "x") for name in ("ours", "klaro"))]
    returning = {"no banner": 1.0, TAGS: 17.0, TOGETHER: 14.0, "ours": 40.0, "klaro": 500.0}
    costs = {name: [Cost(0, 0, 30.0, time, time / 2, 0.0, 0.0, 0.0)] for name, time in returning.items()}
    seen = {(name, network): [100.0] for name in returning for network in NETWORKS}
    head, _, *lines = table(chosen, costs, seen).splitlines()
    place = head.index("returning") + len("returning")
    assert [float(line[:place].split()[-1]) for line in lines] == [17, 14, 40, 500]
    assert [line[place : head.index("net") + 3].strip() for line in lines] == ["", "", "+23", "+483"]
    place = head.index("net") + len("net")
    assert [line[place : head.index("strict") + 6].strip() for line in lines] == ["", "", "+26", "+486"]
    place = head.index("refused")
    assert [line[place : place + len("refused")].strip() for line in lines] == ["", "", "+20", "+250"]
    assert head.split() == " ".join(HEAD).split()
