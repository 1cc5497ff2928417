"""The configuration: TOML in, settings out, and every fault at once with its place."""

from syseventd.config.advice import advice
from syseventd.config.faults import join
from syseventd.config.json_schema import json_schema
from syseventd.config.load import Offered, Outline, load, outline, understand
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
    "Outline",
    "SinkConfig",
    "SourceConfig",
    "TargetConfig",
    "WebSettings",
    "advice",
    "join",
    "json_schema",
    "listen_parts",
    "load",
    "outline",
    "understand",
]
