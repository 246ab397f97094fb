"""What `dataci explain` prints: equal runs give equal bytes, hostile texts are inert, colours are never alone."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import dataci
import explained
from dataci.commands import explain
from dataci.commands.explain import Options
from dataci.reporters import explanation_page
from explained import run, told

ALLOWED = {  # every attribute that the page may use; none that runs, fetches or styles
    *(
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "href",
        "id",
        "aria-labelledby",
        "dir",
        "scope",
    ),
    *("role", "tabindex", "aria-label", "aria-hidden"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explained.make(tmp_path_factory.mktemp("explain") / "project")


# ---- bytes


@pytest.mark.parametrize("arguments", [["b1", "--method", "local"], ["b1"], ["--global"]])
def test_the_same_seed_gives_the_same_bytes_in_every_process(project: Path, arguments: list[str]) -> None:
    outputs = set()
    for seed, threads in (("1", "1"), ("2", "2")):
        env = {**os.environ, "PYTHONPATH": str(Path(dataci.__file__).parent.parent), "PYTHONHASHSEED": seed}
        env |= {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-m", "dataci", "explain", *arguments, "--format", "json"]
        outputs.add(subprocess.run(command, cwd=project, env=env, check=True, capture_output=True).stdout)
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["version"] == 1


def test_another_seed_gives_other_estimates_of_a_long_row(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = (
        "want=" + " ".join(f"word{number} cat" for number in range(12)),
        "offer=cat sitting by a word3 student",
    )
    one, other, again = (told(capsys, project, None, row, method="local", seed=seed) for seed in (0, 1, 0))
    assert one == again
    assert one["terms"] != other["terms"]


# ---- hostile texts


class Reader(HTMLParser):
    """Notes which attributes and elements a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: set[str] = set()
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
@pytest.mark.parametrize("overall", [False, True])
def test_hostile_texts_are_inert(
    project: Path, capsys: pytest.CaptureFixture[str], form: str, overall: bool
) -> None:
    found = run(capsys, project, None if overall else "h2", overall=overall, format=form)
    plain = found.replace("\n", "")
    assert all(char.isprintable() for char in plain)
    if form == "text":
        assert not re.search(r"(?m)^\s*::|##\[|##vso\[", found)
    if form == "markdown":
        outside = re.sub(r"<code>.*?</code>", "", found)
        assert "<" not in outside.replace("<!-- -->", "")
        assert "@team" not in found
        assert "<script" not in found
    if form == "html":
        reader = Reader()
        reader.feed(found)
        assert "script" not in reader.elements
        assert reader.attributes <= ALLOWED
        digest = base64.b64encode(hashlib.sha256(explanation_page.CSS.encode()).digest()).decode()
        assert f"<style>{explanation_page.CSS}</style>" in found
        assert f"style-src 'sha256-{digest}'" in found.replace("&#39;", "'")


def test_colours_are_for_a_terminal_only_and_stand_beside_sign_and_number(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def shown(stream: io.StringIO) -> str:
        monkeypatch.setattr(sys, "stdout", stream)
        explain.run(project, "r000", (), False, Options())
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    colored, plain = shown(Terminal()), shown(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[38;5;33m" in colored
    assert "\x1b" not in plain
    assert "\x1b" not in shown(Terminal())
    assert re.search(r"\[\+\d\.\d\d\]", plain)
    assert re.sub(r"\x1b\[[\d;]*m", "", colored).split() == plain.split()


def test_the_page_of_a_row_shows_each_word_with_its_number_and_no_style_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "row.html"
    assert run(capsys, project, "r000", format="html", output=place) == f"The explanation is in {place}.\n"
    page = place.read_text(encoding="utf-8")
    assert re.search(r'<span class="u p p5">\w+<small>\+\d\.\d\d</small></span>', page)
    assert "style=" not in page
    assert "contrary evidence" in page
