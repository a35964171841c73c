"""Write the raw results of a benchmark to a file, for a comparison with a later one."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.pools import Cell
from bench.report import Measure
from bench.visitors import SEED


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that `python -m bench` measured; memory is in MB per process, `in_process` has the printed lines."""

    load: str
    rounds: int
    seconds: float
    memory_mb: Sequence[float]
    subjects: Mapping[str, Sequence[Measure]]
    pools: Mapping[str, Cell]
    in_process: Sequence[str]

    def write(self, path: Path) -> None:
        """Write the results as JSON, with the day (UTC), the Python version and the seed of the pools."""
        about = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version(), "seed": SEED}
        path.write_text(json.dumps(about | asdict(self), indent=1) + "\n", encoding="utf-8")
