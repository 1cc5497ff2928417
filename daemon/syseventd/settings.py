"""What settings classes are made of: durations, secrets, and a base that refuses unknown keys."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_WORDY = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\.?", re.IGNORECASE)


class Settings(BaseModel):
    """Base of every settings class, the plugins' too: immutable, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_duration(value: object) -> float:
    """`"1h30m"` → 5400.0 seconds. Raises ValueError that says what to write instead."""
    if isinstance(value, str):
        parts = _PART.findall(value)
        if parts and "".join(number + unit for number, unit in parts) == value:
            return sum(float(number) * UNITS[unit] for number, unit in parts)
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    raise ValueError(f'{shown} is not a duration; write "{_nearest_duration(value)}"')


def _nearest_duration(value: object) -> str:
    """What the user most likely meant, in the form that we read."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return f"{value:g}s"
    wordy = _WORDY.fullmatch(value.strip()) if isinstance(value, str) else None
    if wordy is None:
        return f"{value}s" if isinstance(value, str) and value.isdigit() else "5m"
    number, word = wordy.groups()
    unit = "ms" if word.lower().startswith(("ms", "milli")) else word[0].lower()
    return f"{number}{unit}" if unit in UNITS else "5m"


def format_duration(seconds: float) -> str:
    """5400.0 → `"1h30m"`: the form that `parse_duration` reads."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    parts = []
    for unit in ("d", "h", "m"):
        count, seconds = divmod(seconds, UNITS[unit])
        if count:
            parts.append(f"{count:g}{unit}")
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


def credentials_directory() -> Path | None:
    """Where systemd laid the service's credentials, if it did (systemd.exec(5))."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(directory) if directory else None


def _read_secret_file(value: object) -> SecretStr:
    if not isinstance(value, str) or not value:
        raise ValueError("names the file that holds the secret")
    path = Path(value)
    if not path.is_absolute():
        directory = credentials_directory()
        if directory is None:
            raise ValueError(
                f'"{value}" is relative, and systemd has laid no credentials; '
                "write an absolute path, or load it with LoadCredential="
            )
        path = directory / path
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    if not secret:
        raise ValueError(f"{path} is empty")
    return SecretStr(secret)


def _read_secret_variable(value: object) -> SecretStr:
    if not isinstance(value, str) or not value:
        raise ValueError("names the environment variable that holds the secret")
    secret = os.environ.get(value)
    if not secret:
        raise ValueError(f"the environment has no variable {value}")
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

    enabled: bool = Field(True, description="whether this source is watched")
    interval: Duration | None = Field(None, description="how often it is asked")
    timeout: Duration | None = Field(None, description="how long one probe may take")
    stale_after: Duration | None = Field(
        None, description="how long a measurement is shown after the last successful probe"
    )
