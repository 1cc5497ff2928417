"""The source `licences`: asks, and puts together what every owner's licence means now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from syseventd import (
    NEVER,
    Expiry,
    Measurement,
    NotAvailable,
    ProbeEnded,
    Problem,
    Seats,
    Snapshot,
    Target,
    Timestamp,
)
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.licences import kinds, server
from syseventd_superoffice.licences.asking import PATIENCE, Asking
from syseventd_superoffice.licences.judging import Judgement, judge, keep, tell_owners
from syseventd_superoffice.licences.licence import VENDOR, is_vendors
from syseventd_superoffice.licences.memory import Held, Memory, recalled
from syseventd_superoffice.licences.online import read_replacements
from syseventd_superoffice.licences.plan import (
    PLAN_LIMIT,
    Plan,
    observe_plan,
    plan_key,
    read_plan,
)
from syseventd_superoffice.licences.reading import ALL, Reply, read_licences
from syseventd_superoffice.licences.settings import LicencesSettings
from syseventd_superoffice.licences.settling import settle
from syseventd_superoffice.news import News
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.telling import as_before
from syseventd_superoffice.values import Problems, read_name

NEAR = 7 * 86400.0
"""Seconds around a licence's end in which a new licence is expected any moment."""
WHEN_NEAR = 900.0
"""Seconds until we ask again then, and while a limit of the plan is near."""
WHEN_ASKED = 15.0
"""Seconds until we look for another answer of the licence server."""
SOON = 60.0
"""Seconds until we tell what one snapshot could not."""

PLAN_WITHIN = 3.0
"""Seconds that the plan's limit may take. It must not cost us the licences."""
PLAN_AGAIN = 86400.0
"""Seconds until an installation without that question is asked it again."""


@dataclass
class Round:
    """One probe under way: what it is to say so far."""

    now: Timestamp
    memory: Memory
    news: News
    problems: Problems
    judgement: Judgement = field(default_factory=Judgement)
    facts: dict[str, str] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)
    wishes: list[float] = field(default_factory=list)


class Licences:
    """Reads every owner's licence, and what the installation says of its plan.

    All that it must know from probe to probe is in the memory that is stored with its snapshots.
    """

    def __init__(
        self,
        connection: Connection,
        settings: LicencesSettings | None = None,
        target: str = "",
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._access = connection.access
        self._settings = settings or LicencesSettings()
        self._target = target
        self._clock = clock
        self._asking = Asking(self._access, patience)
        self._memory: Mapping[str, str] = {}
        self._plan_from = 0.0
        self._told = Snapshot()

    def recall(self, memory: Mapping[str, str]) -> None:
        """Takes the memory that was stored with the last snapshot."""
        self._memory = memory

    async def probe(self) -> Snapshot:
        now, before = self._clock(), recalled(self._memory)
        reply = await self._ask(before)
        memory, reply = settle(before, reply, now)
        doing = Round(now, memory, News(self._memory, now), Problems(reply.problems))
        owners = await self._judge(doing, before, reply)
        await self._look_at_plan(doing, _vendor(owners))
        answers = await self._look_at_server(doing, reply)
        told = self._snapshot(doing, reply, replace(memory, owners=owners), answers)
        self._told = as_before(told, self._told)
        return self._told

    async def aclose(self) -> None:
        """Gives up the question to the licence server, if one is under way."""
        await self._asking.aclose()

    async def _ask(self, before: Memory) -> Reply:
        try:
            document = await self._access.licences()
        except NotAvailable as refusal:
            return await read_replacements(self._access, refusal)
        return await read_licences(document, self._settings.hidden, before.spellings)

    async def _judge(self, doing: Round, before: Memory, reply: Reply) -> dict[str, Held]:
        """What is to be remembered of each owner, by its name in small letters."""
        owners: dict[str, Held] = {}
        for licence in reply.licences:
            key = licence.owner.lower()
            held = doing.memory.owners.get(key)
            owners[key] = judge(
                licence, held, self._settings, doing.news, doing.now, doing.judgement
            )
            await asyncio.sleep(0)
        for key, held in doing.memory.owners.items():
            if key not in owners and (not reply.complete or held.owner in reply.unseen):
                owners[key] = held
                doing.judgement.unseen.update(keep(held))
        if before.data == reply.data:
            tell_owners(before.owners, owners, self._settings, doing.news)
        if reply.complete:
            for problem in _unknown_owners(self._settings, owners):
                doing.problems.append(problem)
        return owners

    async def _look_at_plan(self, doing: Round, owner: str) -> None:
        """The plan is the vendor's, who is called `owner`."""
        plan = await self._ask_for_plan(doing)
        event = observe_plan(plan, owner)
        if event is not None:
            doing.judgement.observations.append(event)
        elif not plan.readable:
            doing.judgement.unseen.add(plan_key(owner))
        if plan.words:
            doing.facts[PLAN_LIMIT] = read_name(plan.words)
        doing.measurements += plan.measurements(owner)
        if plan.near:
            doing.wishes.append(WHEN_NEAR)

    async def _ask_for_plan(self, doing: Round) -> Plan:
        if doing.now < self._plan_from:
            return Plan(readable=False)
        try:
            async with asyncio.timeout(PLAN_WITHIN):
                document = await self._access.plan_limit()
        except NotAvailable:
            self._plan_from = doing.now + PLAN_AGAIN
            return Plan(readable=False)
        except (ProbeEnded, TimeoutError) as error:
            reason = str(error) or f"no answer within {PLAN_WITHIN:g} s"
            doing.problems.append(Problem(PLAN_LIMIT, reason))
            return Plan(readable=False)
        return read_plan(document, doing.problems)

    async def _look_at_server(self, doing: Round, reply: Reply) -> server.Answers:
        """The answers of the licence server, a new one among them where one was due."""
        if not self._settings.licence_server:
            return {}
        answers = server.recalled(self._memory)
        if reply.data == ALL and reply.complete:
            owners = [licence.owner for licence in reply.licences]
            known = {*owners, *reply.unseen}
            answers = {owner: answer for owner, answer in answers.items() if owner in known}
            answers = {**dict.fromkeys(owners, server.Answer()), **answers}
            await self._ask_server(doing, answers)
        for owner, answer in answers.items():
            self._tell_answer(doing, owner, answer)
        return answers

    async def _ask_server(self, doing: Round, answers: dict[str, server.Answer]) -> None:
        """Asks for one owner that is due. Others have their turn with the next probe."""
        due = server.due(answers, self._target, doing.now)
        if due:
            before = answers[due[0]]
            answer = await self._asking.look(due[0], before)
            if answer is not None:
                said = server.read_answer(answer, before, doing.now, doing.problems)
                answers |= server.known_by(said, due[0], answers)
            if answer is None or server.due(answers, self._target, doing.now):
                doing.wishes.append(WHEN_ASKED)

    def _tell_answer(self, doing: Round, owner: str, answer: server.Answer) -> None:
        doing.facts[server.fact_name(owner)] = server.fact(answer)
        event = server.observe_answer(owner, answer)
        if event is not None and self._settings.of(owner).events:
            doing.judgement.observations.append(event)
        if answer.failure:
            again = server.minute(server.next_time(answer, self._target, owner))
            reason = f"{answer.failure}; it is asked again {again}"
            doing.problems.append(Problem(server.fact_name(owner), reason))
        if answer.answered is not None:
            sample = Measurement(kinds.SERVER_ANSWERED, answer.answered, owner)
            doing.measurements.append(sample)

    def _snapshot(
        self, doing: Round, reply: Reply, memory: Memory, answers: server.Answers
    ) -> Snapshot:
        said, expiries = doing.judgement, tuple(_expiries(reply))
        wishes = [*doing.wishes, *([SOON] if said.soon else [])]
        if _is_near(expiries, doing.now):
            wishes.append(WHEN_NEAR)
        return Snapshot(
            observations=(*said.observations, *doing.news.observations),
            expiries=expiries,
            seats=tuple(self._seats(reply)),
            measurements=tuple(doing.measurements),
            facts={**reply.facts, "licence data": reply.data, **doing.facts},
            problems=doing.problems.told(),
            endings=tuple(said.endings),
            memory={**memory.written(), **server.written(answers), **doing.news.memory},
            complete=reply.complete,
            unseen=frozenset({*said.unseen, *reply.unseen, *_unread(reply)}),
            ask_again=sooner(min(wishes), self._settings) if wishes else None,
        )

    def _seats(self, reply: Reply) -> Iterator[Seats]:
        for licence in reply.licences:
            for module in licence.modules:
                if module.counted and (self._settings.hidden or not module.hidden):
                    yield Seats(licence.owner, module.name, module.used, module.total, module.title)


def create(target: Target, connection: Connection, settings: LicencesSettings) -> Licences:
    """The source for one installation."""
    return Licences(connection, settings, target.name)


def _unknown_owners(settings: LicencesSettings, owners: Mapping[str, Held]) -> Iterator[Problem]:
    """What is configured for licence owners that the installation does not have."""
    for name in settings.owners:
        if name.lower() not in owners:
            nearest = get_close_matches(name.lower(), owners, 1)
            known = ", ".join(sorted(held.owner for held in owners.values()))
            hint = (
                f'the nearest is "{owners[nearest[0]].owner}"' if nearest else f"there are: {known}"
            )
            yield Problem("owners", f'no licence is of "{name}"; {hint}')


def _vendor(owners: Mapping[str, Held]) -> str:
    """How the vendor is called among the owners."""
    return next((held.owner for held in owners.values() if is_vendors(held.owner)), VENDOR)


def _expiries(reply: Reply) -> Iterator[Expiry]:
    for licence in reply.licences:
        for kind, at in licence.dates.items():
            yield Expiry(kind, licence.owner, at, subject=licence.company, serial=licence.serial)


def _unread(reply: Reply) -> Iterator[str]:
    """Owners of whom a date could not be read: those that are known stay."""
    return (licence.owner for licence in reply.licences if licence.unseen)


def _is_near(expiries: tuple[Expiry, ...], now: Timestamp) -> bool:
    ends = (e.at for e in expiries if e.kind in ("licence", "grace") and e.at != NEVER)
    return any(abs(at - now) < NEAR for at in ends)
