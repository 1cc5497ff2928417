"""The words that pages have for the model's own names. Names that plugins give stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

from syseventd.board import SourceState
from syseventd.interface import Severity
from syseventd.model import EndReason, Outcome, Step
from syseventd.web.summaries import UNWATCHED


def N_(word: str) -> str:  # noqa: N802 (the name that translators' tools look for)
    """Marks a word for translation where it stands; it is translated where it is shown."""
    return word


STATES: Mapping[str, str] = {
    SourceState.NEW: N_("not asked yet"),
    SourceState.OK: N_("ok"),
    SourceState.FAILING: N_("failing"),
    SourceState.PAUSED: N_("paused"),
    SourceState.UNAVAILABLE: N_("not available"),
    UNWATCHED: N_("can't be watched"),
}

SEVERITIES: Mapping[str, str] = {
    Severity.CRITICAL: N_("critical"),
    Severity.WARNING: N_("warning"),
}
"""What merely goes on is not marked: where all is, nothing is seen."""

OUTCOMES: Mapping[str, str] = {
    Outcome.OK: N_("ok"),
    Outcome.NOT_AVAILABLE: N_("not available"),
    Outcome.PAUSED: N_("paused"),
    Outcome.TIMEOUT: N_("timeout"),
    Outcome.UNREACHABLE: N_("unreachable"),
    Outcome.UNAUTHORIZED: N_("unauthorized"),
    Outcome.THROTTLED: N_("throttled"),
    Outcome.MALFORMED: N_("malformed"),
    Outcome.ERROR: N_("error"),
}

ENDINGS: Mapping[str, str] = {
    EndReason.GONE: N_("no longer listed"),
    EndReason.REPLACED: N_("started anew"),
    EndReason.UNWATCHED: N_("no longer watched"),
    EndReason.SUCCEEDED: N_("succeeded"),
    EndReason.FAILED: N_("failed"),
    EndReason.RENEWED: N_("renewed"),
    EndReason.MERGED: N_("the same as another event"),
}

STEPS: Mapping[str, str] = {
    Step.STARTED: N_("started"),
    Step.CHANGED: N_("changed"),
    Step.ENDED: N_("ended"),
}

FIELDS: Mapping[str, str] = {
    "source": N_("Source"),
    "scope": N_("Scope"),
    "key": N_("Key"),
    "kind": N_("Type"),
    "name": N_("Name"),
    "status": N_("Status"),
    "message": N_("Message"),
    "activated_at": N_("Activated"),
    "activated_by": N_("Activated by"),
    "portrait": N_("Portrait"),
    "expected_end": N_("Finished (expected)"),
    "progress": N_("Progress"),
    "marks": N_("Also known as"),
}
"""What of an event may change; its details have headings of their own."""

EXPIRY_KINDS: Mapping[str, str] = {
    "licence": N_("licence"),
    "grace": N_("grace period"),
    "maintenance": N_("maintenance"),
    "next_check": N_("next check"),
    "admin_warning": N_("warning to administrators"),
    "certificate": N_("certificate"),
}

FACTS: Mapping[str, str] = {
    "version": N_("Version"),
    "serial": N_("Serial number"),
    "database_type": N_("Database"),
}

ERRORS: Mapping[int, str] = {
    400: N_("The request can't be understood"),
    403: N_("This is refused"),
    404: N_("There is nothing here"),
    405: N_("This is not possible here"),
    421: N_("The daemon is not called by this name"),
    500: N_("This failed inside the daemon; its log says why"),
    503: N_("This is not possible at present"),
}
OTHER_ERROR = N_("This is not possible")


def plain(name: str) -> str:
    """`"admin_warning"` → `"admin warning"`: a name of a plugin's, readable."""
    return name.replace("_", " ")


def first_capital(name: str) -> str:
    """`"licence server (ACME)"` → `"Licence server (ACME)"`: what else is in capitals stays."""
    return name[:1].upper() + name[1:]
