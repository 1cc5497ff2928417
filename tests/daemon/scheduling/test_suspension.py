"""A daemon that was stopped and continued, for real: what was missed is counted and spread."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time


def test_a_stopped_process_counts_and_spreads(tmp_path):
    """Three seconds of SIGSTOP: each source of 1 s missed some runs, and none is asked twice."""
    script = f"""
        import asyncio, json, sys, time
        from collections import Counter
        sys.path[:] = {sys.path!r}
        from syseventd import Outcome, Snapshot, SourceId
        from syseventd.model import ProbeResult
        from syseventd.scheduling import Limits, PaceSettings, Scheduler

        starts = []
        missed = []

        async def run(source, late):
            starts.append((source.target, time.time(), late))
            return ProbeResult(Outcome.OK, 0.0, 0.0, Snapshot())

        async def main():
            scheduler = Scheduler(
                run, limits=Limits(), on_missed=lambda s, n: missed.append((s.target, n))
            )
            for number in range(50):
                scheduler.add(SourceId(f"t{{number}}", "s"), PaceSettings(1.0))
            scheduler.start()
            while len(starts) < 50 or min(Counter(s[0] for s in starts).values()) < 2:
                await asyncio.sleep(0.01)  # then each is on its grid
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            resumed = time.time()
            while time.time() < resumed + 1.5:
                await asyncio.sleep(0.01)
            print(json.dumps([starts, missed]))

        asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        time.sleep(3)  # the pause itself, nothing to wait for
        resumed = time.time()
        os.kill(process.pid, signal.SIGCONT)
        output, _ = process.communicate("go\n", timeout=30)
    starts, missed = json.loads(output)
    counts = {target: 0 for target, _, _ in starts}
    for target, count in missed:
        counts[target] += count
    assert set(counts.values()) <= {2, 3}
    after = [at - resumed for _, at, _ in starts if at >= resumed]
    assert sum(at < 0.2 for at in after) < 25, "they all rushed"
    assert len({target for target, at, _ in starts if at >= resumed}) == 50
    assert max(late for _, _, late in starts) < 1.5
