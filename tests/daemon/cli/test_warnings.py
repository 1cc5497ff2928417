"""What the running daemon warns of after a reload, as at its start."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CRM = (
    '[targets.crm]\ntype = "superoffice"\nurl = "http://192.0.2.1"\n'
    'auth = {{ method = "basic", user = "monitor", password_file = "{password}" }}\n'
    "[targets.crm.sources.metered]\nenabled = true\n"
)


def test_reload_warns_of_what_is_new(write: Callable[..., Path]) -> None:
    """The address is kept for documentation, so nobody is asked."""
    path = write()
    password = path.parent / "password"
    password.write_text("x")
    password.chmod(0o666)
    command = [sys.executable, "-c", "from syseventd.cli import main; main()"]
    with subprocess.Popen(
        [*command, "run", "--config", str(path)], stderr=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stderr is not None
        logged = map(json.loads, daemon.stderr)
        try:
            assert next(logged)["event"] == "started"
            write(CRM.format(password=password))
            daemon.send_signal(signal.SIGHUP)
            warning = next(logged)
            assert (warning["event"], warning["level"]) == ("secret_in_the_clear", "warning")
            assert warning["place"] == "targets.crm.url"
            warning = next(logged)
            assert (warning["event"], warning["level"]) == ("secret_open_to_others", "warning")
            assert warning["place"] == "targets.crm.auth.password_file"
            warning = next(logged)
            assert (warning["event"], warning["level"]) == ("source_sees_nothing", "warning")
            assert warning["place"] == "targets.crm.sources.metered"
            assert next(logged)["event"] == "reloaded"
        finally:
            daemon.terminate()
