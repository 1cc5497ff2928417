"""A process that forks daemons, one for each line: each is `syseventd run`, whole, and is killed.

It has imported everything, has no threads and has run nothing, so that a fork is cheap and is
what a fresh process is after its imports. A line is `warm` or `cold` and the configuration's
path; a cold daemon is a fresh process. It writes who was born, what that one logs, and how it
ended: one JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys

from syseventd.cli import main
from syseventd.plugins import load_plugins

COMMAND = "from syseventd.cli import main; main()"


def tell(**facts: object) -> None:
    """Writes one line at once; one so short arrives whole or not at all."""
    os.write(1, json.dumps(facts).encode() + b"\n")


def live(how: str, path: str) -> None:
    """Be a daemon. Never returns."""
    tell(event="born", pid=os.getpid())
    os.dup2(1, 2)  # its log is what it tells
    arguments = ["run", "--config", path]
    if how == "cold":
        os.execv(sys.executable, [sys.executable, "-c", COMMAND, *arguments])
    main(arguments)


def forge() -> None:
    """Forks one daemon for each line, and says when it is dead."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            live(*line.rstrip("\n").split(" ", 1))
        _, status = os.waitpid(child, 0)
        tell(event="dead", code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    load_plugins()
    forge()
