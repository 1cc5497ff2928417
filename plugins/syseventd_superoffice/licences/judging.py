"""What one owner's licence means now, beside what is remembered: events, news, memory. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from syseventd import Ending, EndReason, Observation, Timestamp
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.changes import changes, enumerated
from syseventd_superoffice.licences.expiry import LICENCE, MAINTENANCE, check_missed, follow
from syseventd_superoffice.licences.licence import Licence, Waiting, event_key
from syseventd_superoffice.licences.memory import Held
from syseventd_superoffice.licences.seats import observe, seats_key, state_of
from syseventd_superoffice.licences.settings import LicencesSettings
from syseventd_superoffice.licences.waiting import observe_waiting
from syseventd_superoffice.news import News

ABOUT_DATES = ("expiry", "maintenance", "check")


@dataclass
class Judgement:
    """What the source is to say. `soon`: something more is to be said with the next probe."""

    observations: list[Observation] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    soon: bool = False


def keep(held: Held) -> Iterator[str]:
    """The keys of all events of an owner of whom nothing could be read."""
    for what in (*ABOUT_DATES, "waiting"):
        yield event_key(what, held.owner)
    for module in held.seats:
        yield seats_key(held.owner, module)


def judge(
    licence: Licence,
    held: Held | None,
    settings: LicencesSettings,
    news: News,
    now: Timestamp,
    judgement: Judgement,
) -> Held:
    """Adds what is to be said of one owner; returns what is to be remembered of it."""
    if not settings.of(licence.owner).events:
        return _remember(licence, held, {}, frozenset())
    if licence.unseen:
        # What can't be read now is as it was: a grace that nobody can read is not over.
        licence = replace(licence, dates={**(held.dates if held else {}), **licence.dates})
        judgement.unseen.update(event_key(what, licence.owner) for what in ABOUT_DATES)
    rungs, renewed = _judge_dates(licence, held, settings, news, now, judgement)
    changed = changes(held, licence, settings.hidden) if held else []
    if changed:
        news.tell(
            event_key("changed", licence.owner),
            kinds.CHANGED,
            f"Licence of {licence.owner} has changed",
            enumerated(changed),
        )
    activated = changed or (["renewed"] if renewed else [])
    _judge_waiting(licence, enumerated(activated), judgement)
    seats = _judge_seats(licence, held, settings, judgement)
    return _remember(licence, held, rungs, seats)


def tell_owners(
    before: Mapping[str, Held], after: Mapping[str, Held], settings: LicencesSettings, news: News
) -> None:
    """Tells which owners came and went; at the first probe of all nobody came."""
    for key in sorted(after.keys() ^ before.keys()) if before else ():
        owner = after[key].owner if key in after else before[key].owner
        if settings.of(owner).events:
            name = f"Licence of {owner} was {'added' if key in after else 'removed'}"
            news.tell(event_key("changed", owner), kinds.CHANGED, name)


def _judge_dates(
    licence: Licence,
    held: Held | None,
    settings: LicencesSettings,
    news: News,
    now: Timestamp,
    judgement: Judgement,
) -> tuple[dict[str, float], bool]:
    """The rungs on which its dates stand, and whether any of them was put off."""
    own = settings.of(licence.owner)
    rungs, quiet, ended = {}, [], False
    for road, ladder in ((LICENCE, own.rungs), (MAINTENANCE, own.maintenance_rungs)):
        course = follow(road, licence, held, ladder or (), now)
        if course.observation is not None:
            judgement.observations.append(course.observation)
        if course.rung is not None:
            rungs[road.date] = course.rung
        if course.ending is not None:
            judgement.endings.append(course.ending)
            judgement.soon = ended = True
        elif course.renewal:
            quiet.append(f"{road.name} {licence.owner}: {course.renewal}")
    if quiet and not ended:
        name = f"Licence of {licence.owner} was renewed"
        news.tell(event_key("renewed", licence.owner), kinds.RENEWED, name, "; ".join(quiet))
    check = check_missed(licence, held, settings.check_missed_after, now)
    if isinstance(check, Observation):
        judgement.observations.append(check)
    elif check is not None:
        judgement.endings.append(check)
    return rungs, ended or bool(quiet)


def _judge_waiting(licence: Licence, activated: str, judgement: Judgement) -> None:
    """One that waits no more was activated, if what holds has changed: `activated` says how."""
    if licence.waiting_unseen:
        judgement.unseen.add(event_key("waiting", licence.owner))
    elif licence.waiting is not None:
        judgement.observations.append(observe_waiting(licence, licence.waiting))
    elif activated:
        last = observe_waiting(licence, Waiting(can_be_activated=True))
        last = replace(last, status="activated", message=activated)
        judgement.endings.append(Ending(last, EndReason.SUCCEEDED))


def _judge_seats(
    licence: Licence, held: Held | None, settings: LicencesSettings, judgement: Judgement
) -> frozenset[str]:
    """The modules that have an event now, or had one and can't be looked at."""
    before = held.seats if held else frozenset()
    counted = [module for module in licence.modules if module.used is not None]
    open_now = set()
    for module in counted:
        if module.hidden and not settings.hidden:
            continue
        allowed = licence.waiting.allows(module.key) if licence.waiting else None
        kind = state_of(module, allowed, module.key in before, settings.limits)
        if kind is not None:
            open_now.add(module.key)
            judgement.observations.append(observe(licence, module, kind))
    missing = before.difference(module.key for module in counted)
    kept = {key for key in missing if _may_be_there(licence, key)}
    judgement.unseen.update(seats_key(licence.owner, key) for key in kept)
    return frozenset(open_now | kept)


def _may_be_there(licence: Licence, module: str) -> bool:
    """Whether a module whose seats were not counted may have them all the same."""
    uncounted = (m.key for m in licence.modules if m.used is None)
    return licence.modules_unseen or module in licence.lost or module in uncounted


def _remember(
    licence: Licence, held: Held | None, rungs: dict[str, float], seats: frozenset[str]
) -> Held:
    before = held or Held(licence.owner)
    modules, hidden = _remember_modules(licence, before)
    return Held(licence.owner, licence.dates, rungs, modules, hidden, seats)


def _remember_modules(
    licence: Licence, before: Held
) -> tuple[dict[str, int | None] | None, frozenset[str]]:
    """The modules' numbers, and which of them are hidden.

    None as long as not all of them were ever read: what is read later must not look new.
    """
    if before.modules is None and (licence.modules_unseen or licence.lost):
        return None, frozenset()
    known = before.modules or {}
    kept = known if licence.modules_unseen else {m: known[m] for m in licence.lost if m in known}
    modules = {**kept, **{module.key: module.total for module in licence.modules}}
    hidden = {module.key for module in licence.modules if module.hidden}
    return modules, frozenset(hidden | (before.hidden & kept.keys()))
