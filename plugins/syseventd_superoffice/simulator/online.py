"""The simulated cloud as a web application: login host, state API, and each tenant's WebAPI.

Its subdomains are ports of this machine. A tenant answers at the one where it lives; at another one
its requests are refused with 421, as the vendor does.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from syseventd_superoffice.simulator import agents, pages, rest
from syseventd_superoffice.simulator.app import API, label, read
from syseventd_superoffice.simulator.ask import Route
from syseventd_superoffice.simulator.cloud import ISSUER, Cloud, Tenant
from syseventd_superoffice.simulator.errors import RequestError, bad_request, not_found
from syseventd_superoffice.simulator.faults import Faults
from syseventd_superoffice.simulator.serving import HOST
from syseventd_superoffice.simulator.tenancy import SUBDOMAINS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOGIN = "/Login/api/PartnerSystemUser/Authenticate"
TOKENS = "/login/common/oauth/tokens"
DISCOVERY = "/login/.well-known/openid-configuration"
KEYS = "/login/.well-known/jwks"
TENANT = "/{tenant:[A-Za-z][A-Za-z0-9]*}"


class Online:
    """The cloud behind its addresses. `login_url` is the login host's, once it is served.

    It answers by HTTPS where `tls` brings a certificate for this machine.
    """

    def __init__(
        self, cloud: Cloud, faults: Faults | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.cloud = cloud
        self._tls = tls
        self.login_url = ""
        self._subdomains: list[str] = []
        faults = faults or Faults()
        self.app = web.Application(middlewares=[_answer_for_vendor, faults.middleware])
        self.app.on_response_prepare.append(label)
        self._add_routes(self.app.router)

    def _add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/api/state/{tenant}", self._state)
        router.add_post(LOGIN, self._authenticate)
        router.add_post(TOKENS, self._refresh)
        router.add_get(DISCOVERY, self._discover)
        router.add_get(KEYS, self._keys)
        router.add_get(TENANT + "/api", self._versions)
        for route in (*rest.ROUTES, *agents.ROUTES):
            router.add_route(route.method, TENANT + API + route.path, self._handler(route))

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Answers while the context lasts, and yields the login host's address.

        The login host has that port, and 0 takes a free one, as the tenants' hosts always do.
        Raises OSError where it can't be had.
        """
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            for wanted in (port, *[0] * SUBDOMAINS):
                await web.TCPSite(runner, HOST, wanted, ssl_context=self._tls).start()
            scheme = "http" if self._tls is None else "https"
            self.login_url, *self._subdomains = (
                f"{scheme}://{HOST}:{port}" for _, port in runner.addresses
            )
            yield self.login_url
        finally:
            await runner.cleanup()

    def endpoint(self, tenant: Tenant) -> str:
        """Where a tenant answers now."""
        return f"{self._subdomains[tenant.tenancy.subdomain]}/{tenant.name}"

    # --- the login host ------------------------------------------------------------------------

    async def _state(self, request: web.Request) -> web.Response:
        tenant = self.cloud.tenant(request.match_info["tenant"])
        tenancy, clock = tenant.tenancy, tenant.installation.clock
        until = datetime.fromtimestamp(
            clock.timestamp(clock.elapsed() + tenancy.seconds_left), UTC
        ).replace(tzinfo=None)
        endpoint = self.endpoint(tenant)
        return web.json_response(
            {
                "ContextIdentifier": tenant.name,
                "Endpoint": endpoint,
                "State": tenancy.state,
                "IsRunning": tenancy.answers,
                # Seven digits behind the second, as .NET writes them.
                "ValidUntil": f"{until.isoformat(timespec='microseconds')}0Z",
                "Api": f"{endpoint}/api",
                "Version": tenancy.release,
            }
        )

    async def _authenticate(self, request: web.Request) -> web.Response:
        try:
            body: Any = json.loads(await request.read())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise bad_request("The body is no JSON object")
        name = body.get("ContextIdentifier")
        tenant = self.cloud.tenants.get(name.lower()) if isinstance(name, str) else None
        endpoint = self.endpoint(tenant) if tenant else ""
        return web.json_response(self.cloud.authenticate(body, endpoint))

    async def _refresh(self, request: web.Request) -> web.Response:
        return web.json_response(self.cloud.refresh(await request.post()))

    async def _discover(self, request: web.Request) -> web.Response:
        origin = str(request.url.origin())
        addresses = {"jwks_uri": f"{origin}{KEYS}", "token_endpoint": f"{origin}{TOKENS}"}
        return web.json_response({"issuer": ISSUER, **addresses})

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response(self.cloud.keys())

    # --- a tenant ------------------------------------------------------------------------------

    def _admitted(self, request: web.Request) -> Tenant:
        """The tenant that is asked, if it answers here and now."""
        tenant = self.cloud.tenant(request.match_info["tenant"])
        tenancy = tenant.tenancy
        if not tenancy.answers:
            raise RequestError(503, "Unavailable", f"The tenant is {tenancy.state}")
        if str(request.url.origin()) != self._subdomains[tenancy.subdomain]:
            raise RequestError(421, "Misdirected", "Wrong subdomain")
        return tenant

    async def _versions(self, request: web.Request) -> web.Response:
        tenant = self._admitted(request)
        installation = tenant.installation
        reading = installation.reading(request.headers)
        address = f"{self.endpoint(tenant)}{API}"
        return web.json_response(pages.versions(address, installation.state().product, reading))

    def _handler(self, route: Route) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            tenant = self._admitted(request)
            self.cloud.check_login(tenant, request.headers)
            if route.path.startswith("/License"):
                raise not_found(f"resource {request.path}")  # its REST resource is onsite only
            installation = tenant.installation
            ask = await read(request, installation, self.endpoint(tenant))
            if route.slow:
                await asyncio.sleep(installation.licence_server_takes)
            return web.json_response(installation.variations.apply(route.answer(ask)))

        return answer


@web.middleware
async def _answer_for_vendor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns refusals into the vendor's error JSON."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        refusal = not_found(f"resource {request.path}")
    except RequestError as error:
        refusal = error
    return web.json_response(refusal.as_json(), status=refusal.status, headers=refusal.headers)
