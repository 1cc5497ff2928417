"""The histogram of events' durations as text: a few lines at a time, and none of it kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from prometheus_client.utils import floatToGoString

from syseventd.event_durations import EventDurations, Row
from syseventd.metrics.text import ESCAPES, Format, encode, header, number_text

NAME = "syseventd_event_duration_seconds"
HELP = (
    "How long events lasted, from the start that the source told to the probe that no longer saw "
    "them."
)
ROWS_A_PIECE = 100
"""Rows, of some dozen lines each, that are written before others get their turn."""


def pieces(durations: EventDurations, form: Format) -> Iterator[bytes]:
    """The family's heading and lines, in both of Prometheus' texts. Others may run in between."""
    ends = (*map(floatToGoString, durations.ends), "+Inf")
    yield header(NAME, "histogram", HELP, form)
    rows = durations.rows()
    while looked_at := list(islice(rows, ROWS_A_PIECE)):
        yield encode("".join(line for row in looked_at for line in _lines(row, ends)))


def _lines(row: Row, ends: tuple[str, ...]) -> Iterator[str]:
    target, kind = row.target.translate(ESCAPES), row.kind.translate(ESCAPES)
    labels = f'target="{target}",kind="{kind}"'
    for end, count in zip(ends, row.upto, strict=True):
        yield f'{NAME}_bucket{{{labels},le="{end}"}} {number_text(count)}\n'
    yield f"{NAME}_count{{{labels}}} {number_text(row.upto[-1])}\n"
    yield f"{NAME}_sum{{{labels}}} {number_text(row.total)}\n"
