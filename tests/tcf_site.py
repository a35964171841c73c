"""The shop as a site that takes part in the Transparency and Consent Framework, with an invented vendor list."""

import json
import time
from pathlib import Path
from typing import Any

from consent.app import load_artifacts
from consent.log.audit_author import AuditActor, Author
from consent.publishing.publish import freeze, put_live
from consent.sites.vendor_lists.site_cut import cut_source, store_files
from consent.sites.vendor_lists.update import update_lists
from consent.storage.sites import configs, sites
from tests.api.shop import Shop
from tests.code_guards import guard_by

LISTS = Path(__file__).parent / "golden" / "gvl"
TODAY = 1_796_083_200
"""2026-12-01: late enough that the lists aren't dated in the future."""
SETTINGS: dict[str, Any] = {"cmp_id": 123, "cmp_version": 7, "publisher_cc": "DE", "vendors": [2, 8, 10, 21, 755]}


def list_folder(folder: Path, version: int = 3, languages: tuple[str, ...] = ("de",), **changes: Any) -> Path:
    """Write the small vendor list as `version`, with `changes`, into `folder`, and return the folder."""
    folder.mkdir(exist_ok=True)
    document = json.loads((LISTS / "gvl_small.json").read_bytes()) | {"vendorListVersion": version, **changes}
    (folder / "vendor-list.json").write_text(json.dumps(document))
    for language in languages:
        (folder / f"purposes-{language}.json").write_bytes((LISTS / f"purposes-{language}.json").read_bytes())
    return folder


def take_part(shop: Shop, folder: Path, settings: dict[str, Any] | None = None, **tags: int | None) -> None:
    """Import the list and publish the shop with TCF; `tags` maps tag ids to vendor ids, by default `ads` to 755."""
    context = shop.service.context
    update_lists(context.engine, str(list_folder(folder)), TODAY)
    publish_with_tcf(shop, settings or SETTINGS, **(tags or {"ads": 755}))


def publish_with_tcf(shop: Shop, settings: dict[str, Any], **tags: int | None) -> None:
    """Publish the draft with TCF."""
    context = shop.service.context

    def change(draft: dict[str, Any]) -> None:
        draft["overrides"] |= {"sends": ["tcf"], "tcf": settings}
        for tag in draft["tags"]:
            if tag["id"] in tags:
                tag["gvl_id"] = tags[tag["id"]]

    shop.edit(change)
    author = Author(AuditActor("tests", "program"), context.keys.receipt)
    with context.engine.begin() as connection:
        site = sites.by_key(connection, "shop")
        draft = json.loads(sites.read_draft(connection, shop.site_id).text)
        body = configs.get_config(connection, site.live_config) if site.live_config else None
        live = json.loads(body) if body else None
        source = cut_source(connection, draft, guard_by(context.keys).catalog)
        store_files(connection, source.cut(draft, live).files)
        document = freeze(draft, live, configs.next_version(connection, site.id), load_artifacts(), source)
        put_live(connection, site, document, load_artifacts(), author, int(time.time()), "")
    context.configs.live.refresh()
