"""What people and their tools see: pages, the JSON API and the health of the daemon itself."""

from syseventd.web.app import make_app
from syseventd.web.causes import by_cause
from syseventd.web.context import Context, EventStore, RefusedReload
from syseventd.web.hosts import allowed_hosts
from syseventd.web.json_views import event_json
from syseventd.web.port import Port, open_port
from syseventd.web.rows import Kinds, severity_of
from syseventd.web.starting import make_starting_app

__all__ = [
    "Context",
    "EventStore",
    "Kinds",
    "Port",
    "RefusedReload",
    "allowed_hosts",
    "by_cause",
    "event_json",
    "make_app",
    "make_starting_app",
    "open_port",
    "severity_of",
]
