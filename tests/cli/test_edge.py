"""`consent edge`: the files by which nginx decides while the service is down."""

import json


def test_the_worker_and_the_configs_are_written_for_all_published_sites(say, site, tmp_path):
    assert say("config", "publish", "shop")[0] == 0
    folder = tmp_path / "njs"
    folder.mkdir()
    code, said = say("edge", str(folder), "--hours", "2")
    assert (code, said) == (0, "Wrote consent_edge.js and consent_sites.json for 1 site; they are valid for 2 hours.")
    assert {path.name for path in folder.iterdir()} == {"consent_edge.js", "consent_sites.json"}
    # nginx reads them as another user.
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    found = json.loads((folder / "consent_sites.json").read_text())
    assert list(found["sites"]) == ["shop"]
    assert found["sites"]["shop"]["facts"]["version"] == 1


def test_a_site_that_is_not_published_is_named_and_nothing_is_written(say, site, tmp_path):
    code, said = say("edge", str(tmp_path), "--site", "shop")
    assert (code, said) == (1, "Error: Nothing was published for shop.")
    assert not list(tmp_path.glob("consent_*.js*"))


def test_configs_hold_for_a_week_and_a_day_at_most(say, site, tmp_path):
    code, said = say("edge", str(tmp_path), "--hours", "193")
    assert code == 2
    assert "193 is not in the range 1<=x<=192" in said
