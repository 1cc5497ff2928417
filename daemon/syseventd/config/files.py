"""Reads the configuration's text: one TOML file and the `conf.d` beside it, merged."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from syseventd.config.faults import join
from syseventd.errors import ConfigInvalid, Fault

DROP_INS = "conf.d"


def read(path: Path) -> dict[str, Any]:
    """The merged tables of `path` and of `conf.d/*.toml` beside it, in the order of their names.

    Raises ConfigInvalid with every file that can't be read and every value that two files set.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    faults: list[Fault] = []
    for file in (path, *_drop_ins(path.parent / DROP_INS, faults)):
        shown = file.name if file == path else f"{DROP_INS}/{file.name}"
        try:
            _merge(merged, _parse(file, shown), "", shown, origins, faults)
        except ConfigInvalid as error:
            faults.extend(error.faults)
        except RecursionError:
            faults.append(Fault(shown, "is nested too deeply"))
    if faults:
        raise ConfigInvalid(tuple(faults))
    return merged


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


def _parse(file: Path, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid((Fault(str(file), f"can't be read: {error.strerror}"),)) from None
    except UnicodeDecodeError as error:
        problem = f"is not text in UTF-8 (byte {error.start})"
        raise ConfigInvalid((Fault(shown, problem),)) from None
    except ValueError as error:
        # The parser names places and keys, and never a value: that may be a secret.
        raise ConfigInvalid((Fault(shown, f"is not valid TOML: {error}"),)) from None


def _merge(
    into: dict[str, Any],
    table: dict[str, Any],
    place: str,
    file: str,
    origins: dict[str, str],
    faults: list[Fault],
) -> None:
    """Tables of several files come together; a value that two files set is a fault."""
    for key, value in table.items():
        inner = join(place, key)
        if key not in into:
            into[key] = value if not isinstance(value, dict) else {}
            origins[inner] = file
        elif not (isinstance(value, dict) and isinstance(into[key], dict)):
            faults.append(Fault(inner, f"is set in {origins[inner]} and again in {file}"))
            continue
        if isinstance(value, dict):
            _merge(into[key], value, inner, file, origins, faults)
