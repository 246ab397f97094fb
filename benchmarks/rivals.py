"""Runs the peers: in their own environment, each in a process of its own, on the size that it can bear."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import measure
from jobs import DATA, HERE, PYTHON, project
from measure import Job
from peers import PEERS, REQUIREMENTS
from table import Line

FOLDER = HERE / ".peers"
PEER_LIMIT = 120  # seconds for the large file; a peer that needs more is measured on the small one


def peers(rows: int, small: int, floors: dict[int, float]) -> tuple[list[Line], list[str]]:
    """Time the schema alone by other tools; one that is too slow for the large file is measured on the small one."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([PYTHON, "-m", "venv", str(FOLDER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=False)
    lines, notes = [], []
    for tool in PEERS:
        seconds = peer(python, tool, small, 600)
        scale = small
        if isinstance(seconds, Line) and seconds.seconds * rows / small <= PEER_LIMIT:
            larger = peer(python, tool, rows, 600)
            seconds, scale = (larger, rows) if isinstance(larger, Line) else (seconds, small)
        if isinstance(seconds, str):
            notes.append(f"{tool} did not run here: {seconds}")
            continue
        lines.append(seconds._replace(ratio=seconds.seconds / floors[scale], floor="sha256"))
        if scale != rows:
            notes.append(
                f"{tool} was measured on {scale:,} rows: {rows:,} would take over {PEER_LIMIT} seconds."
            )
    return lines, notes


def peer(python: Path, tool: str, rows: int, limit: int) -> Line | str:
    """Run one peer on one file that holds all rows; return a line, or what it said instead."""
    folder = project(str(rows), rows)
    whole = DATA / f"{rows}.csv"
    if not whole.exists():
        files = sorted(folder.glob("data/*/*.csv"))
        with whole.open("wb") as out:
            for number, file in enumerate(files):
                out.write(file.read_bytes() if not number else file.read_bytes().split(b"\n", 1)[1])
    try:
        done = measure.run(
            Job(("timeout", str(limit), str(python), str(HERE / "peers.py"), tool, whole.name), DATA)
        )
    except OSError as error:
        return str(error)
    last = (done.output.strip().splitlines() or ["no output"])[-1]
    if done.status or json.loads(last) != {"failures": 0}:
        return last
    return Line(f"{tool}, schema alone", rows, done.seconds, done.mebi)
