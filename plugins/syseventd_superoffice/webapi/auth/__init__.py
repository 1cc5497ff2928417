"""How requests prove who asks: each way to log in is one file."""

from __future__ import annotations

from collections.abc import Callable

from syseventd_superoffice.auth_settings import BasicAuth, BearerAuth, SystemUserAuth, TicketAuth
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.auth.basic import BasicLogin
from syseventd_superoffice.webapi.auth.bearer import Bearer
from syseventd_superoffice.webapi.auth.renewed import RenewedLogin
from syseventd_superoffice.webapi.auth.system_user import SystemUser
from syseventd_superoffice.webapi.auth.ticket import TicketLogin
from syseventd_superoffice.webapi.login import Login
from syseventd_superoffice.webapi.login_host import LoginHost

__all__ = ["login_for"]


def login_for(settings: SuperOfficeSettings, host: LoginHost, clock: Callable[[], float]) -> Login:
    """The login that the settings describe; `host` is only asked by those that need it."""
    auth, tenant = settings.auth, settings.tenant or ""
    if isinstance(auth, BasicAuth):
        return BasicLogin(auth)
    if isinstance(auth, TicketAuth):
        return TicketLogin(auth, host.secrets)
    if isinstance(auth, SystemUserAuth):
        system_user = SystemUser(auth, tenant, host, clock)
        name = f"the application's system user at {tenant}"
        return RenewedLogin(name, host.secrets, system_user.grant)
    assert isinstance(auth, BearerAuth)  # noqa: S101 — there is no other
    name = f"the user who let the application in at {tenant}"
    return RenewedLogin(name, host.secrets, Bearer(auth, tenant, host).grant)
