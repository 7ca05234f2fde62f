"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json

from rich.console import Console
from rich.table import Table

NAMES = {
    "import": "importing",
    "start": "start",
    "commands": "commands",
    "rota": "rota",
    "vote": "voting",
    "outbox": "outbox",
    "recap": "recap",
    "term": "term",
}


def main() -> None:
    """Run one benchmark, print its table, then its figures as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a measurement")
    args = parser.parse_args()
    module = importlib.import_module(f"benchmarks.{NAMES[args.name]}")
    figures: dict[str, float | None] = asyncio.run(module.measure(quick=args.quick))
    table = Table("figure", "value", title=f"{args.name}{' (quick)' if args.quick else ''}")
    for name, value in figures.items():
        table.add_row(name, "not measured" if value is None else f"{value:g}")
    Console().print(table)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
