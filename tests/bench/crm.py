"""What is probed: nginx on loopback with one reply, as a SuperOffice installation gives it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.processes import free_port, listening, started, wait_for

USER, PASSWORD = "monitor", "bench"

_NGINX = """\
daemon off;
master_process off;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile off;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_requests 100000000;
    open_file_cache max=16 inactive=1h;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /api/v1/SystemEvent {{
            default_type "application/json; charset=utf-8";
            alias {folder}/reply.json;
        }}
    }}
}}
"""

_EVENTS = (
    ("kSEFreetextRebuild", "Free-text index is being rebuilt", "Words of documents: 41 %"),
    ("kSECounterRebuild", "SAINT counters are being rebuilt", "Company 18,204 of 77,310"),
    ("kSEImport", "An import is under way", "Row 3,120 of 40,000 of a list of contacts"),
    ("kSEPublish", "A list is being published", "Selections of the marketing department"),
    ("kSEMessage", "Message of the day", "The archive is moved on Friday at 18:00; log out"),
)


def reply() -> bytes:
    """Five active system events in the columns that are asked for: 2.7 kB."""
    rows = [
        {
            "PrimaryKey": str(340 + number),
            "EntityName": "systemevent",
            "SystemEvent_id": 340 + number,
            "scope": 2,
            "type": "Part of the system, as the installation calls it",
            "owner": 0,
            "eventkey": key,
            "eventname": name,
            "status": "Running since this morning; nobody has to do anything until it has ended",
            "eventmess": message,
            "eta": "2026-11-24T18:00:00Z",
            "registered": f"2026-11-24T0{number}:12:31Z",
            "registered_associate_id/personId": 7,
            "registered_associate_id/assocName": "AU",
            "registered_associate_id/fullName": "Anna Unterwegs",
        }
        for number, (key, name, message) in enumerate(_EVENTS, 1)
    ]
    body = {"odata.metadata": "/api/v1/archive/$metadata", "odata.nextLink": None, "value": rows}
    return json.dumps(body).encode()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """nginx while the context lasts. Yields the installation's address."""
    port = free_port()
    (folder / "reply.json").write_bytes(reply())
    configuration = folder / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=folder, port=port), encoding="utf-8")
    output = folder / "nginx.log"
    command = ["/usr/sbin/nginx", "-c", str(configuration), "-e", str(folder / "nginx-start.log")]
    with started(command, output) as process:
        wait_for(process, output, lambda: listening(port))
        yield f"http://127.0.0.1:{port}"
