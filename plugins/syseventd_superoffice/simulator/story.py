"""A day in the life of a simulated installation: what happens in it, and what stands at any second.

The day is told in laps of ten minutes, over and over, each lap with new events of the same kinds.
Only `kSEFreetextRebuild` is a key that the vendor has published; the other keys are made up here.
Keys, licence owners, licences and serial numbers become labels of metrics, where no banner stands
beside them: each says itself that it is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from syseventd_superoffice.simulator.world import (
    MARK,
    Licence,
    Module,
    Person,
    Scene,
    Scope,
    State,
    SystemEvent,
    Text,
)

COMPANY = "Example Company (simulated)"
SERIAL = "1010000006 (simulated)"
LAP = 600.0
FIRST_ID = 101
SEATS_CHANGE_EVERY = 45.0

SYSTEM = Person(1, "SYS", "System", "(simulated)")
KIM = Person(7, "KE", "Kim", "Example (simulated)")
ASA = Person(12, "ÅÖ", "Åsa", "Östlund-Exempel (simulated)")


def _marked(en: str, sv: str) -> Text:
    return {"en": f"{en} {MARK['en']}", "sv": f"{sv} {MARK['sv']}"}


def _typed(text: str) -> Text:
    """What a person typed is the same in every language."""
    return dict.fromkeys(MARK, text)


FREETEXT = "kSEFreetextRebuild (simulated)"
IMPORT = "SimulatedImport"
MESSAGE = "SimulatedMessageOfTheDay"
NO_LOGIN = "SimulatedNoLogin"
COUNTERS = "SimulatedROURebuild"
FIELDS = "SimulatedUDefRebuild"

NAMES = {
    FREETEXT: _marked("FreetextRebuild", "FreetextRebuild"),
    IMPORT: _marked("Import", "Import"),
    MESSAGE: _marked("Message of the day", "Dagens meddelande"),
    NO_LOGIN: _marked("No Login", "Utan inloggning"),
    COUNTERS: _marked("ROURebuild", "ROURebuild"),
    FIELDS: _marked("UDefRebuild", "UDefRebuild"),
}

COMPANIES_READ = _marked(
    "Companies: {done} of {amount} rows read", "Företag: {done} av {amount} rader lästa"
)
PRODUCTS_READ = _marked(
    "Products: {done} of {amount} rows read", "Produkter: {done} av {amount} rader lästa"
)
PERSONS_READ = _marked(
    "Persons: {done} of {amount} rows read", "Personer: {done} av {amount} rader lästa"
)
WORDS_INDEXED = _marked("{done} of {amount} words indexed", "{done} av {amount} ord indexerade")
COUNTED = _marked("{done} of {amount} companies counted", "{done} av {amount} företag räknade")
PUBLISHED = _marked("Fields of companies are published", "Företagens fält publiceras")

UPGRADE_TONIGHT = _typed(
    "(simulated) Uppgradering i kväll kl. 18 — spara ert arbete!\n"
    "Mise à jour ce soir ; 今夜アップグレード 🛠\n"
    "<script>alert('simulated')</script> <b>not bold</b> & {{ 7 * 7 }} %s\t\"quoted\"\n"
    "'; DROP TABLE systemevent; --"
)
SERVICE_DESK = _typed("(simulated) Service desk: please close what you have answered.\nTack! /Åsa")
BACK_AGAIN = _typed("(simulated) The upgrade is done.\r\nQuestions? Ask Kim, floor 3½.")
UPGRADING = _typed("(simulated) Upgrading: nobody can log in.")
BACKUP = _typed("(simulated) Backup before tonight's import")

SCENES = (
    Scene(0, 170, IMPORT, COMPANIES_READ, KIM, expected_end=180, amount=420),
    Scene(0, 285, MESSAGE, UPGRADE_TONIGHT, ASA, expected_end=480, scope=Scope.SystemWide),
    # The index outlives what was promised for it, and is still being made long after.
    Scene(20, 240, FREETEXT, WORDS_INDEXED, SYSTEM, expected_end=80, amount=83_000),
    # The same key twice at a time: once for everybody, once for a group.
    Scene(75, 400, MESSAGE, SERVICE_DESK, ASA, scope=Scope.Group, owner=3),
    Scene(130, 190, NO_LOGIN, UPGRADING, KIM, expected_end=200, scope=Scope.SystemWide),
    Scene(205, 300, IMPORT, PRODUCTS_READ, KIM, expected_end=290, amount=1_250),
    Scene(255, 280, FIELDS, PUBLISHED, ASA, expected_end=285),
    Scene(310, 360, COUNTERS, COUNTED, SYSTEM, expected_end=370, amount=2_600),
    Scene(335, 590, MESSAGE, BACK_AGAIN, ASA, scope=Scope.SystemWide),
    Scene(380, 530, IMPORT, PERSONS_READ, ASA, expected_end=540, amount=3_100),
    # This time the index is made in time.
    Scene(425, 480, FREETEXT, WORDS_INDEXED, SYSTEM, expected_end=490, amount=83_000),
    Scene(510, 570, NO_LOGIN, BACKUP, KIM),
    # Runs on into the next lap's first seconds.
    Scene(550, 610, COUNTERS, COUNTED, SYSTEM, expected_end=620, amount=2_600),
)
"""In the order of their starts, so that ids grow with time, as they do in a database."""

LICENCES = (
    Licence(
        owner="SUPEROFFICE (simulated)",
        description="SuperOffice (simulated)",
        serial=SERIAL,
        version="11.10",
        next_check=1,
        admin_warning=-18,
        expires=12,
        grace=24,
        maintenance=12,
        modules=(
            Module("server (simulated)", "Server (simulated)", "SiteLicense", 1, (1,)),
            Module("import (simulated)", "Import (simulated)", "SiteLicense", 1, (1,)),
            Module("saint (simulated)", "SAINT (simulated)", "SiteLicense", 1, (1,)),
            Module(
                "web (simulated)", "Web client (simulated)", "UserLicense", 50, (46, 47, 48, 49, 48)
            ),
            Module(
                "service-t2 (simulated)",
                "Service (simulated)",
                "UserLicense",
                20,
                (11, 12),
                prerequisite="web (simulated)",
            ),
            Module(
                "pocket-crm-cal (simulated)", "Mobile client (simulated)", "UserLicense", 10, (10,)
            ),
            Module(
                "visible-for (simulated)",
                "Visible for (simulated)",
                "SiteLicense",
                1,
                (37,),
                unrestricted=True,
            ),
            Module(
                "document (simulated)",
                "Documents (simulated)",
                "UserLicense",
                50,
                (46,),
                hidden=True,
            ),
            Module(
                "selection (simulated)",
                "Selections (simulated)",
                "UserLicense",
                50,
                (46,),
                hidden=True,
            ),
        ),
    ),
    Licence(
        owner="EXAMPLEADDON (simulated)",
        description="Example add-on (simulated)",
        serial=SERIAL,
        version="2.3",
        next_check=None,
        admin_warning=None,
        expires=None,
        grace=None,
        maintenance=40,
        modules=(
            Module("map-view (simulated)", "Map view (simulated)", "UserLicense", 5, (3, 4, 5, 4)),
            Module("map-server (simulated)", "Map server (simulated)", "SatelliteLicense", 2, (1,)),
            Module(
                "map-core (simulated)",
                "Map core (simulated)",
                "SiteLicense",
                1,
                (1,),
                unrestricted=True,
                hidden=True,
            ),
        ),
    ),
)


def state_at(seconds: float) -> State:
    """What the installation would tell `seconds` after the story's start; none before it."""
    beat = max(0, math.floor(seconds / SEATS_CHANGE_EVERY))
    in_use = {
        (licence.owner, module.name): module.in_use[beat % len(module.in_use)]
        for licence in LICENCES
        for module in licence.modules
    }
    return State(tuple(_events_at(seconds)), in_use)


def _events_at(seconds: float) -> Iterator[SystemEvent]:
    current = math.floor(seconds / LAP)
    # What runs on past the end of a lap belongs to the lap that it started in.
    for lap in (current - 1, current):
        for index, scene in enumerate(SCENES):
            if lap >= 0 and scene.start <= seconds - lap * LAP < scene.end:
                yield _event(scene, lap, index, seconds)


def _event(scene: Scene, lap: int, index: int, seconds: float) -> SystemEvent:
    began = lap * LAP
    done, share = _progress(scene, seconds - began)
    return SystemEvent(
        id=FIRST_ID + lap * len(SCENES) + index,
        key=scene.key,
        name=NAMES[scene.key],
        status=_status(share),
        message=_message(scene, done),
        scope=scene.scope,
        owner=scene.owner,
        by=scene.by,
        registered=began + scene.start,
        eta=None if scene.expected_end is None else began + scene.expected_end,
        updated_count=done or 0,
    )


def _progress(scene: Scene, second: float) -> tuple[int | None, int | None]:
    """How much is done, and how many percent that is; None where there is nothing to count."""
    if scene.amount is None:
        return None, None
    done = math.floor(scene.amount * (second - scene.start) / (scene.end - scene.start))
    return done, 100 * done // scene.amount


def _status(percent: int | None) -> Text:
    if percent is None:
        return _marked("Active", "Aktiv")
    return _marked(f"Running, {percent} %", f"Pågår, {percent} %")


def _message(scene: Scene, done: int | None) -> Text:
    if done is None:
        return scene.message
    return {
        language: text.format(done=done, amount=scene.amount)
        for language, text in scene.message.items()
    }
