"""Run a command and write its CPU seconds and peak memory to FILE: `python bench/weigh.py FILE COMMAND…`.

A process inherits its parent's peak (Linux counts until exec), so a measured command needs a small parent.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    code = subprocess.call(sys.argv[2:])
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    weighed = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss * 1024 / 1e6}
    Path(sys.argv[1]).write_text(json.dumps(weighed))
    raise SystemExit(code)
