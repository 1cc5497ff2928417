"""Each error says what it knows, and crosses from one process to another."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, fields

import pytest

from syseventd import errors
from syseventd.errors import (
    LONGEST_REASON,
    ConfigInvalid,
    Fault,
    Malformed,
    Paused,
    PluginRefused,
    ProbeEnded,
    StoreUnusable,
    SyseventdError,
    Throttled,
    TimedOut,
    Unreachable,
    kind_and_text_of,
    text_of,
)
from syseventd.model import Outcome


def every_error(base: type[SyseventdError] = SyseventdError) -> Iterator[type[SyseventdError]]:
    for error in (base, *base.__subclasses__()):
        if error is base:
            yield error
        else:
            yield from every_error(error)


EVERY_ERROR = [e for e in every_error() if e.__module__ == errors.__name__]

SAMPLES = {"seconds": 2.5, "retry_after": 30.0, "faults": (Fault("web.listen", "is no address"),)}


def sample(error: type[SyseventdError]) -> SyseventdError:
    return error(**{f.name: SAMPLES.get(f.name, f"the {f.name}") for f in fields(error)})


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_pickles(error: type[SyseventdError]) -> None:
    """It arrives as the same class, with the same facts and the same text."""
    sent = sample(error)
    arrived = pickle.loads(pickle.dumps(sent))
    assert type(arrived) is error
    assert str(arrived) == str(sent)
    for field in fields(error):
        assert getattr(arrived, field.name) == getattr(sent, field.name)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_tells_its_facts(error: type[SyseventdError]) -> None:
    """All but when to come back, which is for the schedule and not for people."""
    text = str(sample(error))
    for field in fields(error):
        if field.name == "faults":
            assert "web.listen: is no address" in text
        elif field.name != "retry_after":
            assert f"{SAMPLES.get(field.name, f'the {field.name}')}" in text
    assert "{" not in text


@pytest.mark.parametrize("error", [e for e in EVERY_ERROR if issubclass(e, ProbeEnded)])
def test_every_end_of_a_probe_has_an_outcome_that_is_none_of_success(
    error: type[ProbeEnded],
) -> None:
    """A source that raises did not see a snapshot."""
    assert error.outcome is not Outcome.OK


def test_every_outcome_but_success_can_be_raised() -> None:
    """A source has a word for each."""
    raisable = {error.outcome for error in EVERY_ERROR if issubclass(error, ProbeEnded)}
    assert raisable == set(Outcome) - {Outcome.OK}


def test_lengths_read_without_a_pointless_fraction() -> None:
    """A deadline of 5.0 s is one of 5 s."""
    assert str(TimedOut(5.0)) == "no answer within 5 s"


def test_braces_in_a_fact_are_text() -> None:
    """What a server sent is no template."""
    assert str(Malformed("crm", '{"a": {0}}')) == 'crm sent what can\'t be read: {"a": {0}}'


@pytest.mark.parametrize("error", [Paused("backup"), Throttled("crm", "429")])
def test_when_to_come_back_may_be_unknown(error: Paused | Throttled) -> None:
    """Then the schedule decides."""
    assert error.retry_after is None


def test_a_subclass_without_words_of_its_own_says_what_its_base_would() -> None:
    """A plugin's own class must not lose the facts."""

    class CrmUnreachable(Unreachable):
        pass

    assert str(CrmUnreachable("crm", "refused")) == "crm can't be reached: refused"


def test_a_subclass_has_its_own_words_and_facts() -> None:
    """A plugin's docstring is the message, over several lines too."""

    @dataclass(eq=False)
    class Asleep(Paused):
        """asleep since {since}:
        {reason}
        """

        since: str = ""

    assert str(Asleep("night", since="22:00")) == "asleep since 22:00:\nnight"


def test_a_configuration_tells_all_its_faults_one_a_line() -> None:
    """A fault of the whole file has no place, and needs no colon."""
    faults = (Fault("targets.crm.url", "is missing"), Fault("", "there are no targets"))
    assert str(ConfigInvalid(faults)) == "targets.crm.url: is missing\nthere are no targets"


def test_errors_are_told_apart_by_identity() -> None:
    """Two alike are two: an exception group may hold both."""
    one, other = StoreUnusable("s", "r"), StoreUnusable("s", "r")
    assert one != other
    assert len({one, other}) == 2


def test_an_error_shows_its_facts_to_programmers() -> None:
    """As tracebacks and `repr` have it."""
    assert repr(PluginRefused("crm", "no")) == "PluginRefused(plugin='crm', reason='no')"


def test_a_fault_can_not_take_over_a_terminal() -> None:
    """What it quotes of a file is shown, control characters by their names."""
    fault = Fault("defaults.interval", '"\x1b[2J\n" is not a duration; write "5m"')
    assert str(fault) == 'defaults.interval: "\\x1b[2J\\n" is not a duration; write "5m"'


class _Mute(Exception):
    """Raises this where its text is asked for."""

    def __init__(self, second: BaseException) -> None:
        super().__init__()
        self._second = second

    def __str__(self) -> str:
        raise self._second


@pytest.mark.parametrize("second", [IndexError(), SystemExit(3), GeneratorExit()])
def test_the_text_of_a_strangers_error_can_always_be_had(second: BaseException) -> None:
    """Its `__str__` is a stranger's code, and may raise anything."""
    wanted = f"_Mute, whose text can't be had: {type(second).__name__}"
    assert text_of(_Mute(second)) == wanted
    assert kind_and_text_of(_Mute(second)) == f"_Mute: {wanted}"


def test_the_text_of_a_strangers_error_fits_on_a_line() -> None:
    """Of a page and of a log."""
    error = OSError("a\nb\r\n" + "c" * 1000)
    for text in (text_of(error), kind_and_text_of(error)):
        assert len(text) == LONGEST_REASON
        assert "a b c" in text


def test_an_error_without_a_text_is_told_by_its_type() -> None:
    """A reason is never empty."""
    assert kind_and_text_of(KeyError()) == "KeyError"
