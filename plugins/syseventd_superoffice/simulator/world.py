"""What a simulated installation is made of, and `State`: all of it at one moment. Immutable.

Times are seconds of the story as floats; what lies before its start is below zero. Dates of
licences are days after the story's first day, at midnight of the base time zone. None is no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syseventd_superoffice.simulator.vocabulary import (
    FormStatus,
    LicenceStatus,
    LicenceType,
    MessageType,
    Scope,
    ShipmentStatus,
    TaskState,
    Text,
    UserType,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the installation. `id` is the associate's and the person's as well."""

    id: int
    initials: str
    first_name: str
    last_name: str
    deleted: bool = False
    type: UserType = UserType.InternalAssociate

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def user_name(self) -> str:
        return f"{self.initials.lower()}@crm.example"


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """A row of `systemevent`. `extra_info` is the area of a prototype that is made, else 0."""

    id: int
    key: str
    name: Text
    status: Text
    message: Text
    scope: Scope
    owner: int
    by: Person
    registered: float
    eta: float | None
    updated_count: int
    extra_info: int = 0


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A row of `batchtaskdefinition`: a kind of batch task. `timeout` in seconds, 0 is none."""

    id: int
    name: str
    description: Text
    timeout: int = 0


@dataclass(frozen=True, slots=True)
class BatchTask:
    """A row of `batchtask`. `by` None is a task of the system.

    `updated` is the task's heartbeat, once a minute while it runs.
    """

    id: int
    definition: TaskDefinition
    description: Text
    state: TaskState
    by: Person | None
    registered: float
    updated: float
    last_started: float | None
    start_count: int
    progress_percent: int | None
    progress_description: Text
    response: Text
    updated_count: int
    request: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """A message of the yellow banner. `associate_id` 0 is for everybody."""

    id: int
    associate_id: int
    name: str
    text: Text
    type: MessageType
    expires: float


@dataclass(frozen=True, slots=True)
class Counters:
    """A row of `saintconfiguration`: SAINT's counters of one table (5 contact, 6 person, …).

    They are being made while `generation_start` is later than `generation_end`.
    """

    id: int
    table: int
    enabled: bool
    periods: tuple[int, int, int]
    generation_start: float | None
    generation_end: float | None
    rows: int


@dataclass(frozen=True, slots=True)
class StatusMonitor:
    """A row of `statusdef`. It is being made while `generation_start` > `last_generated`."""

    id: int
    table: int
    kind: str
    """The vendor's word for its table: contact, person or project."""
    name: Text
    description: Text
    rank: int
    visual: bool
    needs_update: bool
    matches: int
    need_update: int
    generation_start: float | None
    last_generated: float | None


@dataclass(frozen=True, slots=True)
class FreeTextIndex:
    """The state of the free-text index; `words` are the different ones, `occurrences` all."""

    enabled: bool
    words: int
    occurrences: int
    last_generated: float | None


@dataclass(frozen=True, slots=True)
class Module:
    """One licence of an owner: `seats` of them. `prerequisite` names another module."""

    name: str
    description: str
    type: LicenceType
    seats: int
    unrestricted: bool = False
    hidden: bool = False
    prerequisite: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """What one licence owner has issued. Without `expires` it never ends, nor does its grace."""

    owner: str
    description: str
    company: str
    serial: str
    version: str
    next_check: int | None
    admin_warning: int | None
    expires: int | None
    grace: int | None
    maintenance: int
    modules: tuple[Module, ...]
    product: str | None = None

    def seats(self, module: str) -> int:
        """How many there are of a module; 0 of one that is not in this licence."""
        return next((m.seats for m in self.modules if m.name == module), 0)


@dataclass(frozen=True, slots=True)
class Holding:
    """The licence of one owner that holds, and the one that waits, if one does.

    `in_use` counts seats by module name. `status` and `answer` are the licence server's.
    """

    current: Licence
    waiting: Licence | None
    in_use: Mapping[str, int]
    status: LicenceStatus
    answer: Text

    @property
    def overused(self) -> tuple[str, ...]:
        """The modules of which more are in use than the waiting licence has."""
        if self.waiting is None:
            return ()
        modules = (m for m in self.current.modules if not m.unrestricted)
        return tuple(m.name for m in modules if self.in_use[m.name] > self.waiting.seats(m.name))


@dataclass(frozen=True, slots=True)
class PlanLimit:
    """How much is used of what the plan allows: active projects."""

    active: int
    maximum: int

    @property
    def near(self) -> bool:
        return self.active >= 0.85 * self.maximum

    @property
    def reached(self) -> bool:
        return self.active >= self.maximum


@dataclass(frozen=True, slots=True)
class Product:
    """The versions of what is installed; `database_version` is the number in `company`."""

    version: str
    label: str
    built: float
    database_version: int
    database_revision: int


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the database's dictionary."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Satellite:
    """A row of `satellite`."""

    id: int
    area_id: int
    name: str


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A row of `messagehandler`: a NetServer process. `updated` is its heartbeat each minute."""

    id: int
    unique: str
    machine: str
    port: int
    process_id: int
    role: int
    registered: float
    updated: float


@dataclass(frozen=True, slots=True)
class Prototype:
    """A row of `travelgenerateddatabase`. `state` 65535: being made; 0 ready; else downloads."""

    id: int
    area_id: int
    database_type: int
    generated: float
    state: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A row of `schedule`: a task of Service. It fails while `error` says something.

    `execution_time` in seconds; `minute_interval` in minutes.
    """

    id: int
    name: str
    disabled: bool
    minute_interval: int
    last_execution: float | None
    next_execution: float | None
    execution_time: int
    lock_expires: float | None
    error: str
    last_error: float | None
    retries: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """A row of `s_shipment`: a mailing."""

    id: int
    description: str
    started: float
    ended: float | None
    status: ShipmentStatus
    recipients: int
    sent: int


@dataclass(frozen=True, slots=True)
class CustomerLogin:
    """A row of `login_customer`. `origin` 2: the customer centre's pages; 1: something else."""

    id: int
    at: float
    origin: int


@dataclass(frozen=True, slots=True)
class Chat:
    """A row of `chat_session`; it is purged some time after its end. Nobody may have answered."""

    id: int
    requested: float
    started: float | None
    ended: float | None


@dataclass(frozen=True, slots=True)
class Form:
    """A row of `form_submission`."""

    id: int
    submitted: float
    status: FormStatus


@dataclass(frozen=True, slots=True)
class Usage:
    """The rows from which the metered services can be counted; `storage` is in bytes."""

    storage: int
    shipments: tuple[Shipment, ...]
    logins: tuple[CustomerLogin, ...]
    chats: tuple[Chat, ...]
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class State:
    """All that an installation would tell at one moment: `second` of the story."""

    second: float
    company: str
    serial: str
    events: tuple[SystemEvent, ...]
    tasks: tuple[BatchTask, ...]
    messages: tuple[SystemMessage, ...]
    counters: tuple[Counters, ...]
    monitors: tuple[StatusMonitor, ...]
    index: FreeTextIndex
    holdings: tuple[Holding, ...]
    plan_limit: PlanLimit
    product: Product
    code_steps: tuple[Step, ...]
    database_steps: tuple[Step, ...]
    satellites: tuple[Satellite, ...]
    processes: tuple[ServerProcess, ...]
    prototypes: tuple[Prototype, ...]
    schedules: tuple[Schedule, ...]
    usage: Usage
