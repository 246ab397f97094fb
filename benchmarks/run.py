"""Times whole processes of dataci against floors and peers, and prints one table of ratios within the run.

    python benchmarks/run.py [--rows 100000,1000000] [--peers] [--write]
    python benchmarks/run.py --small

`--peers` adds Great Expectations, pandera on pandas and frictionless, in an environment of their own. `--write` puts
the table into docs/performance.md. `--small` times nothing: it plants faults and wants each of them found, exactly.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import jobs
import machine
import measure
import rivals
from measure import Job
from table import table, write


def large(sizes: list[int], with_peers: bool) -> str:
    """Measure everything; return the table with what there is to say about it."""
    lines = jobs.startup() + jobs.hooks(min(sizes))
    polars = next(line.seconds for line in lines if "polars" in line.what)
    figures, floors = {}, {}
    for rows in sizes:
        more, figures[rows], floors[rows] = jobs.checks(rows, 3)
        lines += more
    notes = jobs.growth(figures, polars)
    notes += [
        f"every row bad against every row good, {rows:,} rows: ×{f['bad'].best / f['quick'].best:.2f}"
        for rows, f in figures.items()
    ]
    if with_peers:
        more, said = rivals.peers(max(sizes), min(sizes), floors)
        lines, notes = lines + more, notes + said
    return "\n".join([machine.words(), "", table(lines), "", *(f"- {note}" for note in notes)])


def small(rows: int, times: int) -> None:
    """Plant faults and want exactly them; then the same data without faults, and with a fault in every row."""
    with tempfile.TemporaryDirectory() as folder:
        for name, more in (("planted", ("--plant", str(times))), ("clean", ()), ("bad", ("--bad",))):
            root = Path(folder) / name
            made = [*jobs.GENERATE, str(root), "--rows", str(rows), "--batches", "4", *more]
            subprocess.run(made, check=True)
            done = measure.run(Job((*jobs.DATACI, "check", "--format", "json"), root))
            if done.status not in (0, 1):
                raise SystemExit(f"dataci check ended with {done.status}:\n{done.output[-2000:]}")
            counts = json.loads(done.output)["summary"].items()
            found = {c: n["errors"] + n["warnings"] for c, n in counts if n["errors"] + n["warnings"]}
            wanted = json.loads((root / "planted.json").read_text(encoding="utf-8"))
            if name == "bad":  # values out of range may be noticed by other checks as well
                found = {check: found.get(check) for check in wanted}
            if found != wanted:
                raise SystemExit(f"{name}: planted {wanted}, found {found}")
            print(
                f"{name}: {sum(wanted.values()):,} faults planted in {rows:,} rows, all found, and nothing else"
            )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", default="100000,1000000", help="sizes, separated by commas")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--small", action="store_true", help="correctness only, on small data")
    parser.add_argument("--small-rows", type=int, default=10_000, help=argparse.SUPPRESS)
    parser.add_argument("--plant", type=int, default=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.small:
        small(given.small_rows, given.plant)
        return
    jobs.DATA.mkdir(exist_ok=True)
    text = large([int(size) for size in given.rows.split(",")], given.peers)
    print(text)
    if given.write:
        write(text)


if __name__ == "__main__":
    main()
