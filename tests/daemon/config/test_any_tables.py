"""Whatever stands in the file, it is a configuration or a list of faults."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from syseventd import config
from syseventd.config import Offered
from syseventd.errors import ConfigInvalid, Fault

SCALARS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["certificates", "superoffice", "5m", "/etc/ssl", "basic", "HOME", "a:1", "\0"]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.times(),
    st.datetimes(),
)
KNOWN = [
    *("daemon", "web", "defaults", "targets", "sinks", "listen", "store", "state_directory"),
    *("language", "log_level", "max_probes", "reload_enabled", "interval", "timeout", "history"),
    *("type", "paths", "endpoints", "url", "auth", "method", "user", "password_file"),
    *(
        "password_env",
        "ca_file",
        "sources",
        "allow",
        "certificates",
        "licences",
        "enabled",
        "hidden",
    ),
]
KEYS = st.one_of(st.sampled_from(KNOWN), st.text(max_size=10))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=15,
)


def _table(**keys: Any) -> Any:
    return st.fixed_dictionaries({}, optional=keys)


SOURCES = st.one_of(VALUES, st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES))))
TARGET = st.one_of(
    VALUES,
    _table(
        type=st.one_of(st.sampled_from(["certificates", "superoffice"]), VALUES),
        paths=st.one_of(VALUES, st.lists(VALUES, max_size=2)),
        auth=st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=4)),
        url=VALUES,
        sources=SOURCES,
        interval=VALUES,
        allow=VALUES,
    ),
)
TABLES = st.one_of(
    st.dictionaries(KEYS, VALUES, max_size=5),
    _table(
        daemon=st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=5)),
        web=VALUES,
        defaults=st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=5)),
        targets=st.one_of(VALUES, st.dictionaries(st.text(max_size=8), TARGET, max_size=3)),
        sinks=st.one_of(VALUES, st.dictionaries(st.text(max_size=8), TARGET, max_size=2)),
    ),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables=TABLES)
def test_any_tables_are_a_configuration_or_faults(tables: dict[str, Any], offered: Offered) -> None:
    """Nothing else is ever raised; every fault has a place and words, on one line."""
    faults = _faults(tables, offered)
    assert all(fault.place and fault.problem for fault in faults)
    assert all(str(fault).isprintable() for fault in faults)
    assert len(set(faults)) == len(faults)


def _faults(tables: dict[str, Any], offered: Offered) -> tuple[Fault, ...]:
    try:
        config.understand(tables, offered)
    except ConfigInvalid as error:
        return error.faults or (Fault("", ""),)
    return ()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet=st.sampled_from("ab=[]{}.,\"'\\\n #15\t-:T0e"), max_size=60))
def test_any_text_is_a_configuration_or_faults(
    text: str, offered: Offered, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text)
    try:
        loaded = config.load(path, offered)
    except ConfigInvalid as error:
        assert error.faults  # noqa: PT017
    else:
        assert isinstance(loaded, config.Config)


@pytest.mark.parametrize("value", [date(2026, 1, 1), time(12), datetime(2026, 1, 1), 1.5, [], {}])
@pytest.mark.parametrize("key", ["listen", "language", "max_probes", "state_directory", "store"])
def test_every_kind_of_value_in_the_wrong_place_is_one_fault(
    key: str, value: object, faults_of: Any
) -> None:
    faults = faults_of({"daemon": {key: value}})
    assert len(faults) == 1
    assert faults[0].startswith(f"daemon.{key}: ")
