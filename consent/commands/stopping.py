"""`consent site stop|resume`: all tags of a site that are not essential, held at once and let go again."""

from typing import Any

import click

from consent.commands.shared import as_json, author, open_engine, say, settings_here


@click.command()
@click.argument("key")
@as_json
def stop(key: str, as_json: bool) -> None:
    """Stop all tags of a site that are not essential; visitors get none of them from their next page view."""
    _set(key, True, as_json)


@click.command()
@click.argument("key")
@as_json
def resume(key: str, as_json: bool) -> None:
    """Let the tags of a site run again as they did before they were stopped."""
    _set(key, False, as_json)


def _set(key: str, is_on: bool, as_json: bool) -> None:
    from consent.app import load_artefacts
    from consent.snapshots.kill_switch import NothingLive, set_kill_switch

    settings = settings_here()
    try:
        with open_engine(settings) as engine:
            done = set_kill_switch(engine, key, is_on, load_artefacts(), author(settings))
    except KeyError:
        raise click.ClickException(f"There is no site {key}.") from None
    except NothingLive:
        raise click.ClickException(f"Nothing is published for {key}, so none of its tags runs.") from None
    what = "are stopped" if is_on else "run"
    facts: dict[str, Any] = {"site": key, "stopped": is_on, "version": done.version if done else None}
    if done is None:
        say(f"The tags of {key} {what} already.", facts, as_json=as_json)
    else:
        since = "no visitor gets one that is not essential" if is_on else "as they did before"
        say(f"The tags of {key} {what} with version {done.version}: {since}.", facts, as_json=as_json)
