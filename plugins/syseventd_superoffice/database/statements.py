"""Every statement that is sent to the tables: SELECTs that name their columns as the WebAPI does.

Where a right may be missing, a statement that asks for less stands behind the one that asks for
all. Each list is cut one row behind the most that is read, so that it shows.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    func,
    select,
)

from syseventd_superoffice.database import tables

Statement: TypeAlias = Select[Any]

MOST_ROWS = 20_000
"""Rows that are read of one table. An installation has some dozens of events, some of tasks."""

LONGEST_ERROR = 4_000
"""Characters that are fetched of a text which the database does not bound."""

MONITOR_NAME = 16
"""How localetext marks the names of status monitors."""

EVERYBODY = 0
"""The user whom a message to all users is written to."""

CUSTOMER_PAGES = 2
"""The origin of logins to the customer centre."""

FORM_SUBMITTED = 3
"""The status from which on a form counts: submitted, processed, or failed while processed."""

BY = "registered_associate_id/"


def _named(table: Table) -> FromClause:
    """A table under its bare name: column names of three parts are to leave SQL Server."""
    return table.alias(table.name)


associate = _named(tables.associate)
batchtask = _named(tables.batchtask)
batchtaskdefinition = _named(tables.batchtaskdefinition)
chat_session = _named(tables.chat_session)
company = _named(tables.company)
form_submission = _named(tables.form_submission)
licenseassoclink = _named(tables.licenseassoclink)
licensesatllink = _named(tables.licensesatllink)
localetext = _named(tables.localetext)
login_customer = _named(tables.login_customer)
message = _named(tables.message)
messagehandler = _named(tables.messagehandler)
modulelicense = _named(tables.modulelicense)
moduleowner = _named(tables.moduleowner)
person = _named(tables.person)
productversion = _named(tables.productversion)
s_shipment = _named(tables.s_shipment)
saintconfiguration = _named(tables.saintconfiguration)
satellite = _named(tables.satellite)
schedule = _named(tables.schedule)
statusdef = _named(tables.statusdef)
systemevent = _named(tables.systemevent)
travelcurrent = _named(tables.travelcurrent)
travelgenerateddatabase = _named(tables.travelgenerateddatabase)


def _list(table: FromClause, joined: FromClause, *columns: ColumnElement[Any]) -> Statement:
    """The rows of `table`, in the order of its primary key."""
    return select(*columns).select_from(joined).order_by(*table.primary_key).limit(MOST_ROWS + 1)


def slow(statement: Statement) -> Statement:
    """One that may take long, or that nobody waits for: lists go before it."""
    return statement.execution_options(may_wait=True)


def may_wait(statement: Statement) -> bool:
    """Whether lists go before this statement."""
    return bool(statement.get_execution_options().get("may_wait"))


def _all_of(table: FromClause, *alike: str, **renamed: str) -> Statement:
    """Rows of one table: columns named as in `alike`, in small letters; others renamed."""
    names = {name.lower(): name for name in alike} | renamed
    return _list(table, table, *(table.c[name].label(label) for name, label in names.items()))


# --- system events and messages -----------------------------------------------------------------

_EVENT = (
    systemevent.c.systemevent_id.label("PrimaryKey"),
    systemevent.c.systemevent_id.label("SystemEvent_id"),
    systemevent.c.scope.label("scope"),
    systemevent.c.owner.label("owner"),
    systemevent.c.eventkey.label("eventkey"),
    systemevent.c.eventmess.label("eventmess"),
    systemevent.c.extrainfo.label("extrainfo"),
    systemevent.c.eta.label("eta"),
    systemevent.c.registered.label("registered"),
    systemevent.c.updatedcount.label("updatedCount"),
)
_USER_ID = associate.c.name.label(f"{BY}assocName")
_PERSON_ID = associate.c.person_id.label(f"{BY}personId")
_NAMES = (
    person.c.firstname.label(f"{BY}firstName"),
    person.c.middlename.label(f"{BY}middleName"),
    person.c.lastname.label(f"{BY}lastName"),
)
_by_user = systemevent.outerjoin(
    associate, associate.c.associate_id == systemevent.c.registered_associate_id
)
_by_person = _by_user.outerjoin(person, person.c.person_id == associate.c.person_id)

SYSTEM_EVENTS = (
    _list(systemevent, _by_person, *_EVENT, _USER_ID, _PERSON_ID, *_NAMES),
    _list(systemevent, _by_user, *_EVENT, _USER_ID, _PERSON_ID),
    _list(systemevent, systemevent, *_EVENT),
)

IS_EVENT_ACTIVE = (
    select(systemevent.c.systemevent_id)
    .where(systemevent.c.eventkey == bindparam("key"))
    .order_by(systemevent.c.systemevent_id)
    .limit(1)
)

SYSTEM_MESSAGES = _all_of(
    message,
    "AssociateId",
    "SystemMessageId",
    "MarkdownMessage",
    "Expire",
    "Type",
    message_id="MessageId",
    onlineapp_id="OnlineappId",
).where(message.c.associateid == EVERYBODY)
"""The messages to everybody. Those to one user are his own."""

# --- licences -----------------------------------------------------------------------------------

COMPANY = _all_of(
    company,
    "version",
    "revision",
    "ownerContactName",
    "ownerDepartmentName",
    "dbContactName",
    "dbDepartmentName",
    "serialNo",
)

LICENCE_OWNERS = _all_of(
    moduleowner,
    "OwnerName",
    "OwnerDescription",
    "NextCheckDate",
    "AdminWarningDate",
    "ExtraFlags",
    "ExtraInfo",
    "LicenseUrl",
    "LicenseVersion",
    "DeploymentType",
    "ProductType",
    moduleowner_id="id",
    maintenanceto="MaintenanceDate",
    expiration="ExpiryDate",
    graceto="GraceDate",
    producttypedescription="ProductDescription",
)

MODULES = _all_of(
    modulelicense,
    "ModuleName",
    "ModuleDescription",
    "ModuleVersion",
    "LicenseType",
    "Unrestricted",
    "ExtraFlags",
    "ExtraInfo",
    "SortOrder",
    modulelicense_id="id",
    moduleowner_id="owner",
    tooltip="ModuleTooltip",
    licensenumber="NumberOfLicenses",
    hidden="IsHidden",
    prerequisitemodule="PrerequisiteModuleName",
)


def _in_use(links: FromClause, joined: FromClause, *rules: ColumnElement[bool]) -> Statement:
    """How many licences of each module are in use. Links with the number 0 are empty."""
    return (
        select(
            links.c.modulelicenseid.label("id"), func.count(links.c.licensenumber).label("in_use")
        )
        .select_from(joined)
        .where(links.c.licensenumber > 0, *rules)
        .group_by(links.c.modulelicenseid)
        .order_by(links.c.modulelicenseid)
        .limit(MOST_ROWS + 1)
    )


_of_users = licenseassoclink.join(associate, associate.c.associate_id == licenseassoclink.c.associd)
USED_BY_USERS = _in_use(licenseassoclink, _of_users, func.coalesce(associate.c.deleted, 0) == 0)
"""Deleted users count for nothing."""

USED_BY_SATELLITES = _in_use(licensesatllink, licensesatllink)

# --- batch tasks --------------------------------------------------------------------------------

_registered_by = associate.alias("registered_by")

_TASK = (
    batchtask.c.batchtask_id.label("PrimaryKey"),
    batchtaskdefinition.c.name.label("DefinitionName"),
    batchtaskdefinition.c.description.label("DefinitionDescription"),
    batchtask.c.description.label("Description"),
    batchtask.c.state.label("State"),
    batchtask.c.response.label("Response"),
    batchtask.c.startcount.label("StartCount"),
    batchtask.c.laststarted.label("LastStarted"),
    batchtask.c.progresspercent.label("ProgressPercent"),
    batchtask.c.progressdescription.label("ProgressDescription"),
    batchtask.c.updated.label("updatedDate"),
    batchtask.c.registered.label("registeredDate"),
)
_defined = batchtask.outerjoin(
    batchtaskdefinition,
    batchtaskdefinition.c.batchtaskdefinition_id == batchtask.c.batchtaskdefinition_id,
)
_with_users = _defined.outerjoin(
    _registered_by, _registered_by.c.associate_id == batchtask.c.registered_associate_id
)

BATCH_TASKS = (
    _list(
        batchtask,
        _with_users,
        *_TASK,
        _registered_by.c.name.label("registeredBy"),
    ),
    _list(batchtask, _defined, *_TASK),
)

# --- SAINT --------------------------------------------------------------------------------------

SAINT_CONFIGURATIONS = _all_of(
    saintconfiguration,
    "OwnerTable",
    "Enabled",
    "Period1",
    "Period2",
    "Period3",
    "GenerationStart",
    "GenerationEnd",
    "RowsGenerated",
)

STATUS_MONITORS = _all_of(
    statusdef,
    "OwnerTable",
    "Rank",
    "DefaultTask",
    "IsVisual",
    "LastGenerated",
    "NeedsUpdate",
    "Deleted",
    "NumMatches",
    "NumNeedUpdate",
    "GenerationStart",
    statusdef_id="StatusMonitorId",
)

MONITOR_NAMES = (
    select(localetext.c.resourceid.label("id"), localetext.c.text.label("Name"))
    .where(localetext.c.typeid == MONITOR_NAME)
    .order_by(localetext.c.resourceid, localetext.c.languageid)
    .limit(MOST_ROWS + 1)
)
"""In several languages, those of none first."""

# --- the installation ---------------------------------------------------------------------------


def _part(table: FromClause, *alike: str) -> Statement:
    """All of a table for which nobody is in a hurry."""
    return slow(_all_of(table, *alike))


TRAVEL_CURRENT = _part(
    travelcurrent,
    "systemlevel",
    "current_id",
    "central_id",
    "area_id",
    "databasetype",
    "dbTag",
    "parentDbTag",
    "centralDbTag",
)

SATELLITES = _part(satellite, "satellite_id", "area_id", "contact_id")

PRODUCT_VERSIONS = _part(
    productversion,
    "ownerName",
    "codeName",
    "version",
    "comment",
    "registered",
)

SERVER_PROCESSES = _part(
    messagehandler,
    "MessageHandler_id",
    "uniqueIdentifier",
    "machine",
    "port",
    "processIdLow",
    "processIdHigh",
    "role",
    "registered",
    "updated",
)

PROTOTYPES = _part(
    travelgenerateddatabase,
    "travelgenerateddatabase_id",
    "databasetype",
    "area_id",
    "generatedtime",
    "state",
    "dbTag",
    "registered",
    "updated",
)

SCHEDULES = slow(
    _list(
        schedule,
        schedule,
        *(column for column in schedule.c if column.name != "error_message"),
        func.substring(schedule.c.error_message, 1, LONGEST_ERROR).label("error_message"),
    )
)

DOES_COMPANY_EXIST = select(company.c.company_id).order_by(company.c.company_id).limit(1)
"""Whether this is a SuperOffice database at all."""

# --- what is metered ----------------------------------------------------------------------------


def _counted(time: ColumnElement[Any], count: ColumnElement[Any], *rules: Any) -> Statement:
    """How many there were from `since` on, and before `until`."""
    within = and_(time >= bindparam("since"), time < bindparam("until"), *rules)
    return slow(select(count.label("count")).where(within))


def _newest(time: ColumnElement[Any]) -> Statement:
    """Some time of the column, which shows how the database keeps times."""
    return slow(select(time.label("time")).where(time.is_not(None)).limit(1))


_sent, _made = s_shipment.c.start_date, login_customer.c.created_at
_begun, _handed_in = chat_session.c.when_started, form_submission.c.when_submitted
_number = s_shipment.c.sent_num

USAGE = {
    "mailings": _counted(_sent, func.coalesce(func.sum(cast(_number, BigInteger)), 0)),
    "logins": _counted(_made, func.count(_made), login_customer.c.origin == CUSTOMER_PAGES),
    "chats": _counted(_begun, func.count(_begun)),
    "forms": _counted(
        _handed_in, func.count(_handed_in), form_submission.c.status >= FORM_SUBMITTED
    ),
}
"""Each metered service, counted from what the installation keeps of it: an estimate."""

USAGE_TIMES = {
    "mailings": _newest(_sent),
    "logins": _newest(_made),
    "chats": _newest(_begun),
    "forms": _newest(_handed_in),
}
