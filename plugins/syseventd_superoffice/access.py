"""What an installation can be asked, whichever way in is configured: questions, and no answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from syseventd import Problem, Timestamp


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of a list, as they came. `complete` False: there may be more that were not seen.

    `where` names the list in messages; `facts` is what the replies tell of the installation
    beside the rows. While nothing changes, a way in returns the same object as before.
    """

    rows: Sequence[object]
    problems: tuple[Problem, ...] = ()
    complete: bool = True
    facts: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One answer that is no list of rows: decoded JSON, of which nothing is believed yet but that
    it is a list where a list is asked for, and else an object.

    `where` names it in messages; `facts` is what came beside it.
    """

    value: Any
    where: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Access(Protocol):
    """A way into one installation: its WebAPI, its database, or both.

    Answers have the shapes and names of the vendor's description of the WebAPI, whichever way
    they came, so that a source has one reader. Every question raises errors that derive from
    ProbeEnded; NotAvailable where this installation, or this way in, has no answer to it.
    """

    @property
    def user(self) -> str:
        """Whom the installation knows us as, for messages."""

    async def system_events(self) -> Listing:
        """The system events: columns of the archive SystemEvents."""

    async def is_event_active(self, key: str) -> bool:
        """Whether a system event with this key is there now."""

    async def system_messages(self) -> Document:
        """The messages of the yellow banner: a list of SystemMessage."""

    async def batch_tasks(self) -> Listing:
        """The batch tasks of users and of the system: columns of the archive BatchTasks."""

    async def portraits(self, person_ids: Sequence[int]) -> Document:
        """Portraits of these persons: a list of PersonImage, small ones, without who has none.

        They are large and asked for seldom: no way in remembers them.
        """

    async def saint_configurations(self) -> Document:
        """The state of SAINT's counters: a list of SaintConfiguration."""

    async def status_monitors(self) -> Document:
        """The state of SAINT's status monitors: a list of StatusMonitor."""

    async def freetext_status(self) -> Document:
        """The state of the free-text index: FreeText."""

    async def licences(self) -> Document:
        """Each owner's licence, as the installation's database has it: ExtendedLicenseInfo[]."""

    async def licence_status(self) -> Document:
        """Dates and owner of the installation's licence: UserAndInstallationLicenceStatus."""

    async def plan_limit(self) -> Document:
        """The plan's limit that is near or reached: FencingInfo."""

    async def licence_server_status(self, owner: str) -> Document:
        """What the licence server has for an owner: CheckLicenseStatusResult. Slow; ask rarely."""

    async def principal(self) -> Document:
        """Who we are logged in as, with the modules granted: SoPrincipalCarrier."""

    async def versions(self) -> Document:
        """The names and versions that `/api` tells without a login."""

    async def base_time_zone(self) -> Document:
        """The time zone in which the database keeps its dates: TimeZoneData."""

    async def upgrade_steps(self) -> Document:
        """`{"code": [...], "database": [...]}`, both of DictionaryStepInformation."""

    async def database(self) -> Document:
        """What the database says of itself, as one object.

        `company`, `travelcurrent`: one row each; `satellite`, `productversion`: rows;
        `databaseType`: words such as "Microsoft SQL Server 2022".
        """

    async def server_processes(self) -> Listing:
        """One row a NetServer process: columns of the table messagehandler."""

    async def prototypes(self) -> Listing:
        """The Travel prototypes: columns of the table travelgenerateddatabase."""

    async def schedules(self) -> Listing:
        """Service's scheduled tasks: columns of the table schedule."""

    async def usage(self, since: Timestamp, until: Timestamp) -> Document:
        """What was used of the metered services between two times, as far as can be counted.

        An object with any of `storage` (bytes now), `mailings`, `logins`, `chats`, `forms`
        (numbers since `since`); what can't be counted is missing.
        """

    async def tenant(self) -> Document:
        """The state of an online tenant, asked without a login. NotAvailable onsite."""

    async def aclose(self) -> None:
        """Closes connections."""
