"""The recipe for another machine works as it is written: nginx asks for a login, and passes on."""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "monitor.example.com"
"""What the recipe calls the machine."""
USER, PASSWORD = "prometheus", "not a secret"

NGINX = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/syseventd.conf;
}}
"""
"""What Debian's /etc/nginx/nginx.conf gives the recipe, but for the places of its files."""


def block(root: Path, language: str, holds: str) -> str:
    """The block of the configuration's README in this language that holds some text."""
    text = (root / "config" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    [found] = [body for body in blocks if holds in body]
    return str(found)


def program(name: str, package: str) -> str:
    """The path of a program; skips where the machine lacks it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


def free_port() -> int:
    """One that nobody listens on: nginx tells no port that it chose itself."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def write_tls(folder: Path) -> None:
    """A certificate of NAME for one day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 17)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "monitor.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "monitor.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def write_user(folder: Path) -> None:
    """The line that the recipe's command writes."""
    command = [program("openssl", "openssl"), "passwd", "-6", "-stdin"]
    done = subprocess.run(command, input=PASSWORD, capture_output=True, text=True, check=True)
    (folder / "syseventd.users").write_text(f"{USER}:{done.stdout.strip()}\n")


@dataclass(frozen=True)
class Proxy:
    """nginx before a daemon."""

    port: int
    certificate: Path

    def status(self, path: str, *, host: str = NAME, login: str = f"{USER}:{PASSWORD}") -> int:
        """What `GET path` ends with, for one who calls the machine `host`."""
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}")
        request.add_header("Host", f"{host}:{self.port}")
        if login:
            request.add_header(
                "Authorization", "Basic " + base64.b64encode(login.encode()).decode()
            )
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False  # the name is in Host; the address is loopback's
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code


def recipe(root: Path, folder: Path, daemon: str, port: int) -> str:
    """nginx's part of the recipe with the addresses and files of this test, each replaced."""
    text = block(root, "nginx", "proxy_pass")
    text, rest = re.subn(r"^ *listen \[::\]:9966 ssl;\n", "", text, flags=re.MULTILINE)
    assert rest == 1
    for old, new in {
        "listen 9966 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "http://127.0.0.1:9965;": daemon.rstrip("/") + ";",
        "/etc/nginx/tls/": f"{folder}/",
        "/etc/nginx/syseventd.users": f"{folder}/syseventd.users",
    }.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def proxy(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A daemon and an nginx, both as the recipe has them."""
    nginx = program("nginx", "nginx-light")
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    write_tls(folder)
    write_user(folder)
    system.write_certificate(folder / "watched" / "a.pem", NAME, datetime(2031, 1, 1, tzinfo=UTC))
    web = block(system.root, "toml", "allowed_hosts")
    with system.daemon(folder, web + system.certificates(folder / "watched")) as daemon:
        (folder / "syseventd.conf").write_text(recipe(system.root, folder, daemon.url, port))
        user = "user root;" if os.geteuid() == 0 else ""  # others can't enter a test's folder
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
        command = [nginx, "-c", folder / "nginx.conf", "-e", "stderr"]
        subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=30)
        with system.program(command, folder, r"(start worker process)es"):
            yield Proxy(port, folder / "monitor.pem")


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/targets", "/targets/host"])
def test_who_logs_in_reads_all(proxy: Proxy, path: str) -> None:
    """Pages, API and metrics answer under the name of the recipe."""
    assert proxy.status(path) == 200


@pytest.mark.parametrize("login", ["", f"{USER}:wrong", f"nobody:{PASSWORD}"])
@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy"])
def test_nobody_else_reads_anything(proxy: Proxy, path: str, login: str) -> None:
    """Without the password every path is closed."""
    assert proxy.status(path, login=login) == 401


def test_another_name_is_refused(proxy: Proxy) -> None:
    """The daemon, not nginx, refuses a name that is not among allowed_hosts."""
    assert proxy.status("/", host="elsewhere.example.com") == 421


def test_prometheus_scrapes_through_it(system: Any, proxy: Proxy, tmp_path: Path) -> None:
    """With the recipe's scrape job, but for the address and the place of its files."""
    config = yaml.safe_load(block(system.root, "yaml", "scrape_configs"))
    [job] = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"{NAME}:9966"]}]
    job["static_configs"] = [{"targets": [f"127.0.0.1:{proxy.port}"]}]
    job["tls_config"] = {"ca_file": str(proxy.certificate), "server_name": NAME}
    job["basic_auth"]["password_file"] = str(tmp_path / "password")
    (tmp_path / "password").write_text(PASSWORD)
    config["global"] = {"scrape_interval": "1s"}
    with system.prometheus(tmp_path, config) as prometheus:
        system.wait_for(lambda: prometheus.series('up{job="syseventd"} == 1'))
