"""Writes what a daemon needs to watch a simulated cloud: its configuration, and the secrets."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

from syseventd_superoffice.simulator.cloud import Cloud, Tenant

FIRST_LINE = "# Written by the simulator of SuperOffice Online, anew each time that it starts."

CONFIGURATION = "syseventd.toml"
PRIVATE_KEY = "private-key.pem"
CLIENT_SECRET = "client-secret"  # noqa: S105 — a file's name

EVERY = 5
"""Seconds between two probes of a source, where the tenants are few."""
TENANTS_A_SECOND = 10
"""Of many tenants no more are asked: daemon and simulator share a machine."""


def hand_over(cloud: Cloud, login_url: str, folder: Path) -> Path:
    """Writes it all into a folder that is made where it is missing; the configuration's path.

    Only who starts the simulator may read it. Raises OSError where it can't be written, and
    FileExistsError where another configuration is there.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration = folder / CONFIGURATION
    if configuration.exists() and not _is_ours(configuration):
        raise FileExistsError(errno.EEXIST, "there is another configuration", str(configuration))
    application, tenants = cloud.application, tuple(cloud.tenants.values())
    _write(folder / PRIVATE_KEY, application.private_key)
    _write(folder / CLIENT_SECRET, application.secret)
    for tenant in tenants:
        _write(folder / _token(tenant), application.system_token(tenant.name))
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    blocks = [_block(tenant, login_url, folder, len(tenants)) for tenant in tenants]
    head = f"{FIRST_LINE}\n\n[daemon]\nstate_directory = {json.dumps(str(state))}\n"
    _write(configuration, "\n".join([head, *blocks]))
    return configuration


def _is_ours(configuration: Path) -> bool:
    with configuration.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n") == FIRST_LINE


def _token(tenant: Tenant) -> str:
    """The name of the file with a tenant's system token."""
    return f"{tenant.name}-system-token"


def _block(tenant: Tenant, login_url: str, folder: Path, tenants: int) -> str:
    """A target, as the configuration of a daemon has it."""

    def path(name: str) -> str:
        return json.dumps(str(folder / name), ensure_ascii=False)

    return (
        f"[targets.{tenant.name}]\n"
        'type = "superoffice"\n'
        f'tenant = "{tenant.name}"\n'
        f'login_url = "{login_url}"\n'
        f'interval = "{max(EVERY, tenants // TENANTS_A_SECOND)}s"\n'
        "\n"
        f"[targets.{tenant.name}.auth]\n"
        'method = "system-user"\n'
        f"system_token_file = {path(_token(tenant))}\n"
        f"private_key_file = {path(PRIVATE_KEY)}\n"
        f"client_secret_file = {path(CLIENT_SECRET)}\n"
    )


def _write(file: Path, text: str) -> None:
    """Writes a file that nobody else may read, from its first moment on."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
