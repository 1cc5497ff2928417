"""By which names the daemon may be called, so that a rebound DNS name can't reach it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed_hosts(listen: str, further: Iterable[str] = ()) -> frozenset[str] | None:
    """The names by which a daemon that listens on `listen` may be called; None: any.

    Only a browser on this machine reaches the loopback addresses, and it knows them by these
    names. Any other address is called by whatever name its network gives it, unless `further`
    names are given, as for a proxy before it: then by those, and by what it listens on.
    """
    name = host_name(listen)
    try:
        loopback = ip_address(name).is_loopback
    except ValueError:
        loopback = name == "localhost"
    allowed = frozenset(map(host_name, further))
    return LOOPBACK | {name} | allowed if loopback or allowed else None


def host_name(host: str) -> str:
    """The name in a Host header: without port, brackets and final dot, in lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, _ = host.rpartition(":")
    # More than one colon without brackets is an IPv6 address, as configurations write it.
    return (name if colon and ":" not in name else host).removesuffix(".")
