"""A few thousand hostile replies, each time others; `python -m tests.fuzz` makes a million."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz import harness
from tests.fuzz.__main__ import DESCRIPTION
from tests.fuzz.harness import ROUNDS_A_LIFE, fuzz
from tests.fuzz.logins import WAYS
from tests.fuzz.tally import FuzzError

from syseventd import Snapshot
from syseventd.interface import SourceType
from syseventd.settings import SourceSettings
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi.auth import bearer as bearer_tokens
from syseventd_superoffice.webapi.auth.bearer import Bearer
from syseventd_superoffice.webapi.auth.renewed import Granted
from syseventd_superoffice.webapi.login import Credentials

REPLIES = 4_000


@pytest.fixture(scope="module")
def definitions() -> Any:
    if not Path(DESCRIPTION).exists():
        pytest.skip(
            "the vendor's description of the WebAPI is not at hand: put it at "
            "../shared/superoffice/webapi.swagger.json, beside the repository"
        )
    return json.loads(DESCRIPTION.read_text(encoding="utf-8"))["definitions"]


def test_no_reply_brings_another_outcome(definitions: Any) -> None:
    """Read, malformed, or not there: whatever is sent, and the core takes what is read."""
    seed = random.randrange(10**9)
    tally = asyncio.run(fuzz(definitions, REPLIES, seed))
    assert tally.replies >= REPLIES
    assert tally.outcomes["ok"] > ROUNDS_A_LIFE


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_log_in_is_reached(definitions: Any, way: str) -> None:
    """Hostile replies reach those who let us in; some of them do, and some don't."""
    tally = asyncio.run(fuzz(definitions, REPLIES, seed=1))
    ends = {outcome for asked, outcome in tally.logins if asked == way}
    assert "ok" in ends
    assert ends - {"ok"}


class Careless:
    """A source that believes what it is told."""

    def __init__(self, access: Any) -> None:
        self._access = access

    async def probe(self) -> Snapshot:
        document = await self._access.freetext_status()
        return Snapshot(facts={"words": document.value["CountWords"] + ""})


def test_a_careless_source_is_found(definitions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness can fail: it names the source, the fault and the seed."""
    careless = SourceType(
        "careless",
        "superoffice",
        lambda target, connection, settings: Careless(connection.access),
        SourceSettings,
    )
    monkeypatch.setattr(harness, "source_types", lambda: [careless])
    with pytest.raises(FuzzError, match=r"with seed 7: FuzzError: careless: error"):
        asyncio.run(fuzz(definitions, 1_000, seed=7))


def test_a_careless_login_is_found(definitions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of what is asked before a login: who believes an access token, fails by name."""

    async def believing(bearer: Bearer) -> Granted:
        reply = await bearer._host.post_form(bearer_tokens.PATH, {}, bearer_tokens.OBJECT)
        return Granted(Credentials({"Authorization": "Bearer " + reply["access_token"]}))

    monkeypatch.setattr(Bearer, "grant", believing)
    with pytest.raises(FuzzError, match=r"bearer, asked for anything: error"):
        asyncio.run(fuzz(definitions, 20_000, seed=7))


def test_a_secret_that_is_shown_is_found(definitions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login host may repeat what it was sent: who quotes it as it is, is told."""
    monkeypatch.setattr(Secrets, "redact", lambda self, text: text)
    with pytest.raises(FuzzError, match="a secret is shown"):
        asyncio.run(fuzz(definitions, 20_000, seed=7))
