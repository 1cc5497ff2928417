"""What settings classes are made of: durations, secrets, and a base that refuses unknown keys."""

from __future__ import annotations

import os
import re
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
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    raise ValueError(f'{shown} is not a duration; write "{_nearest_duration(value)}"')


def _nearest_duration(value: object) -> str:
    """What the user most likely meant, in the form that we read."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST:
        return f"{_plain(value)}s"
    wordy = _WORDY.fullmatch(value.strip()) if isinstance(value, str) else None
    if wordy is None:
        return "5m"
    number, word = wordy[1], wordy[2].lower() or "s"
    for name, seconds in _LONG.items():
        if word.startswith(name):
            return format_duration(min(float(number) * seconds, LONGEST))
    unit = "ms" if word.startswith(("ms", "milli")) else word[0]
    fits = unit in UNITS and float(number) * UNITS[unit] <= LONGEST
    return f"{number}{unit}" if fits else "5m"


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


def _read_secret_file(value: object) -> SecretStr:
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
    return SecretStr(secret)


def _read_secret_variable(value: object) -> SecretStr:
    if not isinstance(value, str) or not value:
        raise ValueError("names the environment variable that holds the secret")
    secret = os.environ.get(value)
    if not secret:
        raise ValueError("names a variable that the environment does not have")
    return SecretStr(secret)


class _TextSchema:
    """Tells editors that what is written here is a name, not the secret itself."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string"}


SecretFile = Annotated[SecretStr, BeforeValidator(_read_secret_file), _TextSchema]
"""A file that holds a secret: absolute, or relative to systemd's credentials directory.

The value is the file's text without its last line break, shown nowhere: `.get_secret_value()`.
"""

SecretVariable = Annotated[SecretStr, BeforeValidator(_read_secret_variable), _TextSchema]
"""The name of an environment variable that holds a secret. The value is shown nowhere."""


class SourceSettings(Settings):
    """What every source can be told; a plugin's own class for its source builds on it."""

    enabled: StrictBool = Field(default=True, description="whether this source is watched")
    interval: Interval | None = Field(default=None, description="how often it is asked")
    timeout: Duration | None = Field(default=None, description="how long one probe may take")
    stale_after: Duration | None = Field(
        default=None, description="how long a measurement is shown after the last successful probe"
    )
