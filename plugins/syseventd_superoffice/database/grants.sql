-- What syseventd needs to be allowed in SuperOffice's database: to read these columns, and no others.
-- Where the tables lie in another schema, write that for crm7; where the login is called
-- otherwise, write its name for syseventd. Before it, in this database:
--
--     CREATE LOGIN syseventd WITH PASSWORD = '...';
--     CREATE USER syseventd FOR LOGIN syseventd;

GRANT SELECT (associate_id, name, deleted, person_id)
    ON crm7.associate TO syseventd;
GRANT SELECT (batchtask_id, batchtaskdefinition_id, description, state, response,
    startcount, laststarted, progresspercent, progressdescription, registered,
    registered_associate_id, updated)
    ON crm7.batchtask TO syseventd;
GRANT SELECT (batchtaskdefinition_id, name, description)
    ON crm7.batchtaskdefinition TO syseventd;
GRANT SELECT (company_id, version, revision, ownercontactname, ownerdepartmentname,
    dbcontactname, dbdepartmentname, serialno)
    ON crm7.company TO syseventd;
GRANT SELECT (freetextindex_id, freetextwords_id)
    ON crm7.freetextindex TO syseventd;
GRANT SELECT (freetextwords_id, word)
    ON crm7.freetextwords TO syseventd;
GRANT SELECT (licenseassoclink_id, modulelicenseid, associd, licensenumber)
    ON crm7.licenseassoclink TO syseventd;
GRANT SELECT (licensesatllink_id, modulelicenseid, licensenumber)
    ON crm7.licensesatllink TO syseventd;
GRANT SELECT (message_id, associateid, onlineapp_id, systemmessageid, markdownmessage, expire,
    type)
    ON crm7.message TO syseventd;
GRANT SELECT (messagehandler_id, uniqueidentifier, machine, port, processidlow, processidhigh,
    role, registered, updated)
    ON crm7.messagehandler TO syseventd;
GRANT SELECT (modulelicense_id, modulename, moduledescription, moduleversion, tooltip,
    licensetype, licensenumber, extraflags, extrainfo, moduleowner_id, sortorder, unrestricted,
    hidden, prerequisitemodule)
    ON crm7.modulelicense TO syseventd;
GRANT SELECT (moduleowner_id, ownername, ownerdescription, licenseurl, licenseversion,
    deploymenttype, producttype, producttypedescription, extraflags, extrainfo, expiration,
    graceto, maintenanceto, nextcheckdate, adminwarningdate)
    ON crm7.moduleowner TO syseventd;
GRANT SELECT (productversion_id, ownername, codename, version, comment, registered)
    ON crm7.productversion TO syseventd;
GRANT SELECT (saintconfiguration_id, ownertable, enabled, period1, period2, period3,
    generationstart, generationend, rowsgenerated)
    ON crm7.saintconfiguration TO syseventd;
GRANT SELECT (satellite_id, area_id, contact_id)
    ON crm7.satellite TO syseventd;
GRANT SELECT (id, domain, status, frequency, asap, disabled, stop, name, minute_interval,
    once_at, next_execution, last_execution, execution_time, lock_expire, error_message,
    last_error, retries, retry_interval)
    ON crm7.schedule TO syseventd;
GRANT SELECT (statusdef_id, isvisual, needsupdate, rank, deleted, ownertable, defaulttask,
    lastgenerated, nummatches, numneedupdate, generationstart)
    ON crm7.statusdef TO syseventd;
GRANT SELECT (systemevent_id, scope, owner, eventkey, eventmess, extrainfo, eta, registered,
    registered_associate_id, updatedcount)
    ON crm7.systemevent TO syseventd;
GRANT SELECT (travelcurrent_id, systemlevel, current_id, central_id, area_id, databasetype,
    dbtag, parentdbtag, centraldbtag)
    ON crm7.travelcurrent TO syseventd;
GRANT SELECT (travelgenerateddatabase_id, databasetype, area_id, generatedtime, state, dbtag,
    registered, updated)
    ON crm7.travelgenerateddatabase TO syseventd;

-- These may be left out: names of people and of status monitors, and what the metered services
-- are counted from. What they tell is then missing, and nothing else.

GRANT SELECT (id, when_started)
    ON crm7.chat_session TO syseventd;
GRANT SELECT (form_submission_id, when_submitted, status)
    ON crm7.form_submission TO syseventd;
GRANT SELECT (localetext_id, languageid, typeid, resourceid, text)
    ON crm7.localetext TO syseventd;
GRANT SELECT (id, origin, created_at)
    ON crm7.login_customer TO syseventd;
GRANT SELECT (person_id, firstname, middlename, lastname)
    ON crm7.person TO syseventd;
GRANT SELECT (id, start_date, sent_num)
    ON crm7.s_shipment TO syseventd;
