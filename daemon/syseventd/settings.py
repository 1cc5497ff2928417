"""What settings classes are made of: durations, fractions, secrets, and a strict base."""

from __future__ import annotations

import functools
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    StrictBool,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
LONGEST = 36500 * UNITS["d"]
"""Seconds of the longest duration: a hundred years, more than any date that we reckon with."""
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)
_WORDY = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*([a-z]*)\.?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_LONG = {"mo": 30 * UNITS["d"], "y": 365 * UNITS["d"]}
"""Seconds in what is no unit of ours, by how its name begins."""


class Settings(BaseModel):
    """Base of every settings class, the plugins' too: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_duration(value: object) -> float:
    """`"1h30m"` → 5400.0 seconds. Raises ValueError that says what to write instead."""
    if isinstance(value, str):
        parts = _PART.findall(value)
        if parts and "".join(number + unit for number, unit in parts) == value:
            seconds = sum(float(number) * UNITS[unit] for number, unit in parts)
            if seconds > LONGEST:
                raise ValueError(f'"{value[:20]}" is too long; at the most write "36500d"')
            return seconds
    raise NotADuration(value)


class NotADuration(ValueError):
    """What stands where a duration belongs; its words say what to write instead."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.value = value

    def __str__(self) -> str:
        return self.advising()

    def advising(self, usual: Iterable[float] = ()) -> str:
        """The words for a setting that usually holds something like these seconds."""
        shown = f'"{self.value}"' if isinstance(self.value, str) else repr(self.value)
        return f'{shown} is not a duration; write "{_nearest_duration(self.value, tuple(usual))}"'


def _nearest_duration(value: object, usual: tuple[float, ...]) -> str:
    """What the user most likely meant, in the form that we read."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST:
        return _with_unit(_plain(value), usual)
    wordy = _WORDY.fullmatch(value.strip()) if isinstance(value, str) else None
    if wordy is None:
        return format_duration(usual[0]) if usual else "5m"
    number, word = wordy[1], wordy[2].lower()
    if not word:
        return _with_unit(number, usual)
    for name, seconds in _LONG.items():
        if word.startswith(name):
            return format_duration(min(float(number) * seconds, LONGEST))
    unit = "ms" if word.startswith(("ms", "milli")) else word[0]
    fits = unit in UNITS and float(number) * UNITS[unit] <= LONGEST
    return f"{number}{unit}" if fits else "5m"


def _with_unit(number: str, usual: tuple[float, ...]) -> str:
    """A bare number in seconds, or in a unit of what is usual, where it comes nearer to that."""

    def distance(unit: str) -> float:
        seconds = float(number) * UNITS[unit]
        if not 0 < seconds <= LONGEST:
            return math.inf
        return min((abs(math.log(seconds / each)) for each in usual), default=0.0)

    unit = min(("s", *map(_unit_of, usual)), key=distance)
    return "5m" if math.isinf(distance(unit)) else f"{number}{unit}"


def _unit_of(seconds: float) -> str:
    """The largest unit that a duration is written in alone: 600 seconds are minutes."""
    return next((unit for unit in "dhm" if seconds % UNITS[unit] == 0), "s")


def _plain(number: float) -> str:
    """Up to six decimals and never an exponent, which `parse_duration` would not read."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def format_duration(seconds: float) -> str:
    """5400.0 → `"1h30m"`: the form that `parse_duration` reads."""
    if seconds < 1:
        return f"{_plain(seconds * 1000)}ms"
    seconds = round(seconds, 3)  # else 59.9999999 would read "60s"
    parts = []
    for unit in ("d", "h", "m"):
        count, seconds = divmod(seconds, UNITS[unit])
        if count:
            parts.append(f"{count:.0f}{unit}")
    return "".join(parts) + (f"{seconds:g}s" if seconds or not parts else "")


class _DurationSchema:
    """Tells editors that a duration is written as text."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        pattern = r"^(\d+(\.\d+)?(ms|[smhdw]))+$"
        return {"type": "string", "pattern": pattern, "examples": ["15s", "5m", "2h", "30d"]}


Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0), _DurationSchema]
"""Seconds, written `15s`, `5m`, `2h`, `30d` or together, `1h30m`. More than zero."""


def parse_fraction(value: object) -> float:
    """0.85 → 0.85. Raises ValueError that says what to write in place of `85` or `"85 %"`."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
    shown = f"{shown} " if len(shown) <= 60 else ""
    raise ValueError(f"{shown}is not a share from 0 to 1; write {_nearest_fraction(value)}")


def _nearest_fraction(value: object) -> str:
    """What the user most likely meant: above 1, per cent."""
    text = str(value).replace("%", "").replace(",", ".").strip()
    if _NUMBER.fullmatch(text):
        number, is_percent = float(text), "%" in str(value)
        if number <= 1 and not is_percent:
            return _plain(number)
        # Hardly anybody means 1.1 per cent: rather more than all.
        if number <= 100 and (is_percent or number >= 2):
            return _plain(number / 100)
    return "for example 0.85"


Fraction = Annotated[float, BeforeValidator(parse_fraction), Field(ge=0, le=1)]
"""A share of a whole, from 0 to 1: 0.85, and not 85."""


SHORTEST_INTERVAL = 0.01


def _check_interval(seconds: float) -> float:
    if seconds < SHORTEST_INTERVAL:
        shortest = format_duration(SHORTEST_INTERVAL)
        raise ValueError(f"is too short; a source is asked every {shortest} at the most")
    return seconds


Interval = Annotated[Duration, AfterValidator(_check_interval)]
"""How often something is asked: a Duration of at least 10 ms."""


CREDENTIALS = Path("/etc/syseventd/credentials")
"""Whence our unit has systemd take the service's credentials, each as `syseventd_NAME`."""


def credentials_directory() -> Path | None:
    """Where systemd laid the service's credentials, if it did (systemd.exec(5))."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(directory) if directory else None


class FoundSecret(SecretStr):
    """A secret that knows where it was read, for faults: `origin`, and `file` if it was one."""

    def __init__(self, value: str, origin: str, file: Path | None = None) -> None:
        super().__init__(value)
        self.origin = origin
        self.file = file


def _secret_path(name: str) -> Path:
    """The file that a secret's name stands for. Raises ValueError that says where it could be.

    It does not repeat a name that is no file's: people write the secret itself there.
    """
    if Path(name).is_absolute():
        if not _may_exist(Path(name)):
            raise ValueError("names a file that is not there; see how its path is spelt")
        return Path(name)
    directory = credentials_directory()
    if directory is None:
        # A command in the hands of an administrator, who may read what systemd would hand over.
        for path in (CREDENTIALS / name, CREDENTIALS / name.removeprefix("syseventd_")):
            if _may_exist(path):
                return path
        raise ValueError(f"names no file in {CREDENTIALS}; put it there, or write an absolute path")
    # systemd puts the credential's own name before those of a folder's files.
    for path in (directory / name, directory / f"syseventd_{name.replace('/', '_')}"):
        if _may_exist(path):
            return path
    raise ValueError(
        f"names no file in {CREDENTIALS}, or one that came there after the start; "
        "put it there and restart the service, or write an absolute path"
    )


def _may_exist(path: Path) -> bool:
    """Whether it is there; where we may not look, the one who reads it says so."""
    try:
        return path.exists()
    except OSError:
        return True


def _read_secret_file(value: object) -> FoundSecret:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("names the file that holds the secret")
    path = _secret_path(value)
    # What can't be seen may be no file's name, but the secret itself.
    shown = path if os.path.lexists(path) else "the file that it names"
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{shown} is not text in UTF-8") from None
    except OSError as error:
        raise ValueError(f"{shown} can't be read: {error.strerror}") from None
    if not secret:
        raise ValueError(f"{shown} is empty")
    return _found_in_file(secret, path)


@functools.lru_cache(maxsize=64)
def _found_in_file(secret: str, path: Path) -> FoundSecret:
    """The same object for the same text of the same file: a thousand targets may name it."""
    return FoundSecret(secret, str(path), path)


def _read_secret_variable(value: object) -> FoundSecret:
    if not isinstance(value, str) or not value:
        raise ValueError("names the environment variable that holds the secret")
    secret = os.environ.get(value)
    if not secret:
        raise ValueError("names a variable that the environment does not have")
    return FoundSecret(secret, f"the variable {value}")


class _TextSchema:
    """Tells editors that what is written here is a name, not the secret itself."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string"}


SecretFile = Annotated[FoundSecret, BeforeValidator(_read_secret_file), _TextSchema]
"""A file that holds a secret: absolute, or relative to systemd's credentials directory.

The value is the file's text without its last line break, shown nowhere: `.get_secret_value()`.
Faults about what it holds name its `.origin`, the file's path.
"""

SecretVariable = Annotated[FoundSecret, BeforeValidator(_read_secret_variable), _TextSchema]
"""The name of an environment variable that holds a secret. The value is shown nowhere."""


class SourceSettings(Settings):
    """What every source can be told; a plugin's own class for its source builds on it."""

    enabled: StrictBool = Field(default=True, description="whether this source is watched")
    interval: Interval | None = Field(default=None, description="how often it is asked")
    timeout: Duration | None = Field(default=None, description="how long one probe may take")
    stale_after: Duration | None = Field(
        default=None, description="how long a measurement is shown after the last successful probe"
    )
