"""The configuration: TOML in, settings out, and every fault at once with its place."""

from syseventd.config.advice import Advice, advice
from syseventd.config.faults import join
from syseventd.config.json_schema import json_schema
from syseventd.config.load import Offered, Outline, examine, load, outline, understand
from syseventd.config.schema import (
    Config,
    DaemonSettings,
    DefaultSettings,
    LeftOut,
    SinkConfig,
    SourceConfig,
    TargetConfig,
    WebSettings,
    listen_parts,
)

__all__ = [
    "Advice",
    "Config",
    "DaemonSettings",
    "DefaultSettings",
    "LeftOut",
    "Offered",
    "Outline",
    "SinkConfig",
    "SourceConfig",
    "TargetConfig",
    "WebSettings",
    "advice",
    "examine",
    "join",
    "json_schema",
    "listen_parts",
    "load",
    "outline",
    "understand",
]
