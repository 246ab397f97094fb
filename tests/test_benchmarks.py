"""The benchmark's own claims at tiny sizes: planted faults are found exactly; the table says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


def started(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the benchmark's scripts."""
    command = [sys.executable, str(FOLDER / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_planted_faults_are_found_exactly() -> None:
    done = started("run.py", "--small", "--small-rows", "600", "--plant", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "planted: 30 faults planted in 600 rows, all found, and nothing else" in done.stdout
    assert "clean: 0 faults" in done.stdout
    assert "bad: 1,200 faults" in done.stdout


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        done = started("generate.py", str(tmp_path / name), "--rows", "200", "--seed", seed, "--batches", "2")
        assert done.returncode == 0, done.stderr
    first, again, other = (
        [file.read_bytes() for file in sorted((tmp_path / name).glob("data/*/*.csv"))] for name in "abc"
    )
    assert first == again
    assert first != other


def test_a_wrong_count_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    import run

    real = subprocess.run

    def lying(command: list[str], **options: object) -> object:
        done = real(command, **options)  # type: ignore[call-overload]
        Path(command[2], "planted.json").write_text(json.dumps({"schema": 1}), encoding="utf-8")
        return done

    monkeypatch.setattr(subprocess, "run", lying)
    with pytest.raises(SystemExit, match="planted"):
        run.small(300, 2)


def test_the_table_states_ratio_and_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    from table import Line, table

    lines = [
        Line("sha256", 1000, 0.1, 20),
        Line("ours", 1000, 2.0, 100, 20.0, "sha256", 30),
        Line("slow", 1000, 4.0, 100, 40.0, "sha256", 30),
    ]
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in table(lines).splitlines()]
    assert rows[0][0] == "what"
    assert rows[3][-4:] == ["20.0×", "sha256", "≤ 30×", "yes"]
    assert rows[4][-1] == "no"


def test_the_benchmark_of_results_measures_every_candidate() -> None:
    done = started("results.py", "--candidates", "2", "--rows", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dataci evaluate --all: 2 candidates" in done.stdout
