"""`consent edge`: write the worker and the sites' configs that nginx's njs needs for decisions at the edge."""

import os
import time
from pathlib import Path

import click

from consent.cli.common import open_engine, settings_or_exit

WORKER = "consent_edge.js"
CONFIGS = "consent_sites.json"
MAX_HOURS = 192


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--site", "keys", multiple=True, metavar="KEY", help="Only this site; repeatable.")
@click.option(
    "--hours",
    type=click.IntRange(1, MAX_HOURS),
    default=24,
    show_default=True,
    help="Hours for which the edge uses these configs; after that it returns 503.",
)
def edge(folder: Path, keys: tuple[str, ...], hours: int) -> None:
    """Write the worker and the configs of published sites to FOLDER, for decisions at the edge."""
    from consent.app import load_rules
    from consent.runtime.edge.edge_configs import edge_configs
    from consent.runtime.live_configs import LiveConfigs
    from consent.web.static_files import static_folder

    settings, rules = settings_or_exit(), load_rules()
    with open_engine(settings) as engine:
        live = LiveConfigs(engine, rules, service_url=settings.base_url)
        live.refresh()
        if unknown := [key for key in keys if key not in live.versions]:
            raise click.ClickException(f"Nothing was published for {', '.join(unknown)}.")
        configs = [config for key in keys or live.versions if (config := live.get(key))]
        body = edge_configs(configs, rules, time.time(), hours)
    _replace(folder / WORKER, (static_folder() / WORKER).read_bytes())
    _replace(folder / CONFIGS, body)
    many, life = "" if len(configs) == 1 else "s", f"{hours} hour{'' if hours == 1 else 's'}"
    click.echo(f"Wrote {WORKER} and {CONFIGS} for {len(configs)} site{many}; they are valid for {life}.")


def _replace(path: Path, body: bytes) -> None:
    """Replace a file atomically, readable by others."""
    new = path.with_suffix(".new")
    new.write_bytes(body)
    new.chmod(0o644)
    os.replace(new, path)
