"""`python bench/weigh.py FILE COMMAND…`: run a command, and write its CPU seconds and its memory at its peak into FILE.

A process begins with its parent's peak (Linux counts until exec), so what is weighed needs a small parent.
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
