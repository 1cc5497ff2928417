"""A long list, one page at a time: so that no page grows with what is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Page `number` (from 1) of `total` items, of which each page but the last holds `size`."""

    items: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The number of this page's first item, from 1; 0 where there is none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.items)

    @property
    def more(self) -> int:
        """How many items come after this page."""
        return self.total - self.last

    def map(self, show: Callable[[T], U]) -> Page[U]:
        """The same page, each item as `show` makes it."""
        return Page([show(item) for item in self.items], self.number, self.size, self.total)


def page_of(items: Sequence[T], number: int, size: int) -> Page[T]:
    """A page of `items`, as they stand. A number that is too high means the last page."""
    last_page = max(1, -(-len(items) // size))
    number = min(number, last_page)
    return Page(items[(number - 1) * size : number * size], number, size, len(items))


def read_page(text: str) -> int:
    """A page's number from a query string; what is none means the first page."""
    if text.isascii() and text.isdigit() and len(text) < 7:
        return max(1, int(text))
    return 1


def cut(items: Iterable[T], size: int) -> Page[T]:
    """The first `size` items as they stand, and how many more there are."""
    return page_of(list(items), 1, size)
