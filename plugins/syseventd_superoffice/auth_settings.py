"""What the configuration says about logging in: one settings class for each way."""

from __future__ import annotations

import re
from typing import Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, SecretStr, model_validator

from syseventd.settings import FoundSecret, SecretFile, SecretVariable, Settings
from syseventd_superoffice.rsa_keys import read_private_key

_HEADER_SAFE = re.compile(r"[!-~]+")


class _Auth(Settings):
    """What all ways to log in share: no fault may show the secret that stood beside it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    def _secret(self, name: str) -> FoundSecret | None:
        """The secret from wherever it was read."""
        secret = getattr(self, f"{name}_file") or getattr(self, f"{name}_env")
        assert secret is None or isinstance(secret, FoundSecret)  # noqa: S101 — as declared
        return secret

    def _need(self, name: str) -> FoundSecret:
        """The secret, given exactly once. Raises ValueError."""
        if (getattr(self, f"{name}_file") is None) == (getattr(self, f"{name}_env") is None):
            raise ValueError(f"needs exactly one of {name}_file and {name}_env")
        secret = self._secret(name)
        assert secret is not None  # noqa: S101 — just checked
        return secret

    def _bad(self, name: str, problem: str) -> ValueError:
        """What is wrong with a secret: the key that names it, and where it was read."""
        key = f"{name}_file" if getattr(self, f"{name}_file") is not None else f"{name}_env"
        return ValueError(f"{key}: {self._need(name).origin} {problem}")

    def _need_for_header(self, name: str) -> None:
        """Raises ValueError for a secret that could not stand in a header."""
        if not _HEADER_SAFE.fullmatch(self._need(name).get_secret_value()):
            raise self._bad(
                name,
                "holds spaces, line breaks or other characters that none of its kind has; "
                "write it alone, on one line",
            )

    def _check_application(self, required: bool) -> None:
        """The application's secret: what SuperOffice calls client secret or application token."""
        if required or self._secret("client_secret") is not None:
            self._need_for_header("client_secret")


class BasicAuth(_Auth):
    """A user's name and password, as every onsite installation takes them."""

    method: Literal["basic"] = Field(description="how the daemon logs in")
    user: str = Field(min_length=1, description="a user that may use the WebAPI")
    password_file: SecretFile | None = Field(None, description="the file with the password")
    password_env: SecretVariable | None = Field(
        None, description="the environment variable with the password"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._need("password")
        if ":" in self.user or not self.user.isprintable():
            raise ValueError('user: can\'t hold ":" or control characters with method "basic"')
        return self

    @property
    def password(self) -> SecretStr:
        """The password, from wherever it was read."""
        return self._need("password")


class TicketAuth(_Auth):
    """A ticket that somebody got for the daemon. It ends six hours after its last use."""

    method: Literal["ticket"] = Field(description="how the daemon logs in")
    ticket_file: SecretFile | None = Field(None, description="the file with the ticket")
    ticket_env: SecretVariable | None = Field(
        None, description="the environment variable with the ticket"
    )
    client_secret_file: SecretFile | None = Field(
        None, description="the file with the application's client secret, where one is needed"
    )
    client_secret_env: SecretVariable | None = Field(
        None, description="the environment variable with the application's client secret"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._need_for_header("ticket")
        self._check_application(required=False)
        return self

    @property
    def ticket(self) -> SecretStr:
        return self._need("ticket")

    @property
    def client_secret(self) -> SecretStr | None:
        return self._secret("client_secret")


class SystemUserAuth(_Auth):
    """An online application's own user: it signs a token, and is given a ticket for it."""

    method: Literal["system-user"] = Field(description="how the daemon logs in")
    system_token_file: SecretFile | None = Field(
        None, description="the file with the tenant's system token for the application"
    )
    system_token_env: SecretVariable | None = Field(
        None, description="the environment variable with the system token"
    )
    private_key_file: SecretFile | None = Field(
        None, description="the file with the application's private RSA key, in PEM or XML"
    )
    private_key_env: SecretVariable | None = Field(
        None, description="the environment variable with the private key"
    )
    client_secret_file: SecretFile | None = Field(
        None, description="the file with the application's client secret (application token)"
    )
    client_secret_env: SecretVariable | None = Field(
        None, description="the environment variable with the client secret"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self._need("system_token").get_secret_value().isprintable():
            raise self._bad(
                "system_token",
                "holds line breaks or other control characters; write it alone, on one line",
            )
        key = self._need("private_key").get_secret_value()
        try:
            read_private_key(key)
        except ValueError as error:
            raise self._bad("private_key", str(error)) from None
        self._check_application(required=True)
        return self

    @property
    def system_token(self) -> SecretStr:
        return self._need("system_token")

    @property
    def private_key(self) -> SecretStr:
        return self._need("private_key")

    @property
    def client_secret(self) -> SecretStr:
        return self._need("client_secret")


class BearerAuth(_Auth):
    """A user's consent to an online application: a refresh token, good for access tokens."""

    method: Literal["bearer"] = Field(description="how the daemon logs in")
    client_id: str = Field(
        pattern=r"^[!-~]+$", max_length=200, description="the application's client id"
    )
    client_secret_file: SecretFile | None = Field(
        None, description="the file with the application's client secret"
    )
    client_secret_env: SecretVariable | None = Field(
        None, description="the environment variable with the client secret"
    )
    refresh_token_file: SecretFile | None = Field(
        None, description="the file with the user's refresh token"
    )
    refresh_token_env: SecretVariable | None = Field(
        None, description="the environment variable with the refresh token"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_application(required=True)
        self._need_for_header("refresh_token")
        return self

    @property
    def client_secret(self) -> SecretStr:
        return self._need("client_secret")

    @property
    def refresh_token(self) -> SecretStr:
        return self._need("refresh_token")


Auth: TypeAlias = BasicAuth | TicketAuth | SystemUserAuth | BearerAuth
"""How the daemon logs in; `method` says which way."""
