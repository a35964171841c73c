"""Options shared by `consent scan` and `consent audit`, the job they describe, and its progress."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from consent.core.documents.json_object import JsonObject

if TYPE_CHECKING:
    from consent.scanner.model.scan_result import Progress, ScanResult

# Commands import what they need locally, since `consent run` only watches a worker and has to stay small.


class ReportFile(click.Path):
    """A report file, `-` for standard output; rejected before anything is visited if it can't be written."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, allow_dash=True, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path; exit the process if its folder doesn't exist or isn't writable."""
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).absolute().parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            self.fail(f"Cannot write to {folder}.", param, ctx)
        return path


def scan_options(command: Any) -> Any:
    """Add the options shared by scans and audits."""
    for option in (
        click.option("--pages", default=20, show_default=True, type=int, help="Maximum number of pages."),
        click.option(
            "--regions",
            default="",
            help="Places to simulate, such as DE,US-CA, for a site that uses this service's banner.",
        ),
        click.option(
            "--allow-host", "allow", multiple=True, help="Internal host that may be reached, such as *.test:8080."
        ),
        click.option("--delay", default=0.5, show_default=True, type=float, help="Seconds between page loads."),
        click.option(
            "--page-seconds", default=30.0, show_default=True, type=float, help="Time limit per page, in seconds."
        ),
        click.option(
            "--total-seconds",
            default=1800.0,
            show_default=True,
            type=float,
            help="Time limit for the whole scan, in seconds.",
        ),
        click.option("--language", default="en-US", show_default=True, help="Language that the browser requests."),
        click.option("--ignore-robots", is_flag=True, help="Also visit pages that robots.txt disallows."),
        click.option("--screenshots", type=click.Path(file_okay=False, path_type=Path), help="Folder for screenshots."),
        click.option(
            "--json",
            "json_file",
            type=ReportFile(),
            help="Write everything that was observed to a file; - for standard output.",
        ),
        click.option("--quiet", is_flag=True, help="Do not show progress."),
        click.option(
            "--no-sandbox",
            is_flag=True,
            expose_value=False,
            callback=_disable_sandbox,
            help="Allow running as root, which disables Chromium's sandbox.",
        ),
    ):
        command = option(command)
    return command


def _disable_sandbox(_context: click.Context, _option: click.Parameter, is_given: bool) -> None:
    if is_given:
        os.environ["CHROMIUM_NO_SANDBOX"] = "1"


def make_job(url: str, states: str, options: dict[str, Any], **more: Any) -> Any:
    """Return the job described by the options."""
    from consent.scanner.model.job import Job

    return Job(
        url if "://" in url else f"https://{url}",
        states=parts(states),
        regions=parts(options["regions"]),
        pages=options["pages"],
        delay_s=options["delay"],
        page_s=options["page_seconds"],
        total_s=options["total_seconds"],
        allow=options["allow"],
        language=options["language"],
        robots=not options["ignore_robots"],
        screenshots=picture_folder(options["screenshots"]),
        **more,
    )


def picture_folder(folder: Path | None) -> str | None:
    """Create a folder for screenshots if requested, and return its path."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"Cannot create {folder}: {error.strerror}.") from None
    return str(folder.absolute())


def run(job: Any, quiet: bool) -> "ScanResult":
    """Return the result of `job`, printing progress on standard error."""
    from consent.scanner.model.job import JobValidationError
    from consent.scanner.process import ScanFailedError, run_scan

    try:
        return run_scan(job, progress_printer(quiet))
    except (JobValidationError, ScanFailedError) as error:
        raise click.ClickException(str(error)) from None


def progress_printer(quiet: bool) -> Callable[["Progress"], None]:
    """Return a function that prints the progress of a scan on standard error."""

    def print_progress(facts: "Progress") -> None:
        if not quiet:
            where = facts["state"] + (f" {facts['region']}" if facts["region"] else "")
            line = f"[{facts['visit']}/{facts['visits']} {where}] page {facts['page']}: {facts['url']}"
            click.echo(line + (f"  {facts['problem']}" if facts["problem"] else ""), err=True)

    return print_progress


def write_json(document: JsonObject, file: Path | None) -> None:
    """Write `document` to `file`, or to standard output for `-`."""
    write_text(json.dumps(document, indent=2, ensure_ascii=False), file)


def write_text(text: str, file: Path | None) -> None:
    """Write `text` to `file`, or to standard output for `-`."""
    if str(file) == "-":
        click.echo(text)
        return
    try:
        if file is not None:
            file.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise click.ClickException(f"Cannot write {file}: {error.strerror}.") from None


def parts(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
