"""The daemon's own counters and histograms: made once a service, and handed in."""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from syseventd.event_durations import EventDurations
from syseventd.model import Step, Transition

_without_created: Callable[[], None] = disable_created_metrics

OTHER = "other"
"""The label of events whose kind no plugin declared: so that labels stay bounded."""

PROBE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LATENESS_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60)
EVENT_SECONDS = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 604800)


TAKEN_NAMES = frozenset(
    {
        *("build_info", "certificate_info", "target_info"),
        *("config_last_reload_success_timestamp_seconds", "config_last_reload_successful"),
        *("event_duration_seconds", "event_expected_end_timestamp_seconds"),
        *("event_loop_blocked_seconds", "event_progress_ratio"),
        *("event_started_timestamp_seconds", "event_transitions", "events"),
        *("expiry_timestamp_seconds", "not_before_timestamp_seconds"),
        *("licence_seats_limit", "licence_seats_used", "meter_threshold", "meter_used"),
        *("plugin_refused", "ready", "sink_backlog", "sink_deliveries"),
        *("probe_duration_seconds", "probe_failures", "probe_last_success_timestamp_seconds"),
        *("probe_lateness_seconds", "probe_success", "probes", "probes_missed"),
        *("series_dropped", "snapshot_problems", "source_state", "store_failures"),
    }
)
"""The daemon's metrics, those of the board too, without `syseventd_` and `_total`.

No gauge of a plugin may be called so. A plugin is asked before there is a board to look at.
"""


def own_version() -> str:
    """The installed distribution's version, or "unknown" where only the source is there."""
    try:
        return version("syseventd")
    except PackageNotFoundError:
        return "unknown"


class Instruments:
    """One registry with every measurement of the daemon itself.

    `kinds` are those of events that may become labels; without it, all may.
    """

    def __init__(self, kinds: Collection[str] | None = None) -> None:
        self._kinds = kinds
        _without_created()  # a series more for each of ours, which nobody reads
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.probe_duration = self._histogram(
            "probe_duration_seconds", "How long probes took.", ["source"], PROBE_SECONDS
        )
        self.probe_lateness = self._histogram(
            "probe_lateness_seconds",
            "How long after their time probes started.",
            ["source"],
            LATENESS_SECONDS,
        )
        self.event_durations = EventDurations(EVENT_SECONDS)
        """Written by our own hand: they are as many as targets and kinds."""
        self.probes_missed = self._counter(
            "probes_missed_total",
            "Probes that were due and not run: the daemon was held up, or the one before "
            "had not ended.",
            ["target", "source"],
        )
        self.loop_blocked = self._counter(
            "event_loop_blocked_seconds_total",
            "Time in which something held up the whole daemon; the log names it.",
        )
        self.store_failures = self._counter(
            "store_failures_total", "Commits to the store that failed, or could not be begun."
        )
        self.series_dropped = self._counter(
            "series_dropped_total",
            "Series left out of scrapes: their target had more than its limit, or no plugin "
            "declared their gauge.",
            ["target"],
        )
        self.sink_deliveries = self._counter(
            "sink_deliveries_total",
            "Deliveries to sinks, by how they ended.",
            ["sink", "outcome"],
        )
        self.sink_backlog = self._gauge(
            "sink_backlog", "Transitions that a sink has yet to receive.", ["sink"]
        )
        self.plugin_refused = self._gauge(
            "plugin_refused",
            "1 for each plugin that could not be loaded; `syseventd plugins` says why.",
            ["plugin"],
        )
        self.ready = self._gauge(
            "ready", "1 while the daemon does all of its work, as `/-/ready` says, else 0."
        )
        self.reload_successful = self._gauge(
            "config_last_reload_successful",
            "1 if the configuration was valid when it was last read, else 0.",
        )
        self.reload_time = self._gauge(
            "config_last_reload_success_timestamp_seconds",
            "When a valid configuration was last read.",
        )
        build = self._gauge(
            "build_info", "1, with the versions that run.", ["version", "python_version"]
        )
        build.labels(own_version(), platform.python_version()).set(1)

    def count_steps(self, transitions: tuple[Transition, ...]) -> None:
        """Take note of events that ended."""
        for transition in transitions:
            if transition.step is Step.ENDED:
                event = transition.event
                length = max(0.0, transition.at - event.began_at)
                kind = event.observation.kind
                if self._kinds is not None and kind not in self._kinds:
                    kind = OTHER
                self.event_durations.observe(event.source.target, kind, length)

    def forget_target(self, target: str) -> None:
        """Drop what is labelled with a target that is no longer watched."""
        self.event_durations.forget(target)
        for metric in (self.probes_missed, self.series_dropped):
            metric.remove_by_labels({"target": target})

    def _counter(self, name: str, text: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"syseventd_{name}", text, labels or [], registry=self.registry)

    def _gauge(self, name: str, text: str, labels: list[str] | None = None) -> Gauge:
        return Gauge(f"syseventd_{name}", text, labels or [], registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: list[str], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(f"syseventd_{name}", text, labels, registry=self.registry, buckets=buckets)
