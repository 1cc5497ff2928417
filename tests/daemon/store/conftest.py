"""A store's address, observations, and a source that lives a life, for the store's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from syseventd import lifecycle
from syseventd.model import Advance, Expiry, Known, Observation, Snapshot, SourceId


@dataclass
class Life:
    """One source; each call is one snapshot of what is listed, and what that changes."""

    ids: Iterator[int] = field(default_factory=lambda: count(1))
    known: Known = field(default_factory=lambda: Known(SourceId("crm", "imports")))
    now: float = 1000.0

    def sees(self, *keys: str, expiries: tuple[Expiry, ...] = (), **facts: object) -> Advance:
        listed = tuple(Observation(key, "import", f"Import {key}", **facts) for key in keys)  # type: ignore[arg-type]
        advance = lifecycle.advance(self.known, Snapshot(listed, expiries), self.now, self.ids)
        self.known = advance.known
        self.now += 1
        return advance


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/events.db"


@pytest.fixture
def empty_url(url: str, tmp_path: Path) -> str:
    """Of a file that is there, as the store's lock makes it; it has no schema yet."""
    (tmp_path / "events.db").touch()
    return url


@pytest.fixture(params=["file", "memory"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both kinds of store pass the same tests."""
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/events.db"


@pytest.fixture
def life() -> Life:
    return Life()


@pytest.fixture
def lives() -> Callable[[int], list[Life]]:
    """Several sources that draw their numbers from one well."""

    def make(number: int) -> list[Life]:
        ids = count(1)
        return [Life(ids, Known(SourceId("crm", f"source-{n}"))) for n in range(number)]

    return make
