"""The WebAPI and the database together: who is asked, and when the other one is."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from typing import Any

import pytest

from syseventd import NotAvailable, Outcome, Unauthorized, Unreachable
from syseventd.model import ProbeResult
from syseventd.scheduling.pace import NORMAL, PaceSettings, follow
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.ways import ASK_AGAIN, Ways

DETAILS = {
    "is_event_active": ("kSEFreetextRebuild",),
    "licence_server_status": ("SUPEROFFICE",),
    "portraits": ((7, 12),),
    "usage": (1.0, 2.0),
}
QUESTIONS: dict[str, tuple[object, ...]] = {
    name: DETAILS.get(name, ())
    for name, question in vars(Access).items()
    if inspect.iscoroutinefunction(question) and name != "aclose"
}


class Way:
    """A way in that answers every question with its name, or raises what is set."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.raises: Exception | None = None
        self.asked: Counter[str] = Counter()
        self.details: tuple[object, ...] = ()
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        if name not in QUESTIONS:
            raise AttributeError(name)

        async def answer(*details: object) -> Document:
            self.asked[name] += 1
            self.details = details
            if self.raises is not None:
                raise self.raises
            return Document(f"{self.user}: {name}")

        return answer

    async def aclose(self) -> None:
        self.closed = True
        if self.raises is not None:
            raise self.raises


class Pair:
    """Both ways in, and a clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.webapi, self.database = Way("webapi"), Way("database")
        ways: Any = (self.webapi, self.database)
        self.both = Ways(*ways, clock=lambda: self.now)

    def ask(self, question: str = "batch_tasks") -> Any:
        return asyncio.run(getattr(self.both, question)(*QUESTIONS[question])).value


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_there_are_questions() -> None:
    """Else all that follows would prove nothing."""
    assert len(QUESTIONS) >= 20


@pytest.mark.parametrize("question", QUESTIONS)
def test_webapi_answers_first(pair: Pair, question: str) -> None:
    """It knows more, and the vendor supports it."""
    assert pair.ask(question) == f"webapi: {question}"
    assert not pair.database.asked


@pytest.mark.parametrize("question", QUESTIONS)
def test_database_answers_what_the_webapi_lacks(pair: Pair, question: str) -> None:
    """Asked for the same, with the same details."""
    pair.webapi.raises = NotAvailable("the WebAPI lacks it")
    assert pair.ask(question) == f"database: {question}"
    assert pair.database.details == QUESTIONS[question]


@pytest.mark.parametrize("failure", [Unreachable("x", "y"), Unauthorized("x", "y"), OSError("z")])
def test_failure_of_the_webapi_stays_one(pair: Pair, failure: Exception) -> None:
    """Who answers must not change with each disturbance."""
    pair.webapi.raises = failure
    with pytest.raises(type(failure)):
        pair.ask()
    assert not pair.database.asked


def test_failure_of_the_database_is_told(pair: Pair) -> None:
    """It is the only one who could answer."""
    pair.webapi.raises = NotAvailable("the WebAPI lacks it")
    pair.database.raises = Unreachable("mssql://sql.example.com/crm", "connection refused")
    with pytest.raises(Unreachable, match="connection refused"):
        pair.ask()


def test_what_both_lack_is_told_with_both_reasons(pair: Pair) -> None:
    """Whoever wants it can choose which of the two to mend."""
    pair.webapi.raises = NotAvailable("no right to read it")
    pair.database.raises = NotAvailable("the user monitor has no right either")
    with pytest.raises(NotAvailable) as lacking:
        pair.ask()
    assert lacking.value.reason == "no right to read it; the user monitor has no right either"


def test_webapi_is_not_bothered_with_what_it_lacks(pair: Pair) -> None:
    """A refusal each minute would fill its log."""
    pair.webapi.raises = NotAvailable("the WebAPI lacks it")
    for _ in range(5):
        pair.ask()
    assert pair.webapi.asked["batch_tasks"] == 1
    assert pair.database.asked["batch_tasks"] == 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_way_alone_is_not_bothered_either(question: str) -> None:
    """Whichever of a source's questions it is: the reason is told again, and it is asked daily."""
    pair = Pair()
    pair.both = Ways(pair.database, clock=lambda: pair.now)  # type: ignore[arg-type]
    pair.database.raises = NotAvailable("no right to read it")
    for _ in range(3):
        with pytest.raises(NotAvailable, match="no right to read it"):
            pair.ask(question)
    assert pair.database.asked[question] == 1
    pair.now += ASK_AGAIN
    pair.database.raises = None
    assert pair.ask(question) == f"database: {question}"


def test_what_is_lacking_is_lacking_whatever_it_is_asked_about(pair: Pair) -> None:
    """Each event would else be asked for with a right that we don't have."""
    pair.webapi.raises = NotAvailable("no right to read it")

    async def use() -> None:
        for number in range(5):
            await pair.both.is_event_active(f"event-{number}")

    asyncio.run(use())
    assert pair.webapi.asked["is_event_active"] == 1
    assert pair.database.asked["is_event_active"] == 5


def test_a_way_in_may_know_one_licence_owner_and_not_another(pair: Pair) -> None:
    """So it is asked for each."""
    pair.webapi.raises = NotAvailable("no such owner")

    async def use() -> None:
        for owner in ("SUPEROFFICE", "EXAMPLE", "SUPEROFFICE"):
            await pair.both.licence_server_status(owner)

    asyncio.run(use())
    assert pair.webapi.asked["licence_server_status"] == 2


def test_what_lacks_is_asked_again_before_its_source_is() -> None:
    """A source that is not available runs once a day, and must not be told of yesterday then."""
    late = 60.0
    source = PaceSettings(60.0)
    lacking = ProbeResult(Outcome.NOT_AVAILABLE, 0.0, late)
    wait = follow(source, NORMAL, lacking, late).every
    assert wait is not None
    assert late + ASK_AGAIN < wait


def test_webapi_is_asked_again_a_day_later(pair: Pair) -> None:
    """Somebody may have given us the right."""
    pair.webapi.raises = NotAvailable("the WebAPI lacks it")
    pair.ask()
    pair.webapi.raises = None
    pair.now += ASK_AGAIN
    assert pair.ask() == "webapi: batch_tasks"


def test_what_one_question_lacks_says_nothing_of_others(pair: Pair) -> None:
    """Rights are given one by one."""
    pair.webapi.raises = NotAvailable("the WebAPI lacks it")
    pair.ask("schedules")
    pair.webapi.raises = None
    assert pair.ask("batch_tasks") == "webapi: batch_tasks"


def test_user_is_the_webapis(pair: Pair) -> None:
    """It is he whom the installation knows."""
    assert pair.both.user == "webapi"


def test_closing_closes_both(pair: Pair) -> None:
    """Whatever goes wrong with the first."""
    pair.webapi.raises = OSError("late")
    with pytest.raises(OSError, match="late"):
        asyncio.run(pair.both.aclose())
    assert pair.database.closed
