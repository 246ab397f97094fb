"""The command line: exit codes, sentences instead of tracebacks, and an instant --help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import building
from dataci import cli
from dataci.cli import main
from dataci.errors import CannotRun

SOURCE = str(Path(cli.__file__).parents[1])


def dataci(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "dataci", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": SOURCE, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_check_says_pass_or_fail_by_its_exit_code(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    done = dataci(root, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PASS" in done.stdout
    building.write(root, {"data/train/b.csv": building.HEADER + "1,a,b,5,z,2026-01-01\n"})
    done = dataci(root / "data" / "train", "check", "--format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["version"], report["verdict"]) == (1, "fail")
    assert {"schema", "duplicate-id"} <= {f["check"] for f in report["findings"]}


def test_the_report_goes_to_a_file(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    done = dataci(root, "check", "--format", "markdown", "--output", "out/report.md")
    assert done.returncode == 0
    assert "pass" in done.stdout
    assert (root / "out/report.md").read_text(encoding="utf-8")
    done = dataci(root, "check", "--output", "dataci.toml/x")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--base", "nowhere"],
        ["check", "--select", "nothing"],
        ["check", "--format", "xml"],
        ["chek"],
        ["-C", "nowhere", "check"],
        ["check", "--staged"],
    ],
)
def test_cannot_run_is_2_and_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    done = dataci(building.make(tmp_path), *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()


def test_outside_of_a_project(tmp_path: Path) -> None:
    done = dataci(tmp_path, "check")
    assert done.returncode == 2
    assert "no dataci.toml" in done.stderr


def test_a_hostile_name_in_a_message_is_inert(tmp_path: Path) -> None:
    done = dataci(building.make(tmp_path), "check", "--base", "\x1b[31mred\n::error::x")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert not any(line.startswith("::") for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CannotRun("as said"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.UsageError("wrong"), 2),
        (RuntimeError("planted"), 3),
        (PermissionError(13, "no", "file"), 2),
    ],
)
def test_every_error_has_its_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    def command(**_: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main([], command)
    assert stop.value.code == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert (".dataci/crash.log" in said) == (code == 3)
    if code == 3:
        assert "RuntimeError: planted" in (tmp_path / ".dataci/crash.log").read_text()


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    script = (
        f"'{sys.executable}' -m dataci check --format json | head -c 1 >/dev/null; exit $" + "{PIPESTATUS[0]}"
    )
    rows = "".join(f"n{i},w{i},o{i},9,z,2026-01-01\n" for i in range(3000))
    root = building.make(tmp_path, {"data/train/b.csv": building.HEADER + rows})
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=root,
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "fault" not in done.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom dataci.cli import cli\n"
        "try:\n    cli(['--help'], standalone_mode=False)\nfinally:\n"
        "    print(sorted(m for m in sys.modules if m.split('.')[0] in {'polars', 'numpy', "
        "'pandera', 'sklearn', 'git', 'narwhals'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def commands(group: click.Group, before: str = "") -> list[str]:
    """Return the names of all commands, also of those in groups."""
    found = []
    for name, command in sorted(group.commands.items()):
        found += [before + name]
        found += commands(command, f"{before}{name} ") if isinstance(command, click.Group) else []
    return found


@pytest.mark.parametrize("name", commands(cli.cli))
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = dataci(Path.cwd(), *name.split(), "--help")
    assert done.returncode == 0
    assert f"Example: dataci {name}" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_who_stops_reading_is_told_nothing_false(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "dataci", "--help"]
    env = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
