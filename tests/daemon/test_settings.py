"""Settings classes refuse what nobody declared, and can't be changed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from syseventd.settings import Duration, Settings, SourceSettings


class Patience(Settings):
    patience: Duration = 5.0


def test_an_unknown_key_is_a_fault() -> None:
    """A slip of the pen must not be ignored."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Patience.model_validate({"patence": "5s"})


def test_settings_are_immutable() -> None:
    """A reload replaces them whole."""
    with pytest.raises(ValidationError, match="frozen"):
        Patience().patience = 3.0  # type: ignore[misc]


def test_a_source_is_watched_unless_told_otherwise() -> None:
    """All else is left to the source's and the daemon's defaults."""
    settings = SourceSettings()
    assert settings.enabled
    assert (settings.interval, settings.timeout, settings.stale_after) == (None, None, None)
