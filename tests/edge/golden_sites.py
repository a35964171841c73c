"""A live site in a shop's database for each config in the golden cases."""

import json
from pathlib import Path
from typing import Any

from consent.signing.canonical_json import canonical
from consent.storage.sites import configs, sites
from tests.api.shop import Shop
from tests.golden import FILE, TCF_FILE, golden_cases, make_config

COOKIE = {
    "name": "seen",
    "pattern": False,
    "kind": "cookie",
    "purpose": None,
    "lifetime_s": 0,
    "domain": None,
    "third_party": False,
}
"""What a golden config leaves out of a cookie."""


def key_of(name: str, file: Path = FILE) -> str:
    """Return the key of the site with the golden config `name` of `file`."""
    return f"{'tcf' if file == TCF_FILE else 'golden'}-{name.replace('_', '-')}"


def put_golden_sites(shop: Shop) -> None:
    """Add the sites: published documents with the tags, settings and purpose keys of the golden configs."""
    plain = live_document(shop)
    load = plain["tags"][0]["load"]
    with shop.service.context.engine.begin() as connection:
        for file, name, config in golden_configs():
            made, key = make_config(**config), key_of(name, file)
            tags = [
                {"template": tag["id"], "name": tag["id"], "load": load, "parameters": {}} | tag for tag in made["tags"]
            ]
            vendors = [plain["vendors"][0] | {"id": vendor} for vendor in dict.fromkeys(tag["vendor"] for tag in tags)]
            document = plain | made | {"site": key, "tags": tags, "vendors": vendors}
            document["cookies"] = [COOKIE | cookie for cookie in made["cookies"]]
            document["overrides"] = plain["overrides"] | made["overrides"]
            sites.create(connection, key, name, "{}", 0)
            site = sites.by_key(connection, key)
            assert site
            sha256 = configs.put_config(connection, site.id, 1, canonical(document), now=0, by="tests")
            configs.set_live(connection, site.id, sha256)
    shop.service.context.configs.live.refresh()


def golden_configs() -> list[tuple[Path, str, dict[str, Any]]]:
    files = {file: json.loads(file.read_text("utf-8"))["configs"] for file in (FILE, TCF_FILE)}
    return [(file, name, config) for file, configs in files.items() for name, config in configs.items()]


def live_document(shop: Shop) -> dict[str, Any]:
    config = shop.service.context.configs.live.get("shop")
    assert config
    with shop.service.context.engine.connect() as connection:
        body = configs.get_config(connection, config.name)
    assert body
    document: dict[str, Any] = json.loads(body)
    return document


def visits(*files: Path) -> list[dict[str, Any]]:
    """Return the golden cases of `files` ordered by day, each with its `site`."""
    cases = [
        case | {"site": key_of(case.get("config", "shop"), file)}
        for file in files or (FILE,)
        for case in golden_cases(file)
    ]
    return sorted(cases, key=lambda case: case["day"])


def headers_of(case: dict[str, Any]) -> dict[str, str]:
    """Return the headers that a golden case's browser sends, without the place."""
    sent = {"Accept-Language": case.get("language", "en")}
    sent |= {"Sec-GPC": "1"} if case["signals"]["gpc"] else {}
    sent |= {"DNT": "1"} if case["signals"]["dnt"] else {}
    return sent | ({"Cookie": f"consent_{case['site']}={case['choice']}"} if case["choice"] else {})


def place_of(case: dict[str, Any], country: str, subdivision: str) -> dict[str, str]:
    """Return a golden case's place in headers with these names."""
    codes = dict(zip((country, subdivision), case["place"].split("-"), strict=False))
    return {name: code for name, code in codes.items() if code}
