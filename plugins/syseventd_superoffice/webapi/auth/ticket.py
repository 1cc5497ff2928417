"""A ticket with each request, as SuperOffice gives one to whoever logged in elsewhere."""

from __future__ import annotations

from syseventd_superoffice.auth_settings import TicketAuth
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi.login import Credentials


class TicketLogin:
    """There is nothing to renew it with: each use prolongs it, by six hours."""

    user = who = "the user of the ticket"
    has_password = False

    def __init__(self, auth: TicketAuth, secrets: Secrets) -> None:
        ticket = auth.ticket.get_secret_value()
        secret = auth.client_secret.get_secret_value() if auth.client_secret else ""
        for word in (ticket, secret):
            secrets.keep(word)
        self.redact = secrets.redact
        self._credentials = Credentials(ticket_headers(ticket, secret))

    async def credentials(self) -> Credentials:
        return self._credentials

    def reject(self, credentials: Credentials) -> bool:
        return False

    def why_refused(self, schemes: frozenset[str]) -> str:
        return (
            "the ticket that is configured is not accepted; "
            "it ends six hours after its last use, and then a new one is needed"
        )


def ticket_headers(ticket: str, client_secret: str) -> dict[str, str]:
    """What a request with a ticket carries; online the application says who it is, too."""
    headers = {"Authorization": f"SOTicket {ticket}"}
    return headers | {"SO-AppToken": client_secret} if client_secret else headers
