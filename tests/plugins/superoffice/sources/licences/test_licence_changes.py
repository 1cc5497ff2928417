"""A licence that changed by itself is news; one that waits is an event until it is activated."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import EndReason, Step

CHANGED, WAITING = "licence-changed", "licence-waiting"
DAY, NEXT = "2026-11-01", "2026-11-02"


def test_what_an_activated_licence_changed(watch: Any, entry: Any, module: Any) -> None:
    """Each module with its old and its new number; what stays the same is not told."""
    watch.probe(
        DAY,
        entry("A", module("web", 3, 10), module("free", 3, 5), module("same"), module("gone")),
    )
    assert not watch.steps
    watch.probe(
        NEXT,
        entry(
            "A",
            module("web", 3, 20),
            module("free", 3, 5, Unrestricted=True),
            module("SAME"),
            module("new", 0, 4),
        ),
    )
    [news] = watch.open(CHANGED)
    assert (news.key, news.name) == ("changed:A", "Licence of A has changed")
    assert news.message == "Web: 10 → 20; Free: 5 → unlimited; New: added, 4; gone: removed"


def test_a_change_is_told_once(watch: Any, entry: Any, module: Any) -> None:
    """It stands for a day, whatever happens meanwhile, and is not told again."""
    watch.probe(DAY, entry("A", module("web", 3, 10)))
    for hour in range(26):
        watch.probe(f"2026-11-{2 + hour // 24:02}T{hour % 24:02}:00:00", entry("A", module("web")))
        watch.probe(f"2026-11-{2 + hour // 24:02}T{hour % 24:02}:00:00", entry("A", module("web")))
    assert watch.steps == []
    for hour in range(26):
        day = f"2026-11-{4 + hour // 24:02}T{hour % 24:02}:00:00"
        watch.probe(day, entry("A", module("web", 3, 12)))
    assert [step for step, _ in watch.told(CHANGED)] == [Step.STARTED, Step.ENDED]


def test_modules_that_cant_be_read_have_not_changed(watch: Any, entry: Any, module: Any) -> None:
    """Nor are they new when they can be read again."""
    whole = entry("A", module("a", 3, 10), module("b", 3, 10))
    watch.probe(DAY, whole)
    watch.probe(DAY, entry("A", module("a", 3, "many"), module("b", 3, 10)))
    watch.probe(DAY, entry("A", {"Current": 7}))
    watch.probe(DAY, entry("A") | {"ExtendedModuleLicenses": None})
    watch.probe(DAY, whole)
    assert not watch.steps
    watch.probe(DAY, entry("A", module("a", 3, 11), {"Current": 7}))
    assert watch.open(CHANGED)[0].message == "A: 10 → 11"


@pytest.mark.parametrize(
    "unread", [{"Current": 7}, {"Current": {"ModuleName": "b"}, "NumberOfLicensesTotal": "many"}]
)
def test_what_is_read_later_is_not_new(
    watch: Any, entry: Any, module: Any, unread: dict[str, Any]
) -> None:
    """A module that could not be read at the very first probe may have been there."""
    watch.probe(DAY, entry("A", module("a"), unread))
    watch.probe(DAY, entry("A", module("a"), module("b")))
    assert not watch.steps


def test_hidden_modules_are_told_of_on_demand(watch: Any, entry: Any, module: Any) -> None:
    """Neither their changes nor the option itself is news without it."""
    hidden = module("m", 3, 10, IsHidden=True)
    watch.probe(DAY, entry("A", hidden, module("other")))
    watch.probe(DAY, entry("A", hidden, module("other")), hidden=True)
    watch.probe(DAY, entry("A", module("m", 3, 11, IsHidden=True), module("other")))
    watch.probe(DAY, entry("A", module("other")))
    assert not watch.steps
    watch.probe(DAY, entry("A", hidden, module("other")), hidden=True)
    assert watch.open(CHANGED)[0].message == "M: added, 10"
    watch.probe(DAY, entry("A", module("other")), hidden=True)
    assert watch.open(CHANGED)[0].message == "m: removed"


def test_a_hidden_module_that_could_not_be_read_stays_hidden(
    watch: Any, entry: Any, module: Any
) -> None:
    """It is not told of when it is gone."""
    watch.probe(DAY, entry("A", module("m", 3, 10, IsHidden=True)))
    watch.probe(DAY, entry("A", 7))
    watch.probe(DAY, entry("A"))
    assert not watch.steps


def test_a_long_change_is_cut(watch: Any, entry: Any, module: Any) -> None:
    """The first thirty are told, and how many more there are."""
    watch.probe(DAY, entry("A"))
    watch.probe(NEXT, entry("A", *(module(f"{n:03}" + "x" * 300) for n in range(90))))
    message = watch.open(CHANGED)[0].message
    assert len(message) <= 4000
    watch.probe(DAY, entry("B"))
    watch.probe(NEXT, entry("B", *(module(f"m{n}") for n in range(90))))
    message = watch.open(CHANGED)[-1].message
    assert message.count("; ") == 30
    assert message.endswith("; and 60 more")


def test_an_owner_that_came(watch: Any, entry: Any) -> None:
    """A new add-on's licence is news."""
    watch.probe(DAY, entry())
    watch.probe(DAY, entry(), entry("ADDON"))
    assert [n.name for n in watch.open(CHANGED)] == ["Licence of ADDON was added"]


def test_an_owner_that_cant_be_read_neither_went_nor_came(watch: Any, entry: Any) -> None:
    """What is known of it stays, whether its name can be read or not."""
    watch.probe(DAY, entry(), entry("ADDON"))
    watch.probe(DAY, entry(), {"Current": None, "New": {"OwnerName": "ADDON"}})
    watch.probe(DAY, entry(), 7)
    watch.probe(DAY, entry(), entry("ADDON"))
    assert not watch.steps


def waiting(entry: Any, *modules: object, can: bool = False, reason: str = "") -> Any:
    return entry("A", *modules, New={"OwnerName": "A"}, CanBeActivated=can, Reason=reason)


def test_a_licence_that_waits(watch: Any, entry: Any, module: Any) -> None:
    """It says why it can't be activated, which modules are short, and what it would alter."""
    gone = module("gone", 2, 5) | {"NumberOfLicensesNewTotal": None}
    kept = module("kept", 2, 5) | {"NumberOfLicensesNewTotal": 5}
    new = {
        "New": {"ModuleName": "new", "ModuleDescription": "Brand new"},
        "Current": None,
        "NumberOfLicensesNewTotal": 3,
    }
    same = module("same", 3, 10, new=10)
    watch.probe(
        DAY, waiting(entry, module("web", 8, 10, new=7), gone, kept, new, same, reason="Too many.")
    )
    [seen] = watch.open(WAITING)
    assert (seen.key, seen.status) == ("waiting:A", "can't be activated")
    assert seen.message == (
        "Too many. More in use than it allows: Web; Gone. "
        "Web: 10 → 7 (8 in use); Gone: 5 → 0 (2 in use); Brand new: 0 → 3"
    )


def test_a_licence_that_can_be_activated(watch: Any, entry: Any, module: Any) -> None:
    """Activated, it ends well, and what it changed is news."""
    watch.probe(DAY, waiting(entry, module("web", 8, 10, new=20), can=True))
    assert watch.open(WAITING)[0].status == "can be activated"
    watch.probe(NEXT, entry("A", module("web", 8, 20)))
    assert watch.told(WAITING)[-1] == (Step.ENDED, "activated")
    assert watch.endings(WAITING) == [EndReason.SUCCEEDED]
    assert watch.last(WAITING).event.observation.message == "Web: 10 → 20"
    assert watch.open(CHANGED)


def test_a_renewal_that_waited(watch: Any, entry: Any) -> None:
    """What alters no module is activated all the same when its dates hold."""
    watch.probe(DAY, waiting(entry, can=True))
    watch.probe(NEXT, entry("A", ExpiryDate="2028-03-27"))
    assert watch.endings(WAITING) == [EndReason.SUCCEEDED]
    assert watch.last(WAITING).event.observation.message == "renewed"


def test_what_else_a_waiting_licence_changes(watch: Any, entry: Any) -> None:
    """Its end, its company and its serial number, old and new; what stays is not told."""
    new = {"ExpiryDate": "2028-03-27", "CompanyName": "Other AB", "SerialNr": "1010000014"}
    watch.probe(DAY, entry("A", New=new))
    assert watch.open(WAITING)[0].message == (
        "end: 2027-03-27 → 2028-03-27; company: Example AB → Other AB; "
        "serial number: 1010000006 → 1010000014"
    )
    watch.probe(DAY, entry("A", New={"ExpiryDate": None, "CompanyName": None}))
    assert watch.open(WAITING)[0].message == "end: 2027-03-27 → never"
    watch.probe(DAY, entry("A", New={"ExpiryDate": "banana", "CompanyName": "Example AB"}))
    assert watch.open(WAITING)[0].message == ""
    assert watch.problems == ['licence 1 (A), New: ExpiryDate "banana" is not a date']


def test_a_licence_that_waits_no_more(watch: Any, entry: Any, module: Any) -> None:
    """One that changed nothing was not activated: it is gone."""
    watch.probe(DAY, waiting(entry, module("web", 8, 10, new=20)))
    watch.probe(NEXT, entry("A", module("web", 8, 10)))
    assert watch.endings(WAITING) == [EndReason.GONE]


def test_a_waiting_licence_that_cant_be_read_ends_nothing(watch: Any, entry: Any) -> None:
    """And it is said what is wrong with it."""
    watch.probe(DAY, waiting(entry))
    watch.probe(NEXT, entry("A", New=7))
    assert watch.told(WAITING) == [(Step.STARTED, "can't be activated")]
    assert "licence 1 (A): New is no object" in watch.problems


def test_a_reply_that_says_nothing_of_what_waits_ends_nothing(watch: Any, entry: Any) -> None:
    """As from the database, which does not know it; nobody need be told of that."""
    watch.probe(DAY, waiting(entry))
    silent = entry("A")
    del silent["New"]
    watch.probe(NEXT, silent)
    assert watch.told(WAITING) == [(Step.STARTED, "can't be activated")]
    assert watch.problems == []


@pytest.mark.parametrize(
    ("new", "reason"),
    [("many", "NumberOfLicensesNewTotal"), (None, "says neither NumberOfLicensesNewTotal")],
)
def test_a_new_number_that_cant_be_read(
    watch: Any, entry: Any, module: Any, new: object, reason: str
) -> None:
    """The module is not told of; the others are."""
    odd = module("odd", new=1) | {"NumberOfLicensesNewTotal": new}
    watch.probe(DAY, waiting(entry, odd, module("web", 8, 10, new=20)))
    assert watch.open(WAITING)[0].message == "Web: 10 → 20"
    assert reason in "".join(watch.problems)


def test_hidden_modules_of_a_waiting_licence(watch: Any, entry: Any, module: Any) -> None:
    """They are told of on demand, and so is what the installation does not have yet."""
    new = {"New": {"ModuleName": "new", "IsHidden": True}, "NumberOfLicensesNewTotal": 3}
    licence = waiting(entry, module("m", 3, 10, new=20, IsHidden=True), new)
    watch.probe(DAY, licence)
    assert watch.open(WAITING)[0].message == ""
    watch.probe(DAY, licence, hidden=True)
    assert watch.open(WAITING)[0].message == "M: 10 → 20; new: 0 → 3"


def test_a_waiting_module_without_limit(watch: Any, entry: Any, module: Any) -> None:
    """Unlimited is a number as well."""
    free = module("m", 3, 10, new=0)
    free["New"] = {**free["New"], "Unrestricted": True}
    watch.probe(DAY, waiting(entry, free))
    assert watch.open(WAITING)[0].message == "M: 10 → unlimited"


def test_a_waiting_module_of_nobody_and_one_that_cant_be_read(
    watch: Any, entry: Any, module: Any
) -> None:
    """A module without a name, or without a number today, is not told of."""
    odd = module("odd", 3, "many", new=5)
    watch.probe(DAY, waiting(entry, {"New": {}}, odd, module("web", 8, 10, new=20)))
    assert watch.open(WAITING)[0].message == "Web: 10 → 20"
