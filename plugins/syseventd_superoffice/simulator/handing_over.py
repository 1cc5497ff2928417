"""Writes what a daemon needs to watch a simulated cloud: its configuration, and the secrets."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path

from syseventd_superoffice.simulator.cloud import Cloud, Tenant

FIRST_LINE = "# Written by the simulator of SuperOffice Online, anew each time that it starts."

CONFIGURATION = "syseventd.toml"
PRIVATE_KEY = "private-key.pem"
CLIENT_SECRET = "client-secret"  # noqa: S105 — a file's name
STATE = "state"

NOT_OURS = "it is there already, and not the simulator's: name an empty folder, or a new one"

EVERY = 5
"""Seconds between two probes of a source, where the tenants are few."""
TENANTS_A_SECOND = 10
"""Of many tenants no more are asked: daemon and simulator share a machine."""


def hand_over(cloud: Cloud, login_url: str, folder: Path) -> Path:
    """Writes it all into a folder that is made where it is missing; the configuration's path.

    Only who starts the simulator may read it. Raises OSError where it can't be written, and
    FileExistsError, before it writes anything, where a file stands that it did not write.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    application, tenants = cloud.application, tuple(cloud.tenants.values())
    _leave_alone(folder, [PRIVATE_KEY, CLIENT_SECRET, *map(_token, tenants), STATE])
    configuration, state = folder / CONFIGURATION, folder / STATE
    blocks = [_block(tenant, login_url, folder, len(tenants)) for tenant in tenants]
    head = f"{FIRST_LINE}\n\n[daemon]\nstate_directory = {json.dumps(str(state))}\n"
    _write(configuration, "\n".join([head, *blocks]))  # first: it marks the others as ours
    _write(folder / PRIVATE_KEY, application.private_key)
    _write(folder / CLIENT_SECRET, application.secret)
    for tenant in tenants:
        _write(folder / _token(tenant), application.system_token(tenant.name))
    state.mkdir(mode=0o700, exist_ok=True)
    return configuration


def _leave_alone(folder: Path, names: Iterable[str]) -> None:
    """Refuses a folder with files of these names, unless our own configuration is there too."""
    configuration = folder / CONFIGURATION
    if os.path.lexists(configuration) and _is_ours(configuration):
        return
    for file in (configuration, *(folder / name for name in names)):
        if os.path.lexists(file):  # also a link that leads nowhere
            raise FileExistsError(errno.EEXIST, NOT_OURS, str(file))


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
