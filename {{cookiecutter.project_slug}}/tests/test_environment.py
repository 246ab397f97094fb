"""Which libraries count, and an environment that has the versions of a record. Nothing here needs a network."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import environment
from dataci.errors import CannotRun

HERE = environment.minor()


def wheel(folder: Path, name: str, version: str, requires: Iterable[str] = ()) -> Path:
    """Make a wheel of one module, ``name``, that knows its version."""
    info = f"{name}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": head + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(inside, text)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have pip (and no uv) install from a folder of wheels only."""
    folder = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        wheel(folder, "plantedlib", version, ["plantedbase>=1", "absent; extra == 'more'"])
    wheel(folder, "plantedbase", "1.5")
    wheel(folder, "plantedmore", "1.9")
    wheel(folder, "plantedmore", "2.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    without(monkeypatch, "uv")
    return folder


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Hide programs from shutil.which."""
    real = environment.shutil.which
    monkeypatch.setattr(environment.shutil, "which", lambda name: None if name in names else real(name))


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path, *wheels: Path) -> None:
    """Unpack wheels where this process finds them."""
    for path in wheels:
        zipfile.ZipFile(path).extractall(folder)
    monkeypatch.syspath_prepend(str(folder))


def test_the_libraries_of_a_model_and_what_they_require() -> None:
    found = environment.resolve({"sklearn"})
    assert found["python"] == ".".join(map(str, sys.version_info[:2]))
    for name in ("scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"):
        assert found[name] == metadata.version(name)
    assert not {"polars", "click", "torch", "pandera"} & found.keys()
    assert list(found)[1:] == sorted(found.keys() - {"python"})


def test_what_moves_bytes_counts_only_when_the_model_imports_it() -> None:
    assert "skops" not in environment.resolve({"sklearn", "skops"})
    assert "click" not in environment.resolve({"pandera"})
    assert environment.resolve({"click"})["click"] == metadata.version("click")


def test_a_module_that_nobody_owns_is_named_and_not_crashed_on() -> None:
    assert environment.resolve({"no_such_module"}) == {"python": HERE, "no_such_module": "unknown"}


def test_requirements_are_followed_without_extras_and_other_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = ["planted_b[more] >=1,<2", "planted.c; python_version >= '3'", "planted-d; extra == 'x'"]
    needs += ['planted_e; sys_platform == "win32"', "never-installed", "certifi"]
    wheels = [
        wheel(tmp_path / "w", "planted_a", "1.0", needs),
        wheel(tmp_path / "w", "planted_c", "3", ["planted_a"]),
    ]
    wheels += [wheel(tmp_path / "w", f"planted_{letter}", "2.0") for letter in "bde"]
    installed(monkeypatch, tmp_path / "site", *wheels)
    expected = {"python": HERE, "planted-a": "1.0", "planted-b": "2.0", "planted-c": "3"}
    assert environment.resolve({"planted_a"}) == expected


def test_differences_name_what_was_and_what_is() -> None:
    was = {"python": "3.11", "numpy": "2.0", "gone": "1"}
    now = {"python": "3.12", "numpy": "2.0", "new": "1"}
    expected = {"gone": ("1", None), "new": (None, "1"), "python": ("3.11", "3.12")}
    assert environment.differences(was, now) == expected
    assert environment.differences(was, was) == {}


def test_the_running_python_is_used_where_it_fits(tmp_path: Path) -> None:
    recorded = {**environment.resolve({"sklearn", "polars"}), "encoder.device": "cuda"}
    assert environment.provide(tmp_path, recorded, tmp_path) == Path(sys.executable)
    assert not (tmp_path / ".dataci").exists()


def test_an_environment_of_other_versions_is_made_once(index: Path, tmp_path: Path) -> None:
    recorded = {"python": HERE, "plantedlib": "1.0", "encoder.weights": "ab"}
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["plantedmore<2"]\n')
    python = environment.provide(tmp_path, recorded, tmp_path)
    script = (
        "import plantedlib as a, plantedbase as b, plantedmore as c; print(a.version, b.version, c.version)"
    )
    told = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1.0", "1.5", "1.9"]
    assert python.is_relative_to(tmp_path / environment.FOLDER)
    (index / "plantedlib-1.0-py3-none-any.whl").unlink()  # taken back: what was made is still used
    assert environment.provide(tmp_path, recorded, tmp_path) == python
    assert [path.name for path in (tmp_path / environment.FOLDER).iterdir()] == [python.parent.parent.name]


def test_what_cannot_be_installed_is_said_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(folder: Path, python: str, needed: list[str]) -> None:
        folder.mkdir()
        lines = [
            "Collecting x",
            "ERROR: No matching distribution found for " + needed[0],
            "[notice] a new pip",
        ]
        environment.ask([sys.executable, "-c", f"import sys; sys.exit({chr(10).join(lines)!r})"])

    monkeypatch.setattr(environment, "install", install)
    told = r"^Its environment cannot be had here: ERROR: No matching distribution found for plantedlib==9.0.$"
    with pytest.raises(CannotRun, match=told):
        environment.provide(tmp_path, {"plantedlib": "9.0"}, tmp_path)
    assert list((tmp_path / environment.FOLDER).iterdir()) == []
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    environment.ask([sys.executable, "-c", "import os, sys; sys.exit('PYTHONPATH' in os.environ)"])
    with pytest.raises(CannotRun, match=r"cannot be made: .*no-such-program"):
        environment.ask(["no-such-program"])


def test_who_makes_the_same_environment_at_once_is_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(folder: Path, python: str, needed: list[str]) -> None:
        for place in (folder, home):  # somebody else is done a moment earlier
            environment.executable(place).parent.mkdir(parents=True)
            environment.executable(place).write_text(place.name)

    home = tmp_path / "envs" / "abc"
    monkeypatch.setattr(environment, "install", install)
    environment.make(home, HERE, [])
    assert environment.executable(home).read_text() == "abc"
    assert list(home.parent.iterdir()) == [home]


def test_uv_is_asked_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, tool = tmp_path / "log", tmp_path / "bin" / "uv"
    tool.parent.mkdir()
    body = (
        '[ "$1" = venv ] && for last; do :; done && mkdir -p "$last/bin" && touch "$last/bin/python"; exit 0'
    )
    tool.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\n{body}\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    environment.provide(tmp_path, {"python": "3.1", "plantedlib": "1.0"}, tmp_path)
    first, second = log.read_text().splitlines()
    assert first.startswith("venv --quiet --python 3.1 ")
    assert second.startswith("pip install --quiet --python ")
    assert second.endswith(" plantedlib==1.0")


def test_a_python_that_is_not_here_is_said(index: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"It needs Python 3\.1, which is not on this machine"):
        environment.provide(tmp_path, {"python": "3.1"}, tmp_path)


def test_a_python_that_only_pretends_to_be_there_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.1"
    monkeypatch.setenv("PATH", str(tmp_path))
    for text, found in (("exit 127", None), ("echo Python 3.11.2", None), ("echo Python 3.1.4", str(shim))):
        shim.write_text(f"#!/bin/sh\n{text}\n")
        shim.chmod(0o755)
        assert environment.found_python("3.1") == found


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        ({"plantedlib": "1.0 --index-url https://evil.example"}, "no package and version"),
        ({"--editable": "1"}, "no package and version"),
        ({"x @ file:///etc": "1"}, "no package and version"),
        ({"plantedlib": "1.0\n-r x"}, "no package and version"),
        ({"python": "3.11; rm", "plantedlib": "1"}, "which is no version"),
        ({"plantedlib": "9.9", "strange": "unknown"}, "which version of strange"),
    ],
)
def test_a_hostile_record_installs_nothing(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: dict[str, str], told: str
) -> None:
    monkeypatch.setattr(environment, "make", lambda *_: pytest.fail("something was installed"))
    with pytest.raises(CannotRun, match=told):
        environment.provide(tmp_path, recorded, tmp_path)


@given(name=st.text(max_size=12), number=st.text(max_size=12))
def test_no_pin_is_anything_but_a_name_and_a_version(name: str, number: str) -> None:
    try:
        lines = environment.pins({name: number})
    except CannotRun:
        return
    assert all(line.isascii() and line[0].isalnum() and not set(line) & set(" @;/\\\n\t") for line in lines)


def test_the_base_dependencies_are_read_from_the_commit(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    assert environment.base(path) == []
    for text, expected in (
        (
            '[project]\ndependencies = ["b>=1", "a[x]>=2; python_version > \'3\'"]\n',
            ["a[x]>=2; python_version > '3'", "b>=1"],
        ),
        ('[project]\ndependencies = ["--index-url=x", "-r y", "ok"]\n', ["ok"]),
        ("[project", []),
        ("project = 1\n", []),
        ("[project]\ndependencies = 1\n", []),
    ):
        path.write_text(text)
        assert environment.base(path) == expected
