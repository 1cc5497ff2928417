"""Lists that have a row nobody can read, for so long that it is not waited for any more. Pure.

Such a row may be of anything that was seen before; so nothing of its list ends at first. A row
that stays as it is for more than a day would else keep all of them for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from syseventd import Timestamp
from syseventd_superoffice.remembered import time_in
from syseventd_superoffice.witnesses import REMEMBERED

MEMORY = "unreadable since"
"""The name under which a source's memory holds since when, in Unix seconds."""


def counts_as_complete(
    listed: bool, read: bool, memory: Mapping[str, str], now: Timestamp
) -> tuple[bool, dict[str, str]]:
    """Whether what a list does not show is gone, and what to remember of that.

    `listed` says whether the list came as a whole, `read` whether we know of each of its rows
    what it is, too.
    """
    if read:
        return True, {}
    since = time_in(memory, MEMORY)
    if since is None and listed:
        since = now
    if since is None:
        return False, {}
    return listed and now - since > REMEMBERED, {MEMORY: repr(since)}
