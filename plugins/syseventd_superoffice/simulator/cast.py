"""Who and what has a part in the story: people, kinds of events and tasks, and what is said.

Only `kSEFreetextRebuild` is a key that the vendor has published; the other keys, and the names of
tasks, are made up here. Keys become labels of metrics, where no banner stands beside them: each
says itself that it is simulated.
"""

from __future__ import annotations

from syseventd_superoffice.simulator.scenes import EventType
from syseventd_superoffice.simulator.vocabulary import Text, UserType, marked, typed
from syseventd_superoffice.simulator.world import Person, TaskDefinition


def _same(word: str) -> Text:
    """A word that the vendor has left in English everywhere."""
    return marked(word, word)


SYSTEM = Person(1, "SYS", "System", "(simulated)", type=UserType.SystemAssociate)
KIM = Person(7, "KE", "Kim", "Example (simulated)")
ASA = Person(12, "ÅÖ", "Åsa", "Östlund-Exempel (simulated)")
WATCHER = Person(20, "DEMO", "Demo", "Watcher (simulated)")
LEFT = Person(31, "LE", "Lee", "Left (simulated)", deleted=True)
PEOPLE = (SYSTEM, KIM, ASA, WATCHER, LEFT)

# ---- What happens: keys and names of events, kinds of tasks ------------------------------------

FREETEXT = EventType("kSEFreetextRebuild (simulated)", _same("FreetextRebuild"))
IMPORT = EventType("SimulatedImport", _same("Import"))
MESSAGE = EventType("SimulatedMessageOfTheDay", marked("Message of the day", "Dagens meddelande"))
NO_LOGIN = EventType("SimulatedNoLogin", marked("No Login", "Utan inloggning"))
NO_FREETEXT = EventType("SimulatedNoFreetext", marked("No Freetext", "Utan fritext"))
NO_TRAVEL = EventType("SimulatedNoTravel", marked("No Travel", "Utan Travel"))
COUNTERS = EventType("SimulatedROURebuild", _same("ROURebuild"))
COMPANY_FIELDS = EventType("SimulatedUDefRebuildContact", _same("UDefRebuild"))
PERSON_FIELDS = EventType("SimulatedUDefRebuildPerson", _same("UDefRebuild"))
PROTOTYPE = EventType("SimulatedPrototypeRebuild", _same("PrototypeRebuild"))

IMPORTING = TaskDefinition(1, "SimulatedImport", marked("Import", "Import"), 7200)
INDEXING = TaskDefinition(2, "SimulatedFreetextRegen", marked("Free-text index", "Fritextindex"))
COUNTING = TaskDefinition(3, "SimulatedSaintRegen", marked("SAINT counters", "SAINT-räknare"))
MONITORING = TaskDefinition(
    4, "SimulatedStatusMonitorRegenerate", marked("Status monitors", "Statusmonitorer")
)
PUBLISHING = TaskDefinition(
    5, "SimulatedUdefPublish", marked("Publish user-defined fields", "Publicera egna fält")
)
MERGING = TaskDefinition(6, "SimulatedMailMerge", marked("Mail merge", "Kopplad utskrift"))
EXPORTING = TaskDefinition(7, "SimulatedExportArchive", marked("Export", "Export"))
CHANGING = TaskDefinition(8, "SimulatedBulkUpdate", marked("Bulk update", "Massuppdatering"))
MAINTAINING = TaskDefinition(9, "SimulatedMaintenance", marked("Maintenance", "Underhåll"))
REPORTING = TaskDefinition(10, "SimulatedReporter", marked("Report", "Rapport"), 60)
SYNCHRONISING = TaskDefinition(
    11, "SimulatedErpForceResync", marked("ERP synchronisation", "ERP-synkronisering")
)

DEFINITIONS = (
    *(IMPORTING, INDEXING, COUNTING, MONITORING, PUBLISHING, MERGING),
    *(EXPORTING, CHANGING, MAINTAINING, REPORTING, SYNCHRONISING),
)

# ---- What is said about it ---------------------------------------------------------------------

COMPANIES_READ = marked(
    "Companies: {done} of {amount} rows read", "Företag: {done} av {amount} rader lästa"
)
PRODUCTS_READ = marked(
    "Products: {done} of {amount} rows read", "Produkter: {done} av {amount} rader lästa"
)
PERSONS_READ = marked(
    "Persons: {done} of {amount} rows read", "Personer: {done} av {amount} rader lästa"
)
WORDS_INDEXED = marked("{done} of {amount} words indexed", "{done} av {amount} ord indexerade")
COUNTED = marked("{done} of {amount} companies counted", "{done} av {amount} företag räknade")
MONITORED = marked("{done} of {amount} statuses set", "{done} av {amount} statusar satta")
COMPANIES_PUBLISHED = marked("Fields of companies are published", "Företagens fält publiceras")
PERSONS_PUBLISHED = marked("Fields of persons are published", "Personernas fält publiceras")
COPIED = marked("Travel prototype of area 2", "Travel-prototyp för område 2")
LETTERS = marked("Letter {done} of {amount}", "Brev {done} av {amount}")
CHANGED = marked("{done} of {amount} companies changed", "{done} av {amount} företag ändrade")
PAGES = marked("Page {done} of {amount}", "Sida {done} av {amount}")

COMPANY_LIST = marked("Companies from a spreadsheet", "Företag från ett kalkylblad")
PRODUCT_LIST = marked("Products from a spreadsheet", "Produkter från ett kalkylblad")
PERSON_LIST = marked("Persons from a spreadsheet", "Personer från ett kalkylblad")
AUTUMN = marked("Autumn letter", "Höstbrev")
ALL_COMPANIES = marked("All companies", "Alla företag")
NEW_OWNERS = marked("New owners for 900 companies", "Nya ägare till 900 företag")
WHOLE_INDEX = marked("All words", "Alla ord")
ALL_COUNTERS = marked("All counters", "Alla räknare")
ALL_MONITORS = marked("All status monitors", "Alla statusmonitorer")
TIDYING = marked("Tidying up", "Städning")
ERP = marked("All connections", "Alla kopplingar")
MONTH = marked("Sales of the month", "Månadens försäljning")

ROW_IS_WRONG = marked(
    "Row 812: the price is no number. 811 products were read",
    "Rad 812: priset är inget tal. 811 produkter lästes in",
)
ERP_IS_AWAY = typed(
    "(simulated) ERP connector: <b>timeout</b> after 30 s\n"
    "\tat Simulated.Connector.Pull(Int32 page) — 接続できません\r\n{{ 7 * 7 }} %s '; --"
)

UPGRADE_TONIGHT = typed(
    "(simulated) Uppgradering i kväll kl. 18 — spara ert arbete!\n"
    "Mise à jour ce soir ; 今夜アップグレード 🛠\n"
    "<script>alert('simulated')</script> <b>not bold</b> & {{ 7 * 7 }} %s\t\"quoted\"\n"
    "'; DROP TABLE systemevent; --"
)
SERVICE_DESK = typed("(simulated) Service desk: please close what you have answered.\nTack! /Åsa")
BACK_AGAIN = typed("(simulated) The upgrade is done.\r\nQuestions? Ask Kim, floor 3½.")
UPGRADING = typed("(simulated) Upgrading: nobody can log in.")
FORGOTTEN = typed("(simulated) Closed for five minutes. /Kim")
BACKUP = typed("(simulated) Backup before tonight's import")
ON_THE_ROAD = typed("(simulated) Small databases for those who travel")
NOT_FROM_HOME = typed("(simulated) Åsa's laptop is lost: no Travel until it is found")
LICENCE_ENDS = marked(
    "**Your licence ends soon.** [Renew](https://licence.example/simulated)",
    "**Er licens går snart ut.** [Förnya](https://licence.example/simulated)",
)
MAIL_IS_SLOW = marked("Mails are *late* today", "E-post är *försenad* i dag")
TELEPHONY_IS_DOWN = marked("Telephony does not answer", "Telefonin svarar inte")
