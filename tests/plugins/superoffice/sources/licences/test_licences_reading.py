"""Licences of all owners become expiries and seats, and bad entries hide no good ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import NEVER, Malformed, Seats, Snapshot
from syseventd_superoffice.licences import Licences, LicencesSettings

MANY = {f"k{n}": n for n in range(257)}

UNSET = "0001-01-01T00:00:00"


def at(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


NOW = at(2026, 11, 1)


@pytest.fixture
def read(installation: Any) -> Callable[..., Snapshot]:
    """The first probe of an installation with these licences, with or without what is hidden."""

    def probe(*entries: object, hidden: bool = False, now: float = NOW) -> Snapshot:
        installation.answers(licences=list(entries))
        settings = LicencesSettings(hidden=hidden)
        source = Licences(installation.connection, settings, clock=lambda: now)
        return installation.probe(source)  # type: ignore[no-any-return]

    return probe


def dates(snapshot: Snapshot) -> dict[tuple[str, str], float]:
    return {(e.name, e.kind): e.at for e in snapshot.expiries}


def told(snapshot: Snapshot) -> dict[str, str]:
    """The facts about whose licence it is."""
    return {k: text for k, text in snapshot.facts.items() if k in ("company", "serial")}


def said(snapshot: Snapshot) -> list[str]:
    return [str(problem) for problem in snapshot.problems]


def test_dates_of_an_owner(entry: Any, read: Any) -> None:
    """Each date that is set is an expiry of its kind; whose licence it is goes with it."""
    next_check = {"AccumulatedNextCheckDate": "2026-12-02T00:00:00"}
    snapshot = read(entry() | next_check)
    assert dates(snapshot) == {
        ("SUPEROFFICE", "licence"): at(2027, 3, 27),
        ("SUPEROFFICE", "grace"): at(2027, 4, 8),
        ("SUPEROFFICE", "next_check"): at(2026, 12, 2),
    }
    assert all((e.subject, e.serial) == ("Example AB", "1010000006") for e in snapshot.expiries)
    assert snapshot.complete
    assert not snapshot.problems


@pytest.mark.parametrize("value", [UNSET, f"{UNSET}Z", None, 0, "9999-12-31T23:59:59"])
def test_a_licence_without_end(entry: Any, read: Any, value: object) -> None:
    """No date means never, for the licence alone."""
    snapshot = read(entry(ExpiryDate=value, GraceDate=value))
    assert dates(snapshot)["SUPEROFFICE", "licence"] == NEVER
    assert ("SUPEROFFICE", "grace") not in dates(snapshot)


def test_a_missing_expiry_is_not_never(entry: Any, read: Any) -> None:
    """Where the field is lacking, what was known stays, and it is said."""
    one = entry()
    del one["Current"]["ExpiryDate"]
    snapshot = read(one)
    assert ("SUPEROFFICE", "licence") not in dates(snapshot)
    assert snapshot.unseen >= {"SUPEROFFICE"}
    assert "ExpiryDate is missing" in said(snapshot)[0]


def test_a_date_that_cant_be_read_is_unseen(entry: Any, read: Any) -> None:
    """What was known of the owner stays; its other dates are read."""
    snapshot = read(entry(ExpiryDate="banana"))
    assert set(dates(snapshot)) == {("SUPEROFFICE", "grace")}
    assert snapshot.unseen >= {"SUPEROFFICE"}
    assert said(snapshot) == ['licence 1 (SUPEROFFICE): ExpiryDate "banana" is not a date']


def test_the_owners_own_next_check_stands_in(entry: Any, read: Any) -> None:
    """Without an accumulated date the licence's own counts."""
    one = entry(NextCheckDate="2026-12-01T00:00:00")
    del one["AccumulatedNextCheckDate"]
    assert dates(read(one))["SUPEROFFICE", "next_check"] == at(2026, 12, 1)


def test_seats(entry: Any, module: Any, read: Any) -> None:
    """Each module that is shown has its seats; an unrestricted one has no limit."""
    snapshot = read(
        entry(
            "SUPEROFFICE",
            module("user", 42, 50),
            module("web", 7, 0, Unrestricted=True),
            module("server", 1, 1, LicenseType="SiteLicense"),
            module("secret", IsHidden=True),
        )
    )
    assert snapshot.seats == (
        Seats("SUPEROFFICE", "user", 42, 50, "User"),
        Seats("SUPEROFFICE", "web", 7, None, "Web"),
        Seats("SUPEROFFICE", "server", 1, 1, "Server"),
    )


def test_hidden_modules_are_shown_on_demand(entry: Any, module: Any, read: Any) -> None:
    """The option `hidden` shows what the installation hides."""
    snapshot = read(entry("SUPEROFFICE", module("secret", IsHidden=True)), hidden=True)
    assert [s.licence for s in snapshot.seats] == ["secret"]


def test_a_module_that_waits_is_not_in_force(entry: Any, module: Any, read: Any) -> None:
    """A module without Current belongs to a licence that was not activated yet."""
    waiting = module("later") | {"Current": None, "New": {"ModuleName": "later"}}
    snapshot = read(entry("SUPEROFFICE", waiting))
    assert snapshot.seats == ()
    assert not snapshot.problems


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (7, "is no object"),
        ({"Current": 7}, "Current is no object"),
        (MANY, "has more than 256 fields"),
        ({"Current": MANY}, "Current has more than 256 fields"),
    ],
)
def test_a_bad_module_hides_no_other(
    entry: Any, module: Any, read: Any, bad: object, reason: str
) -> None:
    """It is named, and has no seats: a limit that is unknown must not look like none."""
    snapshot = read(entry("SUPEROFFICE", module("user"), bad))
    assert [s.licence for s in snapshot.seats] == ["user"]
    assert said(snapshot) == [f"licence 1 (SUPEROFFICE), module 2: {reason}"]


@pytest.mark.parametrize(
    ("told", "current", "reason"),
    [
        (("",), {}, "has no ModuleName"),
        (("m", 1, None), {}, "m says neither NumberOfLicensesTotal nor Unrestricted"),
        (("m", 1, "many"), {}, 'NumberOfLicensesTotal "many" is not a whole number'),
        (("m",), {"Unrestricted": "so so"}, 'Unrestricted "so so" is neither true nor false'),
        (("USER",), {}, "USER is listed twice; the first is taken"),
    ],
)
def test_a_bad_field_of_a_module_hides_no_other(
    entry: Any,
    module: Any,
    read: Any,
    told: tuple[object, ...],
    current: dict[str, object],
    reason: str,
) -> None:
    """The same of one that can be read in part."""
    bad = module(*told, **current)
    snapshot = read(entry("SUPEROFFICE", module("user"), bad))
    assert [s.licence for s in snapshot.seats] == ["user"]
    assert said(snapshot) == [f"licence 1 (SUPEROFFICE), module 2: {reason}"]


def test_a_use_that_cant_be_read_is_unknown(entry: Any, module: Any, read: Any) -> None:
    """The limit is shown without the number in use."""
    snapshot = read(entry("SUPEROFFICE", module("user", -2147483648)))
    assert snapshot.seats[0].used is None
    assert "is less than nothing" in said(snapshot)[0]


@pytest.mark.parametrize("modules", [None, []])
def test_a_licence_without_modules(entry: Any, read: Any, modules: object) -> None:
    """Dates count even where there are no seats."""
    snapshot = read(entry() | {"ExtendedModuleLicenses": modules})
    assert snapshot.expiries
    assert not snapshot.problems


def test_a_number_beyond_64_bits_is_one_modules_problem(entry: Any, module: Any, read: Any) -> None:
    """The module has no seats, the others have."""
    snapshot = read(
        entry("SUPEROFFICE", module("a", 1, 10**400), module("b", 1, 1e300), module("c"))
    )
    assert [s.licence for s in snapshot.seats] == ["c"]
    assert len(snapshot.problems) == 2


def test_long_texts_of_a_licence_are_cut(entry: Any, module: Any, read: Any) -> None:
    """Names that nobody typed in earnest fill no store."""
    long = "x" * 5000
    snapshot = read(entry(long, module(long), CompanyName=long, SerialNr=long))
    [seats] = snapshot.seats
    assert len(seats.owner) == len(seats.licence) == 200
    assert len(seats.title) == 256
    assert {len(text) for text in told(snapshot).values()} == {256}
    assert {e.name for e in snapshot.expiries} == {seats.owner}


def lowered(value: Any) -> Any:
    """The same with the names of all fields in small letters."""
    if isinstance(value, dict):
        return {name.lower(): lowered(inner) for name, inner in value.items()}
    return [lowered(inner) for inner in value] if isinstance(value, list) else value


def test_the_case_of_names_does_not_matter(entry: Any, module: Any, read: Any) -> None:
    """Fields in small letters are the same fields."""
    one = entry("SUPEROFFICE", module("user"))
    assert read(lowered(one)) == read(one)


def test_modules_that_are_no_list(entry: Any, read: Any) -> None:
    """Dates count even where the seats can't be read."""
    snapshot = read(entry() | {"ExtendedModuleLicenses": "none"})
    assert snapshot.expiries
    assert "ExtendedModuleLicenses is no list" in said(snapshot)[0]


def test_the_subscription_is_the_vendors_product(entry: Any, read: Any) -> None:
    """As its licence describes it; one that describes none leaves it out, as does an add-on's."""
    add_on = entry("ADDON", ProductDescription="Maps")
    assert "subscription" not in read(entry(ProductDescription=None), add_on).facts
    snapshot = read(add_on, entry(ProductDescription="CRM Suite"))
    assert snapshot.facts["subscription"] == "CRM Suite"


def test_facts_are_the_vendors_own_licence(entry: Any, read: Any) -> None:
    """Company and serial are SuperOffice's, whatever add-on comes first."""
    add_on = entry("ADDON", CompanyName="Other", SerialNr="X")
    facts = {"company": "Example AB", "serial": "1010000006"}
    assert told(read(add_on, entry())) == told(read(entry(), add_on)) == facts
    assert told(read(entry(CompanyName=None, SerialNr=""))) == {}


def test_an_owner_that_is_listed_twice(entry: Any, read: Any) -> None:
    """Case makes no other owner; the earlier date is the safer one."""
    snapshot = read(entry(), entry("SuperOffice", ExpiryDate="2027-01-01", GraceDate=UNSET))
    assert dates(snapshot)["SUPEROFFICE", "licence"] == at(2027, 1, 1)
    assert {name for name, _ in dates(snapshot)} == {"SUPEROFFICE"}
    assert "its owner is listed twice" in said(snapshot)[0]


@pytest.mark.parametrize(
    "lost",
    [
        {"Current": None, "New": {"OwnerName": "ADDON"}},
        {"ExtendedModuleLicenses": [{"Current": {"OwnerName": " ADDON "}}]},
    ],
)
def test_an_owner_without_a_licence_in_force_is_unseen(
    entry: Any, read: Any, lost: dict[str, object]
) -> None:
    """What was known of that owner stays."""
    snapshot = read(entry(), lost)
    assert snapshot.unseen >= {"ADDON"}
    assert snapshot.complete
    assert said(snapshot) == ["licence 2 (ADDON): has no Current"]


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (7, "licence 2: is no object"),
        ({}, "licence 2: has no Current"),
        (MANY, "licence 2: has more than 256 fields"),
        ({"Current": MANY}, "licence 2: Current has more than 256 fields"),
        ({"Current": []}, "licence 2: Current is no object"),
        ({"Current": {"OwnerName": ""}}, "licence 2: names no owner"),
    ],
)
def test_an_entry_of_nobody_makes_the_list_incomplete(
    entry: Any, read: Any, lost: object, reason: str
) -> None:
    """It may be any owner's, so nobody's dates are forgotten."""
    snapshot = read(entry(), lost)
    assert not snapshot.complete
    assert said(snapshot) == [reason]


def test_an_empty_list_is_not_believed(read: Any) -> None:
    """Every installation has a licence: nothing is forgotten."""
    snapshot = read()
    assert not snapshot.complete
    assert said(snapshot) == ["licences: the list is empty"]


@pytest.mark.parametrize(
    ("days", "near"), [(-8, False), (-6, True), (0, True), (6, True), (8, False)]
)
def test_we_ask_again_sooner_near_an_end(entry: Any, read: Any, days: int, near: bool) -> None:
    """A new licence is expected any moment then."""
    now = at(2027, 3, 27) - days * 86400
    snapshot = read(entry(GraceDate=UNSET), entry("ADDON", ExpiryDate=UNSET, GraceDate=UNSET))
    snapshot = read(entry(GraceDate=UNSET), now=now)
    assert snapshot.ask_again == (900.0 if near else None)


def test_what_never_ends_is_never_near(entry: Any, read: Any) -> None:
    """A licence without end is asked about at the usual pace."""
    assert read(entry(ExpiryDate=UNSET, GraceDate=UNSET), now=at(2027, 3, 27)).ask_again is None


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)

FIELDS = (
    *("CompanyName", "SerialNr", "OwnerName", "ExpiryDate", "GraceDate", "MaintenanceDate"),
    *("AdminWarningDate", "NextCheckDate"),
)

CURRENT = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)) | JSON

MODULE = (
    st.fixed_dictionaries(
        {"Current": st.fixed_dictionaries({"ModuleName": st.sampled_from("abA")})},
        optional={"NumberOfLicensesInUse": JSON, "NumberOfLicensesTotal": JSON, "New": JSON},
    )
    | JSON
)

ENTRY = (
    st.fixed_dictionaries(
        {"Current": CURRENT},
        optional={"New": CURRENT, "ExtendedModuleLicenses": st.lists(MODULE) | JSON},
    )
    | JSON
)


@given(st.lists(ENTRY, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_reply_breaks_the_source(read: Any, entries: list[Any]) -> None:
    """Any JSON at all becomes a snapshot, and what is not read is said."""
    try:
        snapshot = read(*entries)
    except Malformed:
        return
    assert snapshot.problems or snapshot.expiries
