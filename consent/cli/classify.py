"""`consent classify run` and `train`: classify cookies, storage items and URLs; train the model."""

import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from consent.cli.common import list_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file of names and groups, which override the built-in ones.",
)
@list_option
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def run(file: Path, catalog: Path | None, lists: tuple[str, ...], kind: str) -> None:
    """Print the rows of FILE, each with group, purpose, layer, vendor, confidence and reason."""
    from consent.classifier.catalog import VENDORS, load_catalog
    from consent.classifier.classifier import new_classifier
    from consent.classifier.csv_table import FORMS, TableError, answered, read_catalog, read_rows
    from consent.classifier.filter_lists import FilterListError, read_lists
    from consent.classifier.parallel_map import without_cyclic_gc

    with without_cyclic_gc():
        try:
            table, known = read_rows(file), read_catalog(catalog) if catalog else []
            filters = read_lists(lists)
        except (TableError, FilterListError) as error:
            raise click.ClickException(str(error)) from None
        classifier = new_classifier(load_catalog(VENDORS), known).with_lists(filters)
        try:
            sys.stdout.writelines(answered(classifier, table, FORMS[kind]))
        except BrokenProcessPool:
            raise click.ClickException("A worker process was killed, perhaps because it ran out of memory.") from None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Output file. Default: the built-in model."
)
def train(folder: Path, output: Path | None) -> None:
    """Train the cookie model on the two tables in FOLDER; needs the extra `train`.

    Writes the names declared by sites to seen-names.csv next to the model, and how often each kind of answer is right,
    on held-out vendors and sites, to classifier-confidences.json.
    """
    from consent.classifier.catalog import VENDORS, load_catalog
    from consent.classifier.confidences import FILE as CONFIDENCES
    from consent.classifier.model import FILE
    from consent.classifier.observed_names import FILE as SEEN
    from consent.classifier.observed_names import observed_names, write_observed
    from consent.classifier.training.training_data import ExamplesError, read_listed, read_observed

    try:
        from consent.classifier.training import calibration
        from consent.classifier.training import train as training
    except ImportError:
        raise click.ClickException("Training needs scikit-learn: pip install 'consent-tag-server[train]'.") from None
    try:
        listed, observed = read_listed(folder), read_observed(folder)
        document, seen = training.train(folder), observed_names(observed)
    except ExamplesError as error:
        raise click.ClickException(str(error)) from None
    path = output or FILE
    training.write_model(document, path)
    write_observed(seen, path.with_name(SEEN.name))
    click.echo(f"Trained {path}: {len(document['weights'])} features, {path.stat().st_size} bytes.")
    click.echo(f"Wrote {path.with_name(SEEN.name)}: {len(seen)} names.")
    confidences = calibration.confidences_of(listed, observed, load_catalog(VENDORS))
    calibration.write_confidences(confidences, path.with_name(CONFIDENCES.name))
    click.echo(f"Wrote {path.with_name(CONFIDENCES.name)}: {len(confidences['rows'])} kinds of answers.")
