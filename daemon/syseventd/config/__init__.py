"""The configuration: TOML in, settings out, and every fault at once with its place."""

from syseventd.config.json_schema import json_schema
from syseventd.config.load import Offered, load, load_daemon, understand
from syseventd.config.schema import (
    Config,
    DaemonSettings,
    DefaultSettings,
    SinkConfig,
    SourceConfig,
    TargetConfig,
    WebSettings,
    listen_parts,
)

__all__ = [
    "Config",
    "DaemonSettings",
    "DefaultSettings",
    "Offered",
    "SinkConfig",
    "SourceConfig",
    "TargetConfig",
    "WebSettings",
    "json_schema",
    "listen_parts",
    "load",
    "load_daemon",
    "understand",
]
