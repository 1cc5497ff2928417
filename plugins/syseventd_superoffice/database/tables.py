"""The tables of a SuperOffice database, as far as they are read: no column holds a secret.

Names are written in small letters, as SQL Server finds them under its usual collation. The
metadata names no schema: the engine puts the installation's own in its place.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Unicode,
    UnicodeText,
    UniqueConstraint,
)

from syseventd_superoffice.database.column_types import BaseTime, Flag, UShort, UtcTime, Word

metadata = MetaData()

LICENCE_TYPES = Word(("Unknown", "SiteLicense", "SatelliteLicense", "UserLicense"))
MESSAGE_TYPES = Word(("Unspecified", "Info", "Warning", "Error"))


def _id(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


associate = Table(
    "associate",
    metadata,
    _id("associate_id"),
    Column("name", Unicode(239), nullable=False),
    Column("deleted", SmallInteger),
    Column("person_id", Integer),
)

person = Table(
    "person",
    metadata,
    _id("person_id"),
    Column("firstname", Unicode(99), nullable=False),
    Column("middlename", Unicode(99)),
    Column("lastname", Unicode(99)),
)

systemevent = Table(
    "systemevent",
    metadata,
    _id("systemevent_id"),
    Column("scope", Integer, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("eventkey", Unicode(254)),
    Column("eventmess", Unicode(254)),
    Column("extrainfo", Integer),
    Column("eta", BaseTime),
    Column("registered", UtcTime, nullable=False),
    Column("registered_associate_id", Integer, nullable=False),
    Column("updatedcount", SmallInteger, nullable=False),
    UniqueConstraint("eventkey", "scope", "owner"),
)

message = Table(
    "message",
    metadata,
    _id("message_id"),
    Column("associateid", Integer, nullable=False),
    Column("onlineapp_id", Integer, nullable=False),
    Column("systemmessageid", Unicode(255), nullable=False),
    Column("markdownmessage", Unicode(4000), nullable=False),
    Column("expire", UtcTime, nullable=False),
    Column("type", MESSAGE_TYPES, nullable=False),
    UniqueConstraint("associateid", "systemmessageid", "onlineapp_id"),
)

company = Table(
    "company",
    metadata,
    _id("company_id"),
    Column("version", Integer, nullable=False),
    Column("revision", SmallInteger, nullable=False),
    Column("ownercontactname", Unicode(219), nullable=False),
    Column("ownerdepartmentname", Unicode(219), nullable=False),
    Column("dbcontactname", Unicode(219), nullable=False),
    Column("dbdepartmentname", Unicode(219), nullable=False),
    Column("serialno", Unicode(219), nullable=False),
)
"""Exactly one row, in every installation."""

moduleowner = Table(
    "moduleowner",
    metadata,
    _id("moduleowner_id"),
    Column("ownername", Unicode(239), nullable=False, unique=True),
    Column("ownerdescription", Unicode(254), nullable=False),
    Column("licenseurl", Unicode(254), nullable=False),
    Column("licenseversion", Unicode(254), nullable=False),
    Column("deploymenttype", Integer),
    Column("producttype", Unicode(254)),
    Column("producttypedescription", Unicode(254)),
    Column("extraflags", Integer, nullable=False),
    Column("extrainfo", Unicode(254)),
    Column("expiration", BaseTime, nullable=False),
    Column("graceto", BaseTime, nullable=False),
    Column("maintenanceto", BaseTime, nullable=False),
    Column("nextcheckdate", BaseTime),
    Column("adminwarningdate", BaseTime),
)

modulelicense = Table(
    "modulelicense",
    metadata,
    _id("modulelicense_id"),
    Column("modulename", Unicode(239), nullable=False),
    Column("moduledescription", Unicode(254), nullable=False),
    Column("moduleversion", Unicode(254)),
    Column("tooltip", Unicode(254), nullable=False),
    Column("licensetype", LICENCE_TYPES, nullable=False),
    Column("licensenumber", Integer, nullable=False),
    Column("extraflags", Integer, nullable=False),
    Column("extrainfo", Unicode(3999)),
    Column("moduleowner_id", ForeignKey("moduleowner.moduleowner_id"), nullable=False),
    Column("sortorder", Integer),
    Column("unrestricted", Flag),
    Column("hidden", Flag),
    Column("prerequisitemodule", Unicode(239)),
    UniqueConstraint("modulename", "moduleversion", "moduleowner_id"),
)

licenseassoclink = Table(
    "licenseassoclink",
    metadata,
    _id("licenseassoclink_id"),
    Column("modulelicenseid", Integer, nullable=False),
    Column("associd", Integer, nullable=False),
    Column("licensenumber", Integer, nullable=False),
    UniqueConstraint("modulelicenseid", "associd"),
)
"""Which user has a licence of which module: what is in use."""

licensesatllink = Table(
    "licensesatllink",
    metadata,
    _id("licensesatllink_id"),
    Column("modulelicenseid", Integer, nullable=False),
    Column("licensenumber", Integer, nullable=False),
)

satellite = Table(
    "satellite",
    metadata,
    _id("satellite_id"),
    Column("area_id", Integer, nullable=False),
    Column("contact_id", Integer, nullable=False),
)

travelcurrent = Table(
    "travelcurrent",
    metadata,
    _id("travelcurrent_id"),
    Column("systemlevel", SmallInteger),
    Column("current_id", Integer),
    Column("central_id", Integer),
    Column("area_id", Integer),
    Column("databasetype", SmallInteger),
    Column("dbtag", Unicode(39), nullable=False),
    Column("parentdbtag", Unicode(39), nullable=False),
    Column("centraldbtag", Unicode(39), nullable=False),
)

travelgenerateddatabase = Table(
    "travelgenerateddatabase",
    metadata,
    _id("travelgenerateddatabase_id"),
    Column("databasetype", SmallInteger),
    Column("area_id", Integer),
    Column("generatedtime", BaseTime),
    Column("state", UShort),
    Column("dbtag", Unicode(39)),
    Column("registered", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
)

productversion = Table(
    "productversion",
    metadata,
    _id("productversion_id"),
    Column("ownername", Unicode(254), nullable=False),
    Column("codename", Unicode(254), nullable=False),
    Column("version", Unicode(254), nullable=False),
    Column("comment", Unicode(254), nullable=False),
    Column("registered", UtcTime, nullable=False),
    UniqueConstraint("ownername", "codename"),
)

messagehandler = Table(
    "messagehandler",
    metadata,
    _id("messagehandler_id"),
    Column("uniqueidentifier", Unicode(39), nullable=False, unique=True),
    Column("machine", Unicode(254), nullable=False),
    Column("port", Integer, nullable=False),
    Column("processidlow", Integer, nullable=False),
    Column("processidhigh", Integer, nullable=False),
    Column("role", Integer, nullable=False),
    Column("registered", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
)
"""One row a NetServer process, which writes `updated` once a minute."""

batchtaskdefinition = Table(
    "batchtaskdefinition",
    metadata,
    _id("batchtaskdefinition_id"),
    Column("name", Unicode(254), nullable=False),
    Column("description", Unicode(254), nullable=False),
)

batchtask = Table(
    "batchtask",
    metadata,
    _id("batchtask_id"),
    Column("batchtaskdefinition_id", Integer),
    Column("description", Unicode(254), nullable=False),
    Column("state", Integer, nullable=False),
    Column("response", Unicode(254)),
    Column("startcount", Integer),
    Column("laststarted", BaseTime),
    Column("progresspercent", SmallInteger),
    Column("progressdescription", Unicode(254)),
    Column("registered", UtcTime, nullable=False),
    Column("registered_associate_id", Integer, nullable=False),
    Column("updated", UtcTime, nullable=False),
)

saintconfiguration = Table(
    "saintconfiguration",
    metadata,
    _id("saintconfiguration_id"),
    Column("ownertable", SmallInteger, nullable=False),
    Column("enabled", Flag, nullable=False),
    Column("period1", Integer, nullable=False),
    Column("period2", Integer, nullable=False),
    Column("period3", Integer, nullable=False),
    Column("generationstart", BaseTime),
    Column("generationend", BaseTime),
    Column("rowsgenerated", Integer),
)

statusdef = Table(
    "statusdef",
    metadata,
    _id("statusdef_id"),
    Column("isvisual", Flag),
    Column("needsupdate", Flag),
    Column("rank", SmallInteger),
    Column("deleted", Flag),
    Column("ownertable", SmallInteger),
    Column("defaulttask", Integer),
    Column("lastgenerated", BaseTime),
    Column("nummatches", Integer),
    Column("numneedupdate", Integer),
    Column("generationstart", BaseTime),
)

localetext = Table(
    "localetext",
    metadata,
    _id("localetext_id"),
    Column("languageid", Integer, nullable=False),
    Column("typeid", SmallInteger, nullable=False),
    Column("resourceid", Integer, nullable=False),
    Column("text", Unicode(254)),
    UniqueConstraint("languageid", "typeid", "resourceid"),
)

freetextwords = Table(
    "freetextwords", metadata, _id("freetextwords_id"), Column("word", Unicode(19), nullable=False)
)

freetextindex = Table(
    "freetextindex",
    metadata,
    _id("freetextindex_id"),
    Column("freetextwords_id", Integer, nullable=False),
)
"""Millions of rows, perhaps: their number is taken from what the server knows of it anyway."""

schedule = Table(
    "schedule",
    metadata,
    _id("id"),
    Column("domain", Integer),
    Column("status", Integer),
    Column("frequency", Integer),
    Column("asap", Flag, nullable=False),
    Column("disabled", Flag, nullable=False),
    Column("stop", Flag, nullable=False),
    Column("name", Unicode(255)),
    Column("minute_interval", Integer),
    Column("once_at", BaseTime),
    Column("next_execution", BaseTime),
    Column("last_execution", BaseTime),
    Column("execution_time", Integer),
    Column("lock_expire", BaseTime),
    Column("error_message", UnicodeText),
    Column("last_error", BaseTime),
    Column("retries", Integer, nullable=False),
    Column("retry_interval", Integer),
)

s_shipment = Table(
    "s_shipment",
    metadata,
    _id("id"),
    Column("start_date", BaseTime),
    Column("sent_num", Integer),
)

login_customer = Table(
    "login_customer",
    metadata,
    _id("id"),
    Column("origin", Integer, nullable=False),
    Column("created_at", BaseTime),
)

chat_session = Table("chat_session", metadata, _id("id"), Column("when_started", BaseTime))

form_submission = Table(
    "form_submission",
    metadata,
    _id("form_submission_id"),
    Column("when_submitted", BaseTime),
    Column("status", Integer, nullable=False),
)
