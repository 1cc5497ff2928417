"""What the tests of probing share: waiting for a condition, and sources that a process can load."""

from __future__ import annotations

import asyncio
import importlib
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import pytest

SOURCES = """
    import asyncio, os, signal, sys, time
    from types import MappingProxyType

    from syseventd import Observation, Snapshot, Throttled

    class Source:
        def __init__(self, path="", after=0):
            self.path, self.after, self.asked = path, after, 0

    class Counting(Source):
        def probe(self):
            self.asked += 1
            return Snapshot(facts={"pid": str(os.getpid()), "asked": str(self.asked)})

    class Recalling(Source):
        '''Tells the memory that it recalled.'''

        def recall(self, memory):
            self.recalled = memory

        def probe(self):
            return Snapshot(memory={**self.recalled, "more": "2"})

    class RecallingAsync(Recalling):
        async def probe(self):
            return super().probe()

    class Awaiting(Source):
        async def probe(self):
            await asyncio.sleep(0)
            return Snapshot((Observation("1", "import", "One"),))

    class Busy(Counting):
        '''Answers `after` times, then loops; says in its file who it is.'''

        def probe(self):
            if self.asked < self.after:
                return super().probe()
            if self.path:
                with open(self.path, "w") as file:
                    file.write(f"{os.getpid()}\\n")
            while True:
                pass

    class Parent(Source):
        def probe(self):
            import subprocess
            child = subprocess.Popen(["sleep", "600"])
            with open(self.path, "w") as file:
                file.write(f"{child.pid}\\n")
            child.wait()

    class Crashing(Counting):
        def probe(self):
            answer = super().probe()
            if self.asked > self.after:
                os.kill(os.getpid(), signal.SIGSEGV)
            return answer

    class Leaving(Source):
        def probe(self):
            os._exit(7)

    class Exiting(Source):
        def probe(self):
            sys.exit("enough")

    class Raising(Source):
        def probe(self):
            raise Throttled("crm", "too many", retry_after=7)

    class Buggy(Source):
        def probe(self):
            return {}["missing"]

    class Odd(Source):
        def probe(self):
            return lambda: None

    class Unpicklable(Source):
        def probe(self):
            return Snapshot(facts=MappingProxyType(Locked()))

    class Locked(dict):
        def items(self):
            return ()

        def __reduce__(self):
            raise TypeError("it is locked")

        def __iter__(self):
            raise TypeError("it is locked")

        keys = __iter__

    class Explosive(str):
        def __reduce__(self):
            return int, ("no number",)

    class Poisoned(Source):
        def probe(self):
            return Snapshot(facts={"text": Explosive("x")})

    class Refusing(Source):
        def __setstate__(self, state):
            raise RuntimeError("not here")

        def probe(self):
            return Snapshot()

    class Slow(Counting):
        def __setstate__(self, state):
            self.__dict__.update(state)
            time.sleep(0.6)

    class Stuck(Counting):
        def __setstate__(self, state):
            while True:
                pass

    class Printing(Source):
        def probe(self):
            print("not for the wire")
            return Snapshot()

    class Closing(Counting):
        async def aclose(self):
            with open(self.path, "w") as file:
                file.write(f"{os.getpid()}\\n")

    class HangingUpLate(Counting):
        async def aclose(self):
            while True:
                pass

    class Deaf(Source):
        def probe(self):
            for descriptor in range(3, 100):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            while True:
                pass
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of sources that a process of their own can import."""
    name = f"sources_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(SOURCES))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Waits until a condition holds; fails where it doesn't within some seconds."""

    async def wait(condition: Callable[[], object], within: float = 15.0) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "the condition never held"
            await asyncio.sleep(0.005)

    return wait
