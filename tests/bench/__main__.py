"""Measures each figure, prints them as a table and writes `bench.json`.

python -m tests.bench [FIGURE …]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench import probe_cpu, scrape, tenants, transitions
from tests.bench.figure import Figure, Sizes, as_json, machine, table
from tests.bench.processes import NotReady

MEASURES = {
    "probe_cpu_us": probe_cpu.measure,
    "transitions_per_s": transitions.measure,
    "scrape_100k_ms": scrape.measure,
    "tenants_late_probes": tenants.measure,
}


def main(names: list[str]) -> None:
    if unknown := set(names) - MEASURES.keys():
        sys.exit(f"no figure {', '.join(sorted(unknown))}; there are: {', '.join(MEASURES)}")
    figures = list[Figure]()
    for name in names or MEASURES:
        try:
            figures += MEASURES[name](Sizes())
        except FileNotFoundError as error:
            sys.exit(f"{name}: there is no {error.filename}; tests/bench/README.md says what it is")
        except NotReady as error:
            sys.exit(f"{name}: {error}")
    print(machine())
    print(table(figures))
    Path("bench.json").write_text(as_json(figures), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
