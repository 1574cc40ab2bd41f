"""Which core a process runs on: server and load are not to take time from each other."""

import os
from pathlib import Path


def pin(pid: int, core: int) -> None:
    """Let all threads that a process has now run on one core only."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})
