"""The limit of a CRM Suite plan: how near it is, as the installation itself tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syseventd import Measurement, Observation, Problem
from syseventd_superoffice.access import Document
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.licence import event_key
from syseventd_superoffice.plan_words import limit_in_words
from syseventd_superoffice.values import (
    Fields,
    is_object,
    read_count,
    read_flag,
    read_message,
    why_no_object,
)

PLAN_LIMIT = "plan limit"
"""The fact that says how the limit stands, and where a problem of asking for it is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many active entities there are, and may be at most; None where nothing is limited."""

    counts: tuple[int, int] | None = None
    near: bool = False
    reached: bool = False
    message: str = ""
    readable: bool = True

    @property
    def words(self) -> str:
        """How many of how many, of what; "" where there is nothing to say."""
        active, maximum = self.counts or (None, None)
        return limit_in_words(active, maximum, self.message)

    def measurements(self, owner: str) -> Iterator[Measurement]:
        """The same as gauges; `owner` is whose plan it is."""
        names = (kinds.PLAN_ACTIVE, kinds.PLAN_MAXIMUM)
        for name, count in zip(names, self.counts or (), strict=False):
            yield Measurement(name, float(count), owner)


def read_plan(document: Document, problems: list[Problem]) -> Plan:
    """FencingInfo → how the plan's limit stands; not readable where its flags are not."""
    if not is_object(document.value):
        problems.append(Problem(document.where, why_no_object(document.value)))
        return Plan(readable=False)
    fields = Fields(document.where, document.value, problems)
    active = fields.read("ActiveCount", read_count, None)
    maximum = fields.read("Maximum", read_count, None)
    counts = (active, maximum) if active is not None and maximum else None
    message = fields.read("WarningMessage", read_message, "")
    tooltip = fields.read("WarningTooltip", read_message, "")
    try:
        near = fields.need("IsNearingMaximum", read_flag)
        reached = fields.need("HasReachedMaximum", read_flag)
    except ValueError as error:
        fields.note(str(error))
        return Plan(counts, readable=False)
    return Plan(counts, near or reached, reached, message or tooltip)


def plan_key(owner: str) -> str:
    """The key of the event; `owner` is whose plan it is."""
    return event_key("plan-limit", owner)


def observe_plan(plan: Plan, owner: str) -> Observation | None:
    """The event of a limit that is near or reached; None while it is neither."""
    if not plan.near:
        return None
    details = zip(("Active", "Maximum"), map(str, plan.counts or ()), strict=False)
    return Observation(
        key=plan_key(owner),
        kind=kinds.PLAN_REACHED if plan.reached else kinds.PLAN_NEAR,
        name="Limit of the plan",
        status="reached" if plan.reached else "near",
        message=plan.words,
        details=tuple(details),
    )
