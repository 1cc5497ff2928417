"""What the configuration says about the metered services: what is included, and when to warn."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from syseventd.settings import Duration, Fraction, Settings, SourceSettings
from syseventd_superoffice.metered.allowances import SERVICES, Allowance
from syseventd_superoffice.time_zones import zone_of


def _check_zone(name: str) -> str:
    zone_of(name)
    return name


Packages = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Amount = Annotated[float, Field(strict=True, gt=0, lt=1e12)]


class ExtraPackages(Settings):
    """How many extra packages of each metered service were bought."""

    storage: Packages = Field(0, description="of 50 GB of storage each")
    mailings: Packages = Field(0, description="of 50,000 e-mails a month each")
    logins: Packages = Field(0, description="of 1,000 customer centre logins a month each")
    chats: Packages = Field(0, description="of 1,000 chat sessions a month each")
    forms: Packages = Field(0, description="of 1,000 form submissions a month each")


class Amounts(Settings):
    """Thresholds of one's own, where the built-in table is not what was agreed on."""

    storage: Amount | None = Field(None, description="GB of storage")
    mailings: Amount | None = Field(None, description="e-mails a month")
    logins: Amount | None = Field(None, description="customer centre logins a month")
    chats: Amount | None = Field(None, description="chat sessions a month")
    forms: Amount | None = Field(None, description="form submissions a month")


class MeteredSettings(SourceSettings):
    """What the source `metered` can be told."""

    users: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="how many users the agreement counts; without, nothing is included"
    )
    packages: ExtraPackages = Field(
        default_factory=lambda: ExtraPackages.model_validate({}),
        description="extra packages that were bought, by service",
    )
    amounts: Amounts = Field(
        default_factory=lambda: Amounts.model_validate({}),
        description="whole thresholds of one's own, by service",
    )
    near: Fraction = Field(
        0.85, gt=0.02, lt=1, description="share of a threshold from which it is told as near"
    )
    forecast_after: Fraction = Field(
        0.1, gt=0, lt=1, description="share of a month that must be counted before a forecast"
    )
    kept_for: Duration = Field(
        86400.0, description="how long SuperOffice keeps the rows of ended chats and logins"
    )
    time_zone: Annotated[str, AfterValidator(_check_zone)] = Field(
        "UTC", description="on whose clocks a month begins", examples=["Europe/Stockholm"]
    )

    @model_validator(mode="after")
    def _check(self) -> MeteredSettings:
        packages, amounts = self.packages.model_dump(), self.amounts.model_dump()
        for service in SERVICES:
            key = service.key
            if packages[key] and amounts[key] is not None:
                raise ValueError(
                    f"{key} is in both packages and amounts; an amount is the whole threshold, "
                    "so leave out its packages"
                )
            if packages[key] and self.users is None:
                raise ValueError(f"packages.{key} says nothing without users; write how many")
        return self

    @property
    def allowance(self) -> Allowance:
        """What was bought."""
        return Allowance(self.users, self.packages.model_dump(), self.amounts.model_dump())

    @property
    def zone(self) -> tzinfo:
        """On whose clocks a month begins."""
        return zone_of(self.time_zone)
