"""What dataci publish update refuses, before it asks GitHub anything: whatever the engine's update would never hold."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import building
from dataci import git
from dataci.commands.publish import update as command
from dataci.errors import CannotRun
from dataci.upstream import handover, link, taking
from dataci.upstream.handover import Update
from dataci.upstream.link import Link

TEMPLATE, START, NEWER = "https://example.org/template.git", "a" * 40, "b" * 40
KNOWN = Link(TEMPLATE, START, None)
SKIP = '[tool.cruft]\nskip = ["docs", "Makefile", "conf/*.toml"]\n'
ENGINE = {"src/dataci/suite.py": "NEW = 1\n", "src/dataci/tool.sh": "echo\n"}


def linked(commit: str, template: str = TEMPLATE) -> str:
    """Return a .cruft.json."""
    return json.dumps({"template": template, "commit": commit, "checkout": None, "context": {}}) + "\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project that is linked to its template, committed."""
    files = {link.FILE: linked(START), "pyproject.toml": SKIP, "src/dataci/suite.py": "OLD = 1\n"}
    folder = building.make(
        tmp_path / "project", {**files, "src/dataci/old.py": "", "data.bin": bytes(range(256))}
    )
    building.commit(folder)
    return folder


def patch(root: Path, change: Callable[[Path], object], commit: str | None = NEWER) -> bytes:
    """Return the difference that ``change`` makes to the project, and leave the project as it was."""
    change(root)
    if commit:
        building.write(root, {link.FILE: linked(commit)})
    building.git(root, "add", "--all", "--force")
    found = git.run(root, "diff", "--cached", "--binary", "--full-index", "--no-renames", "HEAD")
    building.git(root, "reset", "--quiet", "--hard")
    return found


def writing(files: Mapping[str, str | bytes]) -> Callable[[Path], object]:
    """Return the change that writes files."""
    return lambda root: building.write(root, files)


def take(root: Path, text: bytes, known: Link = KNOWN) -> list[taking.File]:
    """Take an update with this patch."""
    return taking.take(root, Update("update", TEMPLATE, START, NEWER, patch=text), known)


def test_an_update_of_the_engine_is_taken_and_written(root: Path) -> None:
    def change(root: Path) -> None:
        building.write(root, ENGINE)
        (root / "src/dataci/tool.sh").chmod(0o755)
        (root / "src/dataci/old.py").unlink()

    files = take(root, patch(root, change))
    assert building.git(root, "status", "--porcelain") == ""  # looked at apart from the working tree
    assert [(change.path, change.change) for change in taking.named(files)] == [
        ("src/dataci/old.py", "removed"),
        ("src/dataci/suite.py", "changed"),
        ("src/dataci/tool.sh", "added"),
    ]
    assert taking.write(root, files) == [link.FILE, *(file.path for file in files[1:])]
    assert (root / "src/dataci/suite.py").read_text("utf-8") == ENGINE["src/dataci/suite.py"]
    assert os.access(root / "src/dataci/tool.sh", os.X_OK)
    assert not (root / "src/dataci/old.py").exists()


@pytest.mark.parametrize(
    "path",
    [
        "data/train/x.csv",
        "DATA/train/x.csv",
        "data",
        "project/model.py",
        "results/latest.json",
        "tests/project/test_x.py",
        "dataci.toml",
        "uv.lock",
        "docs/deep/page.md",
        "makefile",
        "conf/a.toml",
        "\uff44ata/train/x.csv",
        ".github/CODEOWNERS",
        "docs/codeowners",
    ],
)
def test_what_is_the_users_is_refused(root: Path, path: str) -> None:
    if path == "data":
        building.git(root, "rm", "--quiet", "-r", "data")
        building.git(root, "commit", "--quiet", "--message", "No data")
    with pytest.raises(CannotRun, match="is yours"):
        take(root, patch(root, writing({path: "x\n"})))


@pytest.mark.parametrize(
    "path",
    [
        ".gitmodules",
        "src/.gitmodules",
        "src/a\nb.py",
        "src/a\u202eb.py",
        "src/a:b.py",
        "data /x.csv",
        "data./x.csv",
        "DATACI~1.TOM",
    ],
)
def test_odd_paths_are_refused(root: Path, path: str) -> None:
    with pytest.raises(CannotRun, match="no path for a file of the engine"):
        take(root, patch(root, writing({path: "x\n"})))


def renamed(root: Path, name: str) -> bytes:
    """Return a patch that git itself would not make: a good one, with another name for the file."""
    return patch(root, writing({"src/zzz.py": "x\n"})).replace(b"src/zzz.py", name.encode())


@pytest.mark.parametrize(
    "name", ["../zzz.py", ".git/hooks/post-commit", "src/../../zzz.py", "/etc/zzz.py", ".GIT/config"]
)
def test_a_path_that_leads_out_is_refused(root: Path, name: str) -> None:
    with pytest.raises(CannotRun, match=r"does not fit|no path for a file"):
        take(root, renamed(root, name))
    assert not (root.parent / "zzz.py").exists()
    assert not (root / ".git" / "hooks" / "post-commit").exists()


def test_links_and_submodules_are_refused(root: Path) -> None:
    with pytest.raises(CannotRun, match="is a link"):
        take(root, patch(root, lambda root: (root / "src/x.py").symlink_to("/etc/passwd")))
    text = patch(root, writing({"src/x": f"Subproject commit {START}\n"}))
    with pytest.raises(CannotRun, match="is a link"):
        take(root, text.replace(b"file mode 100644", b"file mode 160000"))


def test_a_file_beyond_a_link_is_not_written(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    files = take(root, patch(root, writing({"src/new/x.py": "x\n"})))
    (root / "src" / "new").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotRun, match="leads elsewhere"):
        taking.write(root, files)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_that_git_would_store_as_another_is_refused(root: Path) -> None:
    attributes = {".gitattributes": "src/x.py working-tree-encoding=UTF-16LE\n", "src/x.py": b"abcd"}
    files = take(root, patch(root, writing(attributes)))
    with pytest.raises(CannotRun, match=r"would store 'src/x\.py' as something else"):
        taking.write(root, files)


def test_too_much_is_refused(root: Path) -> None:
    with pytest.raises(CannotRun, match="too large"):
        take(root, patch(root, writing({"src/x.py": "x\n" * 3_000_000})))
    with pytest.raises(CannotRun, match="too large"):
        take(root, patch(root, writing({"src/x.bin": bytes(range(256)) * 20_000})))
    many = {f"src/{number}.py": "" for number in range(handover.MOST + 1)}
    with pytest.raises(CannotRun, match="2,002 files"):
        take(root, patch(root, writing(many)))


def test_what_unpacks_to_too_much_is_refused_unopened(root: Path) -> None:
    bomb = patch(root, writing({"src/x.bin": bytes(40 << 20)}))
    assert len(bomb) < 1 << 20
    with pytest.raises(CannotRun, match="unpacks to too much"):
        take(root, bomb)
    for number in (
        b"41943040x",
        b" 41943040",
        b"+41943040",
        b"0x2800000",
    ):  # git reads a size in each but the last
        with pytest.raises(CannotRun, match="does not say what it unpacks to"):
            take(root, bomb.replace(b"41943040", number))
    with pytest.raises(CannotRun, match="part of a binary file"):
        take(root, bomb.replace(b"literal 41943040", b"delta 41943040x"))
    with pytest.raises(CannotRun, match="part of a binary file"):
        take(root, patch(root, writing({"data.bin": bytes(range(256)) + b"."})).replace(b"literal", b"delta"))


def test_it_must_lead_to_where_it_says_in_the_same_template(root: Path) -> None:
    other = writing({**ENGINE, link.FILE: linked(NEWER, "https://example.org/other.git")})
    for text in (
        patch(root, writing(ENGINE), None),
        patch(root, writing(ENGINE), "c" * 40),
        patch(root, other, None),
    ):
        with pytest.raises(CannotRun, match="of the same template"):
            take(root, text)
    with pytest.raises(CannotRun, match=r"the project is at cccccccc by now"):
        take(root, patch(root, writing(ENGINE)), KNOWN._replace(commit="c" * 40))


@pytest.mark.parametrize("text", [b"", b"not a patch\n", b"diff --git a/x b/x\n", b"\0" * 100])
def test_what_is_no_patch_is_refused(root: Path, text: bytes) -> None:
    with pytest.raises(CannotRun, match="does not fit"):
        take(root, text)


GOOD: dict[str, Any] = {
    "version": 1,
    "state": "update",
    "template": TEMPLATE,
    "from": START,
    "to": NEWER,
    "files": [],
    "conflicts": [],
    "rejected": [],
    "workflows": False,
}


def test_the_folder_survives_the_way(tmp_path: Path) -> None:
    found = handover.Update("update", TEMPLATE, START, NEWER, (), ("a",), ("b",), b"\xff patch")
    handover.write(tmp_path / "out", found)
    assert handover.read({path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}) == found


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "version 2"),
        ({"version": True}, "version is 'True'"),
        ({"state": "::error::"}, "state"),
        ({"state": "current"}, "does not go with a patch"),
        ({"from": None}, "no full commits"),
        ({"to": "$(touch x)"}, "no full commits"),
        ({"files": [{"path": 1, "change": "added"}]}, "path is '1'"),
        ({"files": [{"path": "x"}]}, "'change' is missing"),
        ({"conflicts": ["x"] * 2_001}, "more than 2,000 files"),
        ({"rejected": {"x": 1}}, "rejected is no list"),
        ({"more": 1}, "it has"),
    ],
)
def test_a_table_of_another_shape_is_refused(change: dict[str, Any], why: str) -> None:
    files = {handover.JSON: json.dumps({**GOOD, **change}).encode(), handover.PATCH: b"x"}
    with pytest.raises(CannotRun, match="is not what `dataci update` writes") as error:
        handover.read(files)
    assert why in str(error.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 200_000, b"\xff\xfe", b"NaN"])
def test_what_is_no_json_table_is_refused(raw: bytes) -> None:
    with pytest.raises(CannotRun, match=r"valid JSON|nested|no text in UTF-8|no table"):
        handover.read({handover.JSON: raw})


def test_a_folder_with_anything_else_in_it_is_refused(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    handover.write(folder, Update("unlinked"))
    (folder / "stray.txt").write_text("x", "utf-8")
    with pytest.raises(CannotRun, match=r"'stray\.txt' is not expected"):
        command.run(root, folder)
    (folder / "stray.txt").unlink()
    (folder / handover.PATCH).symlink_to("/etc/passwd")
    with pytest.raises(CannotRun, match="is a link"):
        command.run(root, folder)


def test_without_an_update_there_is_nothing_to_do(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    handover.write(tmp_path / "out", Update("unlinked"))
    assert command.run(root, tmp_path / "out") == 0
    assert "cruft link" in capsys.readouterr().out
    assert "cruft link" in (tmp_path / "summary.md").read_text("utf-8")
