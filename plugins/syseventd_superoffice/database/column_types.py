"""The types of columns: what the vendor keeps in them, and how the WebAPI would write it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Integer, SmallInteger, Text
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Time(TypeDecorator[Any]):
    """A time as the driver hands it over: what it means depends on the column and on the zone.

    A date and time in present databases, a number of seconds in very old ones, text in SQLite.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        as_text = dialect.name == "sqlite" and isinstance(value, datetime)
        return value.isoformat(" ") if as_text else value


class UtcTime(_Time):
    """The vendor's UtcDateTime."""

    cache_ok = True


class BaseTime(_Time):
    """The vendor's DateTime, in the base time zone of the installation."""

    cache_ok = True


class Flag(TypeDecorator[Any]):
    """The vendor's Bool: 0 or 1 in 16 bits. What is neither comes as it is."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return int(value) if isinstance(value, bool) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return bool(value) if value in (0, 1) else value


class UShort(TypeDecorator[Any]):
    """The vendor's UShort: 16 bits, which SQL Server can only keep with a sign."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value + 2**16 if isinstance(value, int) and -(2**15) <= value < 0 else value


class Word(TypeDecorator[Any]):
    """An enumeration, kept by number and told by name. A number without a name stays one.

    `names` are in the order of their numbers, which begin with 0.
    """

    impl = SmallInteger
    cache_ok = True

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return self.names.index(value) if value in self.names else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        known = isinstance(value, int) and 0 <= value < len(self.names)
        return self.names[value] if known else value
