"""`consent rules`: export, verify, import, accept or discard the rules by place as a signed package."""

import datetime
import json
import time
from pathlib import Path
from typing import Any

import click

from consent.cli.common import as_json, author, keys_or_exit, open_engine, pluralize, print_result, settings_or_exit

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
KEYS = click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=(
        "JWKS of the package's signer, such as /.well-known/jwks.json of its instance; by default this instance's keys."
    ),
)
SHOWN = {"ask": "asked", "notice": "shown a notice", "none": "shown nothing"}


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def export_rules(file: Path, as_json: bool) -> None:
    """Write the rules in force here to FILE, signed with the receipt key."""
    from consent.sites.law.packages import make_package, read_package
    from consent.sites.shipped_rules import FILES, rule_file

    settings = settings_or_exit()
    keys, today = keys_or_exit(settings), datetime.datetime.now(datetime.UTC).date()
    text = make_package({name: rule_file(name) for name in FILES}, keys.receipt, today.isoformat())
    try:
        file.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    package = read_package(text, keys.jwks)
    facts = {"file": str(file), "version": package.version, "kid": package.kid}
    print_result(f"Wrote {file}: rules {package.version}, signed by {package.kid}.", facts, as_json=as_json)


@click.command("verify")
@FILE
@KEYS
@as_json
def verify_rules(file: Path, keys: Path | None, as_json: bool) -> None:
    """Verify the signature of a package and that its tables can be read here."""
    package, _ = _read(file, keys, settings_or_exit())
    facts = {"version": package.version, "made": package.made, "kid": package.kid}
    print_result(
        f"{file} contains rules {package.version}, made on {package.made}, signed by {package.kid}.",
        facts,
        as_json=as_json,
    )


@click.command("import")
@FILE
@KEYS
@as_json
def import_rules(file: Path, keys: Path | None, as_json: bool) -> None:
    """Show what a package changes for each site, and keep it until an admin accepts it."""
    from consent.log.entry import INSTANCE
    from consent.sites.law.packages import keep_waiting
    from consent.sites.shipped_rules import load_rules

    settings = settings_or_exit()
    package, text = _read(file, keys, settings)
    if package.checked < load_rules().version:
        raise click.ClickException(
            f"The package was checked against the law until {package.checked}, the rules here until "
            f"{load_rules().version}."
        )
    with open_engine(settings) as engine, engine.begin() as connection:
        changes, coming = _differences(connection, package)
        author(settings).record(
            connection, INSTANCE, "rules.imported", package.version, None, {"kid": package.kid}, int(time.time())
        )
        keep_waiting(settings.instance, text, keys_or_exit(settings).receipt)
    facts = {
        "version": package.version,
        "sites": {site: [one.code for one in found] for site, found in changes.items()},
        "coming": {site: [_coming_facts(one) for one in found] for site, found in coming.items()},
    }
    lines = [line for site, found in changes.items() for line in _lines(site, found, coming[site])]
    lines.append(
        f"Rules {package.version} are pending: `consent rules accept {package.version}` puts them into effect."
    )
    print_result("\n".join(lines), facts, as_json=as_json)


@click.command("accept")
@click.argument("version")
@as_json
def accept_rules(version: str, as_json: bool) -> None:
    """Accept the pending package from the next start on; VERSION confirms which one you reviewed."""
    from consent.sites.law.packages import accept_waiting
    from consent.sites.shipped_rules import load_rules

    before = _resolve_pending(version, "rules.accepted", accept_waiting, lambda: load_rules().version)
    facts = {"version": version, "before": before}
    sentence = f"Rules {version} take effect once every process of the service is restarted; they replace {before}."
    print_result(sentence, facts, as_json=as_json)


@click.command("discard")
@click.argument("version")
@as_json
def discard_rules(version: str, as_json: bool) -> None:
    """Discard the pending package."""
    from consent.sites.law.packages import discard_waiting

    _resolve_pending(version, "rules.discarded", lambda instance, _: discard_waiting(instance), lambda: None)
    print_result(f"Discarded rules {version}.", {"version": version}, as_json=as_json)


def _resolve_pending(version: str, action: str, act: Any, before: Any) -> Any:
    """Accept or discard the pending package, with an entry in the log; return the version before."""
    from consent.log.entry import INSTANCE
    from consent.sites.law.packages import PackageError, waiting_package

    settings = settings_or_exit()
    keys = keys_or_exit(settings)
    try:
        package = waiting_package(settings.instance, keys.jwks)
    except PackageError as error:
        raise click.ClickException(str(error)) from None
    if package is None:
        raise click.ClickException("No package is pending; see `consent rules import`.")
    if package.version != version:
        raise click.ClickException(f"The pending package is {package.version}.")
    old = before()
    with open_engine(settings) as engine, engine.begin() as connection:
        author(settings).record(connection, INSTANCE, action, version, old, {"kid": package.kid}, int(time.time()))
        act(settings.instance, keys)
    return old


def _read(file: Path, keys: Path | None, settings: Any) -> tuple[Any, str]:
    """Return the package in a file, and its text; exit the process if it can't be trusted or used."""
    from consent.sites.law.packages import MAX_BYTES, PackageError, read_package

    try:
        jwks = json.loads(keys.read_text("utf-8")) if keys else keys_or_exit(settings).jwks
        jwks = jwks if "keys" in jwks else {"keys": [jwks]}
    except (ValueError, TypeError):
        raise click.ClickException(f"{keys} is not a JWKS.") from None
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1).decode("ascii")
        return read_package(text, jwks), text
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not a package of rules.") from None
    except PackageError as error:
        raise click.ClickException(f"{file}: {error}") from None


def _differences(connection: Any, package: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the package changes for each published site, by key: today, and in the next 24 months."""
    from consent.core.rules import Rules
    from consent.sites.law.calendar import calendar_differences, rule_differences
    from consent.sites.shipped_rules import load_rules
    from consent.storage.sites import configs, sites

    old, new = load_rules(), Rules(package.files["regions.csv"], package.files["aliases.csv"])
    today, found, coming = datetime.datetime.now(datetime.UTC).date(), {}, {}
    for site in sites.present(connection):
        config = configs.get_document(connection, site.live_config)
        if config:
            found[site.key] = rule_differences(config, old, new, today)
            coming[site.key] = calendar_differences(config, old, new, today)
    return found, coming


def _lines(site: str, changes: Any, coming: Any) -> list[str]:
    verb = "changes" if len(changes) == 1 else "change"
    today = (
        f"{pluralize(len(changes), 'place')} {verb} today." if changes else "nothing changes for its visitors today."
    )
    lines = [f"{site}: {today}", *(f"  {_change_text(one)}" for one in changes)]
    if coming:
        lines.append(f"{site}: {pluralize(len(coming), 'difference')} in the next 24 months.")
        lines += [f"  {_coming_text(one)}" for one in coming]
    return lines


def _coming_facts(one: Any) -> dict[str, str]:
    return {"kind": one.kind, "code": one.change.code, "day": str(one.change.day), "was": str(one.was)}


def _coming_text(one: Any) -> str:
    kind = f"moved from {one.was}" if one.kind == "moved" else one.kind
    return f"{one.change.day}, {kind}: {_change_text(one.change)}"


def _change_text(one: Any) -> str:
    parts = [f"{one.old_regime} becomes {one.new_regime}"] if one.old_regime != one.new_regime else []
    if one.before != one.after:
        parts.append(f"visitors are {SHOWN[one.after]} instead of {SHOWN[one.before]}")
    lists = (
        ("no longer without a choice", one.falls),
        ("without a choice now", one.runs),
        ("no longer at these ages", [stop.words for stop in one.minors]),
        ("no choice releases", one.banned),
    )
    parts += [f"{words}: {', '.join(names)}" for words, names in lists if names]
    if one.is_gpc_bound:
        parts.append("Global Privacy Control becomes mandatory")
    return f"{one.name} ({one.code}): {'; '.join(parts)}"
