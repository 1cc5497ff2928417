"""The machinery of the simulated installation: versions, satellites, processes and schedules."""

from __future__ import annotations

import math
from dataclasses import replace

from syseventd_superoffice.simulator.scenes import (
    AFTERNOON,
    DAY,
    HEARTBEAT,
    LAP,
    MORNING,
    NIGHT,
    happened,
    standing,
)
from syseventd_superoffice.simulator.world import (
    Product,
    Prototype,
    Satellite,
    Schedule,
    ServerProcess,
    Step,
)

LONG_AGO = -8_640_000.0
"""A hundred days before the story."""

UPGRADED = NIGHT * LAP + 460
DATABASE_FOLLOWS = UPGRADED + 75
"""Seconds of each day: new code comes first, and the database's upgrade steps run after it."""

FIRST_BUILD = 721
FIRST_STEP = 41


def product_at(seconds: float) -> Product:
    """What is installed; each night brings the next build."""
    upgrades, last = happened([UPGRADED], seconds)
    followed, _ = happened([DATABASE_FOLLOWS], seconds)
    build = FIRST_BUILD + upgrades
    return Product(
        version=f"11.10.{build}.0",
        label=f"SuperOffice 11.10 NetServer 11.10.{build} (simulated)",
        built=LONG_AGO if last is None else last,
        database_version=970,
        database_revision=FIRST_STEP + followed,
    )


def code_steps_at(seconds: float) -> tuple[Step, ...]:
    """The steps that the code knows."""
    return _steps(FIRST_STEP + happened([UPGRADED], seconds)[0])


def database_steps_at(seconds: float) -> tuple[Step, ...]:
    """The steps that the database has taken."""
    return _steps(FIRST_STEP + happened([DATABASE_FOLLOWS], seconds)[0])


def _steps(newest: int) -> tuple[Step, ...]:
    return (
        Step("SimulatedBase", 77),
        Step("SimulatedService", 12),
        *(Step("SimulatedUpgrade", number) for number in range(newest - 2, newest + 1)),
    )


FIRST_SATELLITE_ID = 0x0100_0000
COPENHAGEN = Satellite(FIRST_SATELLITE_ID, 2, "Copenhagen (simulated)")
BERGEN = Satellite(FIRST_SATELLITE_ID + 1, 3, "Bergen (simulated)")

OPENS = MORNING * LAP + 60
"""The second of each day at which the office in Bergen gets a satellite, until the day ends."""


def satellites_at(seconds: float) -> tuple[Satellite, ...]:
    """The satellites; one comes each morning."""
    return (COPENHAGEN, BERGEN) if seconds % DAY >= OPENS else (COPENHAGEN,)


DIES, REPLACED = 150.0, 430.0
"""The seconds of each lap from which one process gives no sign, until another takes its place."""


def processes_at(seconds: float) -> tuple[ServerProcess, ...]:
    """NetServer's processes, each with its heartbeat."""
    lap = math.floor(seconds / LAP)
    second = seconds - lap * LAP
    steady = (
        ServerProcess(1, "simulated-1", "crm-web-1 (simulated)", 4501, 3120, 3, LONG_AGO, 0),
        ServerProcess(2, "simulated-2", "crm-web-2 (simulated)", 4502, 2284, 3, LONG_AGO, 0),
    )
    # Until it is replaced, this lap still shows the process that the last one began with.
    generation = lap + (second >= REPLACED)
    born = max((generation - 1) * LAP + REPLACED, -LAP)
    mortal = ServerProcess(
        10 + generation,
        f"simulated-{10 + generation}",
        "crm-batch (simulated)",
        4503,
        5000 + generation,
        2,
        born,
        0,
    )
    alive = lap * LAP + DIES if DIES <= second < REPLACED else seconds
    return (
        *(replace(process, updated=_beat(seconds)) for process in steady),
        replace(mortal, updated=max(born, _beat(alive))),
    )


def _beat(seconds: float) -> float:
    return math.floor(seconds / HEARTBEAT) * HEARTBEAT


BEING_MADE = 65_535
MADE_FROM, MADE_UNTIL = AFTERNOON * LAP + 40, AFTERNOON * LAP + 330
"""The seconds of each day in which the prototype of area 2 is made."""


def prototypes_at(seconds: float) -> tuple[Prototype, ...]:
    """Travel's prototypes: one is made each afternoon, another one is fetched at night."""
    second = seconds % DAY
    _, made = happened([MADE_UNTIL], seconds)
    return (
        Prototype(
            id=1,
            area_id=2,
            database_type=1,
            generated=LONG_AGO if made is None else made,
            state=BEING_MADE if MADE_FROM <= second < MADE_UNTIL else 0,
        ),
        Prototype(2, 3, 1, LONG_AGO, standing(((0, 0), (100, 2), (160, 1), (200, 0)), second, DAY)),
    )


FAILS_FROM, FAILS_UNTIL = 300.0, 520.0
"""The seconds of each lap in which the export can't reach its folder."""


def schedules_at(seconds: float) -> tuple[Schedule, ...]:
    """Service's schedule."""
    lap = math.floor(seconds / LAP)
    second = seconds - lap * LAP
    export = _schedule(3, "Export (simulated)", 5, seconds)
    if FAILS_FROM <= second < FAILS_UNTIL:
        export = replace(
            export,
            error="(simulated) can't write to \\\\files\\export: åtkomst nekad\nline 2 <i>",
            last_error=lap * LAP + FAILS_FROM,
            retries=1 + math.floor((second - FAILS_FROM) / HEARTBEAT),
        )
    return (
        _schedule(1, "Escalation (simulated)", 1, seconds),
        _schedule(2, "Inbox (simulated)", 5, seconds),
        export,
        replace(
            _schedule(4, "Old report (simulated)", 60, seconds),
            disabled=True,
            last_execution=None,
            next_execution=None,
        ),
    )


def _schedule(number: int, name: str, minutes: int, seconds: float) -> Schedule:
    """One that runs every so many minutes, and has just done so."""
    every = minutes * 60.0
    last = math.floor(seconds / every) * every
    return Schedule(
        id=number,
        name=name,
        disabled=False,
        minute_interval=minutes,
        last_execution=last,
        next_execution=last + every,
        execution_time=2,
        lock_expires=None,
        error="",
        last_error=None,
        retries=0,
    )
