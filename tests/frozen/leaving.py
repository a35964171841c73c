"""What comes out of the database of world.py: log leaves, exports, copies, evidence, and the files outside it."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from consent.api.http.response import to_json
from consent.archive.month_file import MonthExport, write_month
from consent.core.days import day_of
from consent.core.privacy_rights import Rights
from consent.evidence.pack import Evidence
from consent.exports.access_copy import bundle
from consent.exports.atomic_file import write_file
from consent.exports.export_stream import Export, Source
from consent.exports.statistics_format import losses_csv, losses_view, rates_csv, rates_view
from consent.exports.zip_archive import zipped
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.entry import INSTANCE
from consent.storage.accounts import api_tokens
from consent.storage.database.partitions import month_of
from consent.storage.log import entries
from consent.storage.receipts import receipts
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import Subject
from consent.storage.statistics.losses import losses_by_day
from consent.storage.statistics.rates import DAY, StatisticsQuery, numbers
from tests.frozen.fixed import ARTIFACTS, BASE_URL, KEYS, NOW, RULES, SITE
from tests.frozen.world import DATE, VISITOR, World

AUTHORITIES = "place,name,url,source,checked\nDE,The authority,https://authority.example,a law,2026-11-26\n"
PERIODS = "places,law,kinds,article,period,unit,extension,source,checked\n"


def leaves(world: World) -> dict[str, bytes]:
    """Return a leaf of each kind except receipts, as the log has them, and the files outside the database."""
    with world.engine.connect() as connection:
        found = {
            f"leaf-{kind}.jws": entries.of_kind(connection, world.site.id, kind)[0].jws.encode()
            for kind in ("config", "key", "erasure", "audit")
        }
        found["leaf-key-of-the-instance.jws"] = entries.of_kind(connection, INSTANCE.id, "key")[0].jws.encode()
    found["checkpoint-file.jsonl"] = (world.folder / "checkpoints" / SITE).read_bytes()
    return found | {"erasure-list.jsonl": (world.folder / "erasures" / SITE).read_bytes()}


def api_token(world: World) -> dict[str, bytes]:
    """Return an API token as its owner gets it, its stored hash, and its id in the audit trail."""
    with world.engine.begin() as connection:
        plain = api_tokens.create(connection, "Exports", ["receipts:export"], now=NOW, site_id=world.site.id)
    known = api_tokens.hash_of(plain)
    found = {
        "api-token.txt": plain,
        "api-token-hash.txt": known,
        "api-token-audit-id.txt": api_tokens.audit_id_of(known),
    }
    return {name: text.encode() for name, text in found.items()}


def exports(world: World) -> dict[str, bytes]:
    """Return each format as a file with its manifest, and the names in an archive."""
    source = Source(world.engine, RULES, KEYS.jwks["keys"], BASE_URL)
    found = {}
    for kind in ("csv", "jsonl", "iso27560"):
        with TemporaryDirectory(prefix="frozen-") as name:
            export = Export(source, world.site.id, SITE, Filters(), kind)
            write_file(export, Path(name) / export.name, lambda count: None)
            found |= {f"export/{file.name}": file.read_bytes() for file in Path(name).iterdir()}
    # The archive's bytes depend on the machine's deflate; its content is checked above.
    export = Export(source, world.site.id, SITE, Filters(), "csv")
    with ZipFile(io.BytesIO(b"".join(zipped(export, (2026, 11, 25, 0, 0, 0))))) as archive:
        assert all(archive.read(name) == found[f"export/{name}"] for name in archive.namelist())
        found["export/archive-names.txt"] = "".join(f"{name}\n" for name in archive.namelist()).encode()
    with TemporaryDirectory(prefix="frozen-") as name:
        month = MonthExport(source, world.site, month_of(NOW - 1))
        write_month(month, Path(name), NOW)
        found[f"export/month-{month.name}"] = (Path(name) / month.name).read_bytes()
    return found


def statistics(world: World) -> dict[str, bytes]:
    """Return a week's statistics and loss meter, for programs and for spreadsheets."""
    wanted = StatisticsQuery(day_of(DATE) - 6, day_of(DATE))
    with world.engine.connect() as connection:
        parts = numbers(connection, world.site.id, wanted, DAY, RULES.opt_in_regimes)
        losses = losses_by_day(connection, world.site.id, wanted.first_day, wanted.last_day)
    return {
        "export/rates.json": to_json(rates_view(wanted, parts, DAY)),
        "export/rates.csv": "".join(rates_csv(wanted, parts, DAY)).encode(),
        "export/losses.json": to_json(losses_view(wanted, losses)),
        "export/losses.csv": "".join(losses_csv(losses)).encode(),
    }


def access_copy(world: World) -> dict[str, bytes]:
    """Return the copy for a visitor who requests all their data."""
    with world.engine.connect() as connection:
        found = receipts.timeline(connection, world.site.id, VISITOR)
        subject = Subject("visitor", VISITOR)
        copy = bundle(connection, world.site.id, subject, found, Rights(PERIODS, AUTHORITIES), NOW)
    return {"export/access-copy.json": to_json(copy)}


def evidence(world: World) -> dict[str, bytes]:
    """Return the files of an evidence pack; the archive's own bytes depend on the machine's deflate."""
    files = CheckpointFiles(world.folder / "checkpoints")
    pack = Evidence(world.engine, RULES, ARTIFACTS.banner, KEYS, BASE_URL, files).create(world.site, DATE)
    with ZipFile(io.BytesIO(pack.data)) as archive:
        return {f"evidence/{name}": archive.read(name) for name in archive.namelist()}
