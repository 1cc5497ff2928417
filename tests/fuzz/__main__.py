"""Makes hostile replies until there were enough, and says what came of them.

python -m tests.fuzz [REPLIES [SEED]]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from tests.fuzz.harness import fuzz
from tests.fuzz.tally import FuzzError

DESCRIPTION = Path(__file__).resolve().parents[3] / "shared/superoffice/webapi.swagger.json"


def main(arguments: list[str]) -> None:
    replies = int(arguments[0]) if arguments else 1_000_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    try:
        text = DESCRIPTION.read_text(encoding="utf-8")
    except FileNotFoundError:
        sys.exit(f"there is no {DESCRIPTION}: the vendor's description of its API is needed")
    began = time.monotonic()
    try:
        tally = asyncio.run(fuzz(json.loads(text)["definitions"], replies, seed))
    except FuzzError as error:
        sys.exit(str(error))
    outcomes = ", ".join(f"{name} {number:,}" for name, number in tally.outcomes.most_common())
    print(f"{tally.replies:,} replies in {time.monotonic() - began:.0f} s; probes: {outcomes}")
    for (way, outcome), number in sorted(tally.logins.items()):
        print(f"{way}: {outcome} {number:,}")


if __name__ == "__main__":
    main(sys.argv[1:])
