"""What every archive does with a request: choosing, sorting and paging of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

from syseventd_superoffice.simulator.errors import bad_request, not_played
from syseventd_superoffice.simulator.reading import Reading

R = TypeVar("R")

_INT32 = re.compile(r"[0-9]{1,10}")

PAGE = 1000
"""How many rows come at most where the request doesn't say: the vendor's own number."""

PLAYED = frozenset({"$select", "$orderby", "$top", "$skip", "$mode", "$format", "$output"})
ONLY_PLAYED_AS = {"$mode": "slim", "$format": "json", "$output": "logical"}
"""Parameters that may be given, so long as they ask for what the simulator does anyway."""


@dataclass(frozen=True)
class Archive(Generic[R]):
    """A list of the vendor's: the columns of its rows, and what can be done with them.

    The vendor's columns that only filter, `getAllRows` and `getNoRows`, have no value to show.
    """

    name: str
    entity: Callable[[R], str]
    key: Callable[[R], int]
    columns: Mapping[str, Callable[[R, Reading], object]]
    shown: tuple[str, ...]
    """The columns that come where the request doesn't say."""
    not_sortable: frozenset[str] = frozenset()

    def parse(self, parameters: Mapping[str, str]) -> Query:
        """What a request asks for. Refuses what is wrong, and what the simulator doesn't play."""
        given = {name.lower(): value for name, value in parameters.items() if name.startswith("$")}
        for name, value in given.items():
            if name not in PLAYED or value.lower() != ONLY_PLAYED_AS.get(name, value.lower()):
                raise not_played(f"{name}={value}")
        return Query(
            columns=self._selected(given.get("$select", "")),
            order=self._order(given.get("$orderby", "")),
            top=_number(given, "$top", PAGE),
            skip=_number(given, "$skip", 0),
        )

    def _selected(self, select: str) -> tuple[str, ...]:
        names = [name.strip() for name in select.split(",") if name.strip()]
        for name in names:
            self._check_column(name)
        return tuple(names) or self.shown

    def _check_column(self, name: str) -> None:
        if name not in self.columns:
            raise bad_request(f"The archive {self.name} has no column {name!r}")

    def _order(self, order_by: str) -> tuple[tuple[str, bool], ...]:
        order = []
        for term in filter(None, (term.strip() for term in order_by.split(","))):
            column, _, direction = term.partition(" ")
            self._check_column(column)
            if column in self.not_sortable:
                raise bad_request(f"The column {column!r} can't be sorted by")
            if direction.strip().lower() not in ("", "asc", "desc"):
                raise bad_request(f"{term!r} sorts in no direction; write asc or desc")
            order.append((column, direction.strip().lower() == "desc"))
        return tuple(order)

    def page(self, rows: Iterable[R], query: Query, reading: Reading) -> Page:
        """The rows that a request asked for, and whether there are more behind them."""
        wanted = {*query.columns, *(column for column, _ in query.order)}
        told = [self._row(row, wanted, reading) for row in rows]
        # Python sorts stably: sorted by the last term first, the first term decides.
        for column, descending in reversed(query.order):
            told.sort(key=itemgetter(column), reverse=descending)
        chosen = told[query.skip : query.skip + query.top]
        keep = ("PrimaryKey", "EntityName", *query.columns)
        # A page of no rows leads nowhere: a link to the next would be one to itself.
        more = 0 < query.top < len(told) - query.skip
        return Page([{name: row[name] for name in keep} for row in chosen], more)

    def _row(self, row: R, wanted: Iterable[str], reading: Reading) -> dict[str, Any]:
        return {
            "PrimaryKey": str(self.key(row)),
            "EntityName": self.entity(row),
            **{name: self.columns[name](row, reading) for name in wanted},
        }


@dataclass(frozen=True, slots=True)
class Query:
    """Which columns and rows a request wants, and in which order."""

    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    """Column, and whether it descends; the first decides first."""
    top: int
    skip: int


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, and whether there are more."""

    rows: list[dict[str, Any]]
    more: bool


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not _INT32.fullmatch(text) or int(text) >= 2**31:
        raise bad_request(f"{name} is {text!r}, and must be a whole number")
    return int(text)
