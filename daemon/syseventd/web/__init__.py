"""What people and their tools see: pages, the JSON API and the health of the daemon itself."""

from syseventd.web.app import make_app
from syseventd.web.context import Context, EventStore, RefusedReload
from syseventd.web.hosts import allowed_hosts
from syseventd.web.json_views import event_json
from syseventd.web.port import Port, open_port
from syseventd.web.starting import make_starting_app

__all__ = [
    "Context",
    "EventStore",
    "Port",
    "RefusedReload",
    "allowed_hosts",
    "event_json",
    "make_app",
    "make_starting_app",
    "open_port",
]
