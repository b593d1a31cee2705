"""The memory of a process, in bytes, and the processor time that it has used."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def resident(pid: int) -> int:
    """Return the resident memory of process `pid`."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(told.stdout) * 1024


def used(pid: int) -> float:
    """Return the seconds of processor time that process `pid` has used."""
    if sys.platform == "linux":
        return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) returns
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, check=True)
    minutes, seconds = told.stdout.decode().strip().split(":")[-2:]
    return 60 * int(minutes) + float(seconds)


def peak() -> int:
    """Return the peak resident memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, getrusage counts the memory of the parent at the fork too
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
