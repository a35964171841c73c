"""`consent verify`: what the log proves, checked offline."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log's verifier key, the JWKS of receipts, or changes of keys; may come several times.",
)
@click.option(
    "--old",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier checkpoint of the log; FILE is then what /log/<site>/consistency?from=<its size> answers.",
)
def verify(file: Path, keys: tuple[Path, ...], old: Path | None) -> None:
    """Check a proof, an export, a copy, evidence or checkpoints offline; exit 0 for true, 1 for false, 2 for cannot tell."""
    from consent.evidence.check import check_evidence, is_evidence
    from consent.exports.bundle_check import check_bundle, is_bundle
    from consent.exports.check import check_with_manifest, wants_manifest
    from consent.verify import check

    if is_evidence(file):
        code, sentence = check_evidence(file, list(keys))
    elif is_bundle(file):
        code, sentence = check_bundle(file, list(keys))
    elif wants_manifest(file) and not old:
        code, sentence = check_with_manifest(file, list(keys))
    else:
        code, sentence = check(file, list(keys), old)
    click.echo(sentence)
    sys.exit(code)
