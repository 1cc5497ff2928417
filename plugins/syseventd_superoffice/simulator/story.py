"""A day in the life of a simulated installation: what happens when, and what stands at a second.

The day is told in three laps of ten minutes, a night, a morning and an afternoon, over and over,
each day with new events and tasks of the same kinds. Times are seconds of a lap. What the days
change for good, versions and licences, goes on from day to day.
"""

from __future__ import annotations

from functools import lru_cache

from syseventd_superoffice.simulator import cast, licensing, machinery, rebuilds, usage
from syseventd_superoffice.simulator.cast import ASA, KIM, SYSTEM
from syseventd_superoffice.simulator.scenes import (
    AFTERNOON,
    DAY,
    LAP,
    MORNING,
    NIGHT,
    EventScene,
    MessageScene,
    TaskScene,
    events_at,
    messages_at,
    standing,
    tasks_at,
)
from syseventd_superoffice.simulator.vocabulary import MessageType, Scope, TaskState
from syseventd_superoffice.simulator.world import PlanLimit, State

EVENTS = (
    EventScene(0, 170, cast.IMPORT, cast.COMPANIES_READ, KIM, expected_end=180, amount=420),
    EventScene(
        0, 285, cast.MESSAGE, cast.UPGRADE_TONIGHT, ASA, expected_end=480, scope=Scope.SystemWide
    ),
    # At night the index outlives what was promised for it, and is still being made long after.
    EventScene(
        *(20, 240, cast.FREETEXT, cast.WORDS_INDEXED, SYSTEM),
        expected_end=80,
        amount=8_300,
        laps=(NIGHT,),
    ),
    # In the afternoon a prototype takes its time.
    EventScene(
        *(40, 330, cast.PROTOTYPE, cast.COPIED, SYSTEM),
        expected_end=200,
        extra_info=2,
        laps=(AFTERNOON,),
    ),
    # The same key twice at a time: once for everybody, once for a group.
    EventScene(75, 400, cast.MESSAGE, cast.SERVICE_DESK, ASA, scope=Scope.Group, owner=3),
    EventScene(
        *(130, 190, cast.NO_LOGIN, cast.UPGRADING, KIM),
        expected_end=200,
        scope=Scope.SystemWide,
        laps=(NIGHT, AFTERNOON),
    ),
    # In the morning nobody thinks of opening again.
    EventScene(
        *(130, 500, cast.NO_LOGIN, cast.FORGOTTEN, KIM),
        expected_end=190,
        scope=Scope.SystemWide,
        laps=(MORNING,),
    ),
    # At night this import fails.
    EventScene(
        *(205, 300, cast.IMPORT, cast.PRODUCTS_READ, KIM),
        expected_end=290,
        amount=1_250,
        reaches=65,
        laps=(NIGHT,),
    ),
    EventScene(
        *(205, 300, cast.IMPORT, cast.PRODUCTS_READ, KIM),
        expected_end=290,
        amount=1_250,
        laps=(MORNING, AFTERNOON),
    ),
    EventScene(255, 280, cast.COMPANY_FIELDS, cast.COMPANIES_PUBLISHED, ASA, expected_end=285),
    EventScene(
        *(258, 280, cast.PERSON_FIELDS, cast.PERSONS_PUBLISHED, ASA),
        expected_end=285,
        laps=(NIGHT, AFTERNOON),
    ),
    # In the morning somebody removes it by hand, which nobody must: it is still being published.
    EventScene(
        *(258, 264, cast.PERSON_FIELDS, cast.PERSONS_PUBLISHED, ASA),
        expected_end=285,
        laps=(MORNING,),
    ),
    EventScene(310, 360, cast.COUNTERS, cast.COUNTED, SYSTEM, expected_end=370, amount=2_600),
    EventScene(335, 590, cast.MESSAGE, cast.BACK_AGAIN, ASA, scope=Scope.SystemWide),
    EventScene(365, 415, cast.COUNTERS, cast.MONITORED, SYSTEM, expected_end=420, amount=252),
    EventScene(380, 530, cast.IMPORT, cast.PERSONS_READ, ASA, expected_end=540, amount=3_100),
    # This time the index is made in time.
    EventScene(425, 480, cast.FREETEXT, cast.WORDS_INDEXED, SYSTEM, expected_end=490, amount=8_300),
    EventScene(440, 580, cast.NO_FREETEXT, cast.ON_THE_ROAD, KIM, laps=(AFTERNOON,)),
    EventScene(
        *(445, 570, cast.NO_TRAVEL, cast.NOT_FROM_HOME, KIM),
        scope=Scope.User,
        owner=ASA.id,
        laps=(MORNING,),
    ),
    EventScene(510, 570, cast.NO_LOGIN, cast.BACKUP, KIM),
    # Runs on into the next lap's first seconds.
    EventScene(550, 610, cast.COUNTERS, cast.COUNTED, SYSTEM, expected_end=620, amount=2_600),
)
"""The system events, in the order of their starts."""

TASKS = (
    TaskScene(0, 170, cast.IMPORTING, cast.COMPANY_LIST, KIM, cast.COMPANIES_READ, 420),
    TaskScene(
        *(20, 240, cast.INDEXING, cast.WHOLE_INDEX, None, cast.WORDS_INDEXED, 8_300), laps=(NIGHT,)
    ),
    # Nothing takes it for five minutes.
    TaskScene(
        30, 350, cast.MERGING, cast.AUTUMN, ASA, cast.LETTERS, 240, waits=300, laps=(NIGHT, MORNING)
    ),
    # Gives no sign of life for five minutes, and then goes on.
    TaskScene(
        *(60, 450, cast.CHANGING, cast.NEW_OWNERS, ASA, cast.CHANGED, 900),
        silent=(100, 400),
        laps=(NIGHT, AFTERNOON),
    ),
    # Vanishes as soon as it has succeeded.
    TaskScene(
        *(100, 130, cast.EXPORTING, cast.ALL_COMPANIES, KIM, cast.COMPANIES_READ, 2_600),
        file_name="companies-simulated.csv",
    ),
    TaskScene(200, 215, cast.MAINTAINING, cast.TIDYING, lingers=45),
    # It says why it fails; otherwise it is done, and vanishes.
    TaskScene(
        *(205, 300, cast.IMPORTING, cast.PRODUCT_LIST, KIM, cast.PRODUCTS_READ, 1_250),
        reaches=65,
        outcome=TaskState.Failed,
        response=cast.ROW_IS_WRONG,
        lingers=130,
        laps=(NIGHT,),
    ),
    TaskScene(
        *(205, 300, cast.IMPORTING, cast.PRODUCT_LIST, KIM, cast.PRODUCTS_READ, 1_250),
        laps=(MORNING, AFTERNOON),
    ),
    # Exceeds its timeout, and is started over and over.
    TaskScene(
        *(230, 480, cast.REPORTING, cast.MONTH, ASA, cast.PAGES, 90),
        restarts=(293, 353, 413),
        laps=(MORNING,),
    ),
    TaskScene(255, 280, cast.PUBLISHING, cast.COMPANIES_PUBLISHED, ASA),
    TaskScene(258, 280, cast.PUBLISHING, cast.PERSONS_PUBLISHED, ASA, laps=(NIGHT, AFTERNOON)),
    TaskScene(258, 420, cast.PUBLISHING, cast.PERSONS_PUBLISHED, ASA, laps=(MORNING,)),
    TaskScene(
        *(270, 301, cast.SYNCHRONISING, cast.ERP),
        reaches=40,
        outcome=TaskState.Failed,
        response=cast.ERP_IS_AWAY,
        lingers=200,
        laps=(AFTERNOON,),
    ),
    TaskScene(310, 360, cast.COUNTING, cast.ALL_COUNTERS, None, cast.COUNTED, 2_600),
    TaskScene(365, 415, cast.MONITORING, cast.ALL_MONITORS, None, cast.MONITORED, 252),
    TaskScene(380, 530, cast.IMPORTING, cast.PERSON_LIST, ASA, cast.PERSONS_READ, 3_100),
    TaskScene(425, 480, cast.INDEXING, cast.WHOLE_INDEX, None, cast.WORDS_INDEXED, 8_300),
    TaskScene(550, 610, cast.COUNTING, cast.ALL_COUNTERS, None, cast.COUNTED, 2_600),
)
"""The batch tasks, in the order of their starts."""

MESSAGES = (
    MessageScene(
        90, 595, "simulated-licence", cast.LICENCE_ENDS, MessageType.Warning, 86_400, laps=(NIGHT,)
    ),
    MessageScene(240, 420, "simulated-mail", cast.MAIL_IS_SLOW, MessageType.Info, 900),
    MessageScene(
        450, 540, "simulated-telephony", cast.TELEPHONY_IS_DOWN, MessageType.Error, 540, KIM.id
    ),
)
"""The messages of the yellow banner, in the order of their starts."""

ACTIVE_PROJECTS = ((0, 80), (60, 86), (150, 97), (420, 100), (LAP, 99), (2 * LAP, 84))
"""How many projects are active of the hundred that the plan allows, by the second of the day."""
PLAN = 100


@lru_cache(maxsize=128)
def state_at(seconds: float) -> State:
    """What the installation would tell `seconds` after the story's start."""
    return State(
        second=seconds,
        company=licensing.company_at(seconds),
        serial=licensing.SERIAL,
        events=events_at(EVENTS, seconds),
        tasks=tasks_at(TASKS, seconds),
        messages=messages_at(MESSAGES, seconds),
        counters=rebuilds.counters_at(TASKS, cast.COUNTING, seconds),
        monitors=rebuilds.monitors_at(TASKS, cast.MONITORING, seconds),
        index=rebuilds.index_at(TASKS, cast.INDEXING, seconds),
        holdings=licensing.holdings_at(seconds),
        plan_limit=PlanLimit(standing(ACTIVE_PROJECTS, seconds, DAY), PLAN),
        product=machinery.product_at(seconds),
        code_steps=machinery.code_steps_at(seconds),
        database_steps=machinery.database_steps_at(seconds),
        satellites=machinery.satellites_at(seconds),
        processes=machinery.processes_at(seconds),
        prototypes=machinery.prototypes_at(seconds),
        schedules=machinery.schedules_at(seconds),
        usage=usage.usage_at(seconds),
    )
