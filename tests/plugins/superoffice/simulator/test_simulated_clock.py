"""The story's clock: running, held, moved, at any speed."""

from __future__ import annotations

import time

import pytest

from syseventd_superoffice.simulator.clock import Clock


class Wall:
    """A monotonic clock that goes when it is told to."""

    seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


def test_it_runs_with_the_wall() -> None:
    """At speed 1 a second of the wall is a second of the story."""
    wall = Wall()
    clock = Clock(monotonic=wall)
    wall.seconds += 7
    assert clock.elapsed() == 7


def test_speed_multiplies() -> None:
    """At speed 60 a second of the wall is a minute of the story, and is shown as a second."""
    wall = Wall()
    clock = Clock(60, epoch=1000.0, monotonic=wall)
    wall.seconds += 2
    assert clock.elapsed() == 120
    assert clock.timestamp(120) == 1002.0


def test_history_has_its_own_pace() -> None:
    """What lies before the story lies that far back, however fast the story is told."""
    assert Clock(60, epoch=100_000.0, held=True).timestamp(-86_400) == 13_600.0


def test_held_it_stands_still() -> None:
    """A clock that is held does not move by itself."""
    wall = Wall()
    clock = Clock(held=True, monotonic=wall)
    wall.seconds += 1000
    assert clock.elapsed() == 0


def test_it_can_be_held_and_run_again() -> None:
    """What passes while it is held is lost to the story."""
    wall = Wall()
    clock = Clock(2, monotonic=wall)
    wall.seconds += 10
    clock.hold()
    wall.seconds += 10
    clock.run()
    wall.seconds += 1
    assert clock.elapsed() == 22


def test_run_while_running_loses_nothing() -> None:
    """To let a running clock run changes nothing."""
    wall = Wall()
    clock = Clock(monotonic=wall)
    wall.seconds += 3
    clock.run()
    assert clock.elapsed() == 3


@pytest.mark.parametrize("held", [True, False])
def test_it_can_be_moved(held: bool) -> None:
    """Moved, it is at once where it was told to go, whether it runs or not."""
    clock = Clock(held=held, monotonic=Wall())
    clock.move(90)
    clock.move(0.5)
    assert clock.elapsed() == 90.5


def test_it_does_not_go_back() -> None:
    """A story that went back would bring back what is over."""
    with pytest.raises(ValueError, match="does not go back"):
        Clock(held=True).move(-1)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_is_more_than_zero(speed: float) -> None:
    """A speed that is none is refused."""
    with pytest.raises(ValueError, match="must be a number above 0"):
        Clock(speed)


def test_it_starts_now() -> None:
    """Without an epoch the story starts when the clock is made, by the wall's time."""
    before = time.time()
    assert before <= Clock(held=True).timestamp(0) <= time.time()
