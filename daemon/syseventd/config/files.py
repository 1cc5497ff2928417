"""Reads the configuration's text: one TOML file and the `conf.d` beside it, merged."""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syseventd.config.faults import join
from syseventd.config.syntax import hint, in_words
from syseventd.errors import ConfigInvalid, Fault

DROP_INS = "conf.d"
LARGEST = 32 * 1024 * 1024
"""Bytes that a file may have: room for a hundred thousand targets."""


@dataclass(slots=True)
class Text:
    """What all files hold together, and which of them set what, by dotted place."""

    tables: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    files: int = 0

    def located(self, fault: Fault) -> Fault:
        """The fault with the file that it stands in, where there are several."""
        place = fault.place
        while self.files > 1 and place:
            if place in self.origins:
                return Fault(f"{self.origins[place]}: {fault.place}", fault.problem)
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return fault


def read(path: Path) -> Text:
    """What stands in `path` and in `conf.d/*.toml` beside it, in the order of their names.

    Raises ConfigInvalid with every file that can't be read and every value that two files set.
    """
    text = Text()
    faults: list[Fault] = []
    for file in (path, *_drop_ins(path.parent / DROP_INS, faults)):
        shown = file.name if file == path else f"{DROP_INS}/{file.name}"
        text.files += 1
        try:
            _merge(text, text.tables, _parse(file, shown, is_main=file == path), "", shown, faults)
        except ConfigInvalid as error:
            faults.extend(error.faults)
        except RecursionError:
            faults.append(Fault(shown, "is nested too deeply"))
    if faults:
        raise ConfigInvalid(tuple(faults))
    return text


def _drop_ins(folder: Path, faults: list[Fault]) -> list[Path]:
    """The files of a folder that may be missing. Hidden ones are editors'."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        faults.append(Fault(str(folder), f"can't be read: {error.strerror}"))
        return []
    return [folder / n for n in names if n.endswith(".toml") and not n.startswith(".")]


def _parse(file: Path, shown: str, *, is_main: bool) -> dict[str, Any]:
    try:
        # Editors of Windows put a mark before the text.
        text = _content(file, is_main).decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigInvalid((Fault(str(file), f"can't be read: {error.strerror}"),)) from None
    except UnicodeDecodeError as error:
        problem = f"is not text in UTF-8 (byte {error.start})"
        raise ConfigInvalid((Fault(shown, problem),)) from None
    try:
        return tomllib.loads(text)
    except ValueError as error:
        # The parser names places and keys, and never a value: that may be a secret.
        problem = f"is not valid TOML: {in_words(str(error))}{hint(text, str(error))}"
        raise ConfigInvalid((Fault(shown, problem),)) from None


def _content(file: Path, is_main: bool) -> bytes:
    """The file's bytes. Raises OSError and ConfigInvalid."""

    def at_once(path: str, flags: int) -> int:
        # Opening a pipe that nobody writes to waits for ever; one that the user names is meant.
        return os.open(path, flags | (0 if is_main else os.O_NONBLOCK))

    with open(file, "rb", opener=at_once) as stream:
        if not (is_main or stat.S_ISREG(os.fstat(stream.fileno()).st_mode)):
            raise ConfigInvalid((Fault(str(file), "is neither a file nor a link to one"),))
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        problem = f"is too large; a file may have {LARGEST // 1024 // 1024} MiB"
        raise ConfigInvalid((Fault(str(file), problem),))
    return content


def _merge(
    text: Text,
    into: dict[str, Any],
    table: dict[str, Any],
    place: str,
    file: str,
    faults: list[Fault],
) -> None:
    """Tables of several files come together; a value that two files set is a fault."""
    for key, value in table.items():
        inner = join(place, key)
        if key not in into:
            into[key] = value if not isinstance(value, dict) else {}
            text.origins[inner] = file
        elif not (isinstance(value, dict) and isinstance(into[key], dict)):
            faults.append(Fault(inner, f"is set in {text.origins[inner]} and again in {file}"))
            continue
        if isinstance(value, dict):
            _merge(text, into[key], value, inner, file, faults)
