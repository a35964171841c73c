"""Structured JSON logs without personal data: no requests, no paths, and only the type and origin of an exception.

An exception's message often repeats request data or a database row.
"""

import datetime
import json
import logging
import logging.handlers
import sys
import traceback
from pathlib import Path
from typing import Any

from flask import Flask, request

_QUIET = ("werkzeug", "alembic", "_granian", "granian")


class JsonLines(logging.Formatter):
    """Formatter that writes one JSON object per line: time, level, logger, message, and the origin of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as a line of JSON."""
        line: dict[str, object] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = type(record.exc_info[1]).__name__
            line["traceback"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


class PrivateFlask(Flask):
    """A Flask app that logs a failed request by its endpoint, not by its path, which may contain a receipt's id."""

    def log_exception(self, exc_info: Any) -> None:
        """Log that the current request failed."""
        self.logger.error("%s failed", request.endpoint, exc_info=exc_info)


def set_up_logs(file: Path | None) -> None:
    """Send all logs to `file`, or to standard error if it is None."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Reopens the file after log rotation has moved it.
        handler = logging.handlers.WatchedFileHandler(file, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
