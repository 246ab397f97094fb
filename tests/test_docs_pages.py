"""The pages as a whole: every module has its place, what one is told to add works, commands and links are real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from documentation import DOCS, READERS, first_column, page, planted
from shared import ROOT, TEMPLATE

CALL = re.compile(r"(?:^|[\s(/])dataci ([a-z]+)\b(?![./:])(.*)")
CODE = re.compile(r"```[^\n]*\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)


def test_every_module_of_the_engine_has_its_place() -> None:
    text = page("architecture.md")
    engine = TEMPLATE / "src" / "dataci"
    names = [p.name if p.is_file() else f"{p.name}/" for p in engine.iterdir() if p.name != "__pycache__"]
    lost = [name for name in names if name.endswith((".py", "/")) and f"`{name}`" not in text]
    assert lost == [], "say in docs/architecture.md what lives there"
    for name in re.findall(r"^\| `(\w+\.py)`", text, re.MULTILINE):
        assert (engine / name).is_file(), f"{name} is gone"


def test_every_kind_of_cache_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    import building
    from dataci.cache import Cache

    kinds: set[str] = set()
    monkeypatch.setattr(Cache, "get", lambda self, *key: None)
    monkeypatch.setattr(Cache, "put", lambda self, frame, *key: kinds.add(key[0]))
    with planted("duplicate-id") as root:
        building.judge(root, "HEAD")
    assert kinds == {"keys", "signatures"}
    others = {"model", "environment", "checkpoint", "log", "out-of-fold", "draft"}
    assert first_column("Caches", "architecture.md") == kinds | others


def snippet(heading: str) -> ModuleType:
    """Run the Python below a heading of the page, as a module of its own."""
    parts = re.split(r"^#+ (.*)$", page("architecture.md"), flags=re.MULTILINE)
    block = re.findall(r"```python\n(.*?)```", parts[parts.index(heading) + 1], re.DOTALL)[0]
    module = ModuleType("snippet")
    exec(compile(block, heading, "exec"), module.__dict__)
    return module


def test_the_check_that_the_page_adds_works(monkeypatch: pytest.MonkeyPatch) -> None:
    import building
    from dataci.checks.registry import CHECKS

    (check,) = snippet("A check").CHECKS
    monkeypatch.setitem(CHECKS, check.name, check)
    with planted("duplicate-id") as root:
        report = building.judge(root, select=(check.name,))
        assert building.counts(report) == {}
        building.write(
            root, {"data/train/c.csv": (root / "data/train/a.csv").read_text().replace(",web", ",Web")}
        )
        report = building.judge(root, select=(check.name,))
    assert report.summary[check.name].errors > 0
    assert "Web" in report.findings[0].message


def test_the_reporter_that_the_page_adds_works() -> None:
    import building

    with planted("duplicate-id") as root:
        report = building.judge(root, "HEAD", select=("duplicate-id",))
    said = snippet("A reporter").render(report)
    assert said.splitlines() == ["data/train/new.csv:11: error: duplicate-id", "fail"]


def commands() -> dict[str, set[str]]:
    """Return the commands with their options; one of a group with the name of the group, as "bug accept"."""
    from dataci.cli import cli

    return {
        name: {
            "--help",
            *(option for param in command.params for option in (*param.opts, *param.secondary_opts)),
        }
        for name, command in listed(cli)
    }


def listed(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield the commands that are shown, in groups as well."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from listed(command, f"{before}{name} ")
        elif not command.hidden:
            yield before + name, command


def test_commands_in_the_docs_are_real_and_all_of_them_are_there() -> None:
    known, seen = commands(), set()
    groups = {name.split()[0] for name in known if " " in name}
    for path in READERS:
        for match in CODE.finditer(path.read_text("utf-8")):
            code = match["block"] or match["span"]
            for line in code.splitlines():
                used = CALL.search(line.partition("  #")[0])
                if (
                    not used
                    or "import" in line
                    or (match["block"] and line.startswith(("from ", "::", "  ")))
                ):
                    continue
                name, rest = used[1], used[2]
                if name in groups and rest.split()[:1] in ([], ["…"]):
                    continue  # the group as such
                if name in groups:
                    name = f"{name} {rest.split()[0]}"
                assert name in known, f"{path.name}: there is no command {name!r} in {line.strip()!r}"
                wrong = set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) - known[name]
                assert not wrong, f"{path.name}: {name} has no {wrong} in {line.strip()!r}"
                seen.add(name)
    assert seen == set(known)
    assert first_column("Commands") == set(known)


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in commands() if f"`dataci {name.split()[0]}" not in text] == []


def test_the_finding_in_the_readme_is_one_that_the_tool_makes() -> None:
    import polars as pl
    from dataci.casting import expected

    shown = re.findall(r"^    (The cell .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert shown == [f"The cell {expected(pl.Float64(), '20,57')}."]


def test_the_demo_plants_as_many_faults_as_the_readme_says() -> None:
    faults = re.findall(r"^    bad\[\d+\]", (ROOT / "tests" / "demo.py").read_text("utf-8"), re.MULTILINE)
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    assert f"with {words[len(faults)]} faults" in (ROOT / "README.md").read_text("utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.parent.name + "/" + path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in anchors(there.read_text("utf-8")), f"{path.name} links to {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [path.name for path in DOCS.glob("*.md") if f"docs/{path.name}" not in text] == []


def test_the_changelog_names_the_version_and_every_command() -> None:
    import dataci

    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## {dataci.__version__}" in text
    told = [
        name for name in commands() if f"`dataci {name}`" in text or f"`dataci {name.split()[0]}`" in text
    ]
    assert told == list(commands())
