"""Python imports this as it starts where this folder is on its path: no name server answers.

The look-up of a name that ends in `.test` leaves a file in the folder `LOOKED_UP`, and hangs.
Everything else is looked up as ever.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

find = socket.getaddrinfo


def hang(host: Any, *args: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name.endswith(".test"):
        Path(os.environ["LOOKED_UP"], f"{name}-{threading.get_ident()}").touch()
        time.sleep(3600)
    return find(host, *args, **options)


socket.getaddrinfo = hang
