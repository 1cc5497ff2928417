"""The configured table of kinds: what it matches, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from syseventd_superoffice.imports import ImportsSettings
from syseventd_superoffice.kinds import SYSTEM_EVENTS, KindPattern
from syseventd_superoffice.system_events import SystemEvents, SystemEventsSettings

ROW = {"eventkey": "kSEPublish", "eventname": "Moonlight", "type": "Database"}

TABLE = [
    KindPattern(pattern=r"^MyAddon:", kind="import"),
    KindPattern(pattern=r"nightly login", kind="no-login"),
]


@pytest.mark.parametrize(
    ("hints", "kind"),
    [
        (("myaddon:sync", "", ""), "import"),
        (("sync myaddon:", "", ""), "system-event"),
        (("x", "Nightly login pause", ""), "no-login"),
        (("kSEFreetextRebuild", "nightly login", ""), "no-login"),
        (("kSEFreetextRebuild", "", ""), "freetext-rebuild"),
        (("x", "Import of contacts", ""), "import"),
        (("x", "Important news", ""), "system-event"),
    ],
)
def test_the_table_comes_before_what_is_built_in(hints: tuple[str, ...], kind: str) -> None:
    """Its patterns see a hint as it is, whatever the case; then the built-in signs are asked."""
    assert SYSTEM_EVENTS.extended(TABLE).kind_of(*hints) == kind


def test_further_texts_are_for_the_table_alone() -> None:
    """What people typed does not mean a kind by itself."""
    further = ("MyAddon: freetext rebuild",)
    assert SYSTEM_EVENTS.kind_of("x", further=further) == "system-event"
    assert SYSTEM_EVENTS.extended(TABLE).kind_of("x", further=further) == "import"


@pytest.mark.parametrize("settings", [ImportsSettings, SystemEventsSettings])
def test_both_sources_take_a_table(settings: type[ImportsSettings | SystemEventsSettings]) -> None:
    """It is written as a list of tables."""
    line = {"pattern": "x", "kind": "import"}
    assert settings.model_validate({"kinds": [line]}).kinds == (KindPattern(**line),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"pattern": "(", "kind": "import"}, "is no regular expression: missing"),
        ({"pattern": "x", "kind": "imports"}, "is no kind; write one of batch-task, freetext-re"),
        ({"pattern": "", "kind": "import"}, "at least 1 character"),
        ({"pattern": "x" * 201, "kind": "import"}, "at most 200 characters"),
        ({"pattern": "x"}, "Field required"),
        ({"pattern": "x", "kind": "import", "colour": "red"}, "Extra inputs"),
    ],
)
def test_a_line_that_is_wrong_is_refused(line: dict[str, str], said: str) -> None:
    """The message says what to write."""
    with pytest.raises(ValidationError, match=said):
        ImportsSettings.model_validate({"kinds": [line]})


def test_a_pattern_too_large_to_compile_is_refused() -> None:
    """Whatever the compiler of patterns raises is told as a fault of the configuration."""
    with pytest.raises(ValidationError, match="is no regular expression"):
        KindPattern(pattern="x{99999999999999999999}", kind="import")


def test_kinds_are_configured(installation: Any) -> None:
    """The table of the settings comes before what is built in."""
    installation.answers(system_events=[{"eventkey": "kSEFreetextRebuild"}, ROW])
    line = {"pattern": "^moonlight", "kind": "no-login"}
    source = SystemEvents(
        installation.connection, SystemEventsSettings.model_validate({"kinds": [line]})
    )
    observations = installation.probe(source).observations
    assert [o.kind for o in observations] == ["freetext-rebuild", "no-login"]
