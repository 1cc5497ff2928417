"""Which kind of event a key, a name or a type means."""

from __future__ import annotations

import pytest

from syseventd_superoffice.kinds import (
    BATCH_TASKS,
    KINDS,
    NEVER_CANCELLED,
    OTHER,
    SYSTEM_EVENTS,
)


@pytest.mark.parametrize(
    ("hints", "kind"),
    [
        (("kSEFreetextRebuild", "", ""), "freetext-rebuild"),
        (("", "FreetextRebuild", ""), "freetext-rebuild"),
        (("", "", "freetext-rebuild"), "freetext-rebuild"),
        (("kSEUDefRebuild", "", ""), "udef-rebuild"),
        (("kSEPublishContact", "", ""), "udef-rebuild"),
        (("PrototypeRebuild", "", ""), "prototype-rebuild"),
        (("x", "ROURebuild", ""), "saint-rebuild"),
        (("KSECOUNTERREBUILD", "", ""), "saint-rebuild"),
        (("x", "No Login", ""), "no-login"),
        (("x", "Utan inloggning", ""), "no-login"),
        (("x", "No Freetext", ""), "no-freetext"),
        (("x", "Kein Volltext", ""), "no-freetext"),
        (("x", "Ingen fritekst", ""), "no-freetext"),
        (("x", "Utan fritext", ""), "no-freetext"),
        (("x", "Geen Travel", ""), "no-travel"),
        (("x", "Message of the Day", ""), "message-of-the-day"),
        (("x", "Dagens meddelande", ""), "message-of-the-day"),
        (("kSEImport", "", ""), "import"),
        (("x", "Importing contacts", ""), "import"),
        (("x", "Important", ""), OTHER),
        (("x", "Sync with the moon", "Affects all"), OTHER),
        (("", "", ""), OTHER),
    ],
)
def test_kinds_are_known_by_their_signs(hints: tuple[str, ...], kind: str) -> None:
    """Key, name and type count, in this order, in every language of the product."""
    assert SYSTEM_EVENTS.kind_of(*hints) == kind


def test_the_key_tells_more_than_the_name() -> None:
    """A name that speaks of another kind does not change what the key says."""
    assert SYSTEM_EVENTS.kind_of("kSEFreetextRebuild", "No Login") == "freetext-rebuild"


def test_every_kind_that_is_told_is_declared() -> None:
    """A kind that nobody declared would count as "other" in the metrics."""
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert all(kind.title and kind.effect for kind in KINDS)
    told = {kind for signs in (SYSTEM_EVENTS, BATCH_TASKS) for kind, _ in signs.built_in}
    assert told | {SYSTEM_EVENTS.other, BATCH_TASKS.other} == set(names)
    assert set(names) >= NEVER_CANCELLED
