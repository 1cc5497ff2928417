"""What of each metered service is included, by number of users. Amounts change: all can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GIGABYTE = 1e9
"""Bytes. The vendor does not say which it means: the smaller one warns earlier."""


@dataclass(frozen=True, slots=True)
class Service:
    """A metered service. `name` is the meter's and, in settings, `key` is how it is written.

    `included` is what up to 50, up to 100 and more users may use a month, `package` what an
    extra package adds; both in `unit`, of which a meter counts as many as it says.
    """

    key: str
    name: str
    title: str
    included: tuple[int, int, int]
    package: int
    unit: float = 1.0


SERVICES = (
    Service("storage", "storage_bytes", "Storage space used", (50, 100, 200), 50, GIGABYTE),
    Service("mailings", "mailings", "Emails sent via Mailings", (15_000, 30_000, 60_000), 50_000),
    Service("logins", "logins", "Customer center logins", (1_000, 2_000, 4_000), 1_000),
    Service("chats", "chats", "Chat sessions started", (1_500, 2_000, 2_500), 1_000),
    Service("forms", "forms", "Form submissions", (1_000, 2_000, 3_000), 1_000),
)
"""The five, in the order and with the titles of the Status tab; amounts of a price list of 2020."""

STEPS = (50, 100)
"""The most users of the first and of the second step of what is included."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an installation has paid for, in each service's own unit, by the services' keys.

    `amounts` are the whole thresholds of services that it was told of; for the others hold what
    is included for `users` and the extra `packages`. Without users there is no threshold.
    """

    users: int | None = None
    packages: Mapping[str, int] | None = None
    amounts: Mapping[str, float] | None = None

    def threshold(self, service: Service) -> float | None:
        """Above how much a month costs extra, as its meter counts; None where nobody knows."""
        own = (self.amounts or {}).get(service.key)
        if own is not None:
            return own * service.unit
        if self.users is None:
            return None
        included = service.included[sum(self.users > step for step in STEPS)]
        extra = (self.packages or {}).get(service.key, 0) * service.package
        return (included + extra) * service.unit
