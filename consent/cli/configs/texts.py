"""`consent texts review`: write a sheet on which a native speaker reviews and signs off the texts of a language."""

from pathlib import Path

import click

from consent.cli.common import as_json, print_result


@click.command("review")
@click.argument("language")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: review-LANGUAGE.html.")
@as_json
def review(language: str, output: Path | None, as_json: bool) -> None:
    """Write a review sheet for LANGUAGE, such as de or pt-BR, with English next to the translation."""
    from consent.presentation.languages import language_info, languages
    from consent.presentation.review_sheet import review_sheet

    if language not in languages():
        raise click.ClickException(f"{language} is not included; these are: {', '.join(languages())}.")
    file = output or Path(f"review-{language}.html")
    try:
        file.write_text(review_sheet(language), "utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    info = language_info(language)
    facts = {"file": str(file), "language": language, "state": info.state, "reviewed": info.reviewed}
    print_result(f"Wrote {file}: {info.english_name}. {info.state}.", facts, as_json=as_json)
