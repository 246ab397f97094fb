"""dataci report: a change judged once, and rendered from what was written; the page; no verdict that looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import building
import candidates
import reviews
from dataci import review
from dataci.commands import report, train
from dataci.errors import CannotRun
from dataci.finding import Counts
from dataci.reporters import pull_request
from dataci.review import Review
from dataci.review.text import dumps

BAD = building.HEADER + "9,Somebody to feed my cat in May,Pet sitting by a nurse,7,z,2026-01-01\n"
GOOD = building.HEADER + "9,Somebody to feed my dog in May,Dogs walked by a nurse,1,z,2026-01-01\n"
SCHEMA = "import pandera.polars as pa\n\nschema = pa.DataFrameSchema({})\n"
COUNTING = """\
def counted(dataset):
    \"\"\"Notes that it ran.\"\"\"
    with open(dataset.config.root / "ran.txt", "a") as file:
        file.write("once ")
"""


def change(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Return a project of which a change is committed on a branch."""
    root = building.make(folder)
    building.commit(root)
    building.git(root, "branch", "-M", "main")
    building.git(root, "switch", "-qc", "topic")
    building.write(root, files)
    building.commit(root)
    return root


def made(root: Path, base: str = "main", code: int = 0) -> Review:
    """Judge the change and return the review that was written."""
    path = root / "result.json"
    assert report.run(root, base, format="json", output=path) == code
    return review.loads(path.read_bytes())


def stored(root: Path, found: Review) -> Path:
    """Write a review."""
    path = root / "result.json"
    path.write_text(dumps(review.to_dict(found)), encoding="utf-8")
    return path


# ---- a change


def test_a_good_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = change(tmp_path, {"data/train/b.csv": GOOD, "project/checks.py": COUNTING})
    found = made(root)
    assert capsys.readouterr().out == f"pass: the report is in {root / 'result.json'}\n"
    assert found.head == building.git(root, "rev-parse", "HEAD")
    assert found.base == building.git(root, "rev-parse", "main")
    assert (found.base_ref, found.uncommitted, found.cut) == ("main", False, ())
    assert found.report.rows == 7
    assert found.diff is not None
    assert found.diff["summary"]["added"] == len(found.diff["added"]) == 1
    assert {entry["column"] for entry in found.distribution} == {"match", "want", "offer", "who", "day"}
    assert found.preview == review.Preview(
        review.NONE, "main has no result yet, so there is nothing to compare with."
    )
    assert (root / "ran.txt").read_text() == "once "


def test_a_bad_change_is_rendered_from_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = change(tmp_path, {"data/train/b.csv": BAD})
    found = made(root, code=1)
    assert building.places(found.report, "schema") == [("data/train/b.csv", 2, "match")]
    assert found.preview.status == review.OFF
    assert "the data have errors" in found.preview.message
    (root / "project/schema.py").write_text("raise SystemExit('rendering runs nothing of the project')")
    capsys.readouterr()
    assert report.run(root, source=root / "result.json", format="github") == 1
    assert capsys.readouterr().out.startswith(
        "::error file=data/train/b.csv,line=2,title=dataci schema%3A match::"
    )
    assert report.run(root, source=root / "result.json") == 1
    assert "❌ FAIL" in capsys.readouterr().out
    assert report.run(root, source=root / "result.json", format="json") == 1
    assert capsys.readouterr().out == (root / "result.json").read_text(encoding="utf-8")


def test_without_format_a_change_is_told_in_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = change(tmp_path, {"data/train/b.csv": GOOD})
    assert report.run(root, "main", preview=False) == 0
    said = capsys.readouterr()
    assert "✅ PASS" in said.out
    assert "1 row added" in said.out
    assert building.git(root, "status", "--porcelain") == "", "nothing is written"


def test_a_base_that_is_named_by_its_id_is_called_by_its_beginning(tmp_path: Path) -> None:
    root = change(tmp_path, {"data/train/b.csv": GOOD})
    base = building.git(root, "rev-parse", "main")
    found = made(root, base)
    assert found.diff is not None
    assert found.base == base
    assert {found.base_ref, found.report.base, found.diff["base"]} == {base[:8]}
    assert found.preview.message.startswith(f"{base[:8]} has no result yet")


def test_a_file_whose_name_is_no_text_is_named(tmp_path: Path) -> None:
    root = change(tmp_path, {"data/train/b\udcff.csv": GOOD})
    path = root / "result.json"
    with pytest.raises(CannotRun, match="a name that is no UTF-8"):
        report.run(root, "main", format="json", output=path)
    (finding,) = review.loads(path.read_bytes()).report.findings
    assert finding.message.startswith("'data/train/b\\udcff.csv' has a name that is no UTF-8")
    building.git(root, "branch", "-f", "main", "HEAD")
    building.git(root, "mv", "data/train/b\udcff.csv", "data/train/b.csv")
    assert made(root).report.verdict == "pass", "mended, though the base still has it"


def test_what_is_not_committed_is_said(tmp_path: Path) -> None:
    root = change(tmp_path, {"data/train/b.csv": GOOD})
    building.write(root, {"data/train/c.csv": GOOD.replace("9,", "10,").replace("dog", "fish")})
    assert made(root).uncommitted


def test_the_result_that_a_change_would_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = candidates.make(tmp_path, {"project/schema.py": SCHEMA})
    building.commit(root)
    train.run(root)
    building.commit(root, "Result")
    rows = (root / "data/train/a.csv").read_text().splitlines(keepends=True)
    building.write(root, {"data/train/a.csv": "".join(rows[:-8])})
    found = made(root, "HEAD")
    assert found.preview.status == review.DONE, found.preview.message
    assert found.preview.comparison is not None
    assert found.preview.comparison.a.name.endswith(" (HEAD)")
    said = capsys.readouterr()
    assert "Training " in said.err
    report.run(root, source=root / "result.json")
    assert "(this change)" in capsys.readouterr().out


def test_a_renamed_column_is_seen_by_the_diff(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.write(root, {"data/train/a.csv": building.TRAIN.replace("want", "wish", 1)})
    found = made(root, "HEAD")
    assert found.diff is not None
    assert found.diff["columns"]["renamed"] == [{"old": "want", "new": "wish"}]


def test_a_new_beginning_has_a_diff_and_no_distributions(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.git(root, "rm", "-rq", "data")
    schema = building.SCHEMA.replace('"who"', '"whom"')
    settings = building.PAIRS.replace('"who"', '"whom"')
    files = {
        "data/train/z.csv": building.TRAIN.replace("who", "whom"),
        "data/test/y.csv": building.TEST.replace("who", "whom"),
    }
    building.write(root, {"dataci.toml": settings, "project/schema.py": schema, **files})
    found = made(root, "HEAD")
    assert "new beginning" in found.report.notes[0]
    assert found.report.base is None
    assert found.distribution == ()
    assert found.diff is not None
    assert found.diff["summary"]["files"] == 3


def test_a_diff_that_cannot_be_made_does_not_hide_the_verdict(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.git(root, "rm", "-rq", "data")
    settings = building.PAIRS.replace('"who"', '"_path"')
    building.write(
        root, {"dataci.toml": settings, "data/train/z.csv": building.TRAIN.replace("who", "_path")}
    )
    found = made(root, "HEAD", 1)
    assert found.report.summary["schema"].errors
    assert found.diff is None
    assert any("The rows that changed cannot be told" in note for note in found.report.notes)


def test_what_privacy_warns_of_is_shown_nowhere(tmp_path: Path) -> None:
    secret, other = "jane.roe@mail.example.org", "john.doe@mail.example.org"
    rows = building.TRAIN.replace("Music lessons at your home", f"Ask {other}")
    new = building.HEADER + f"9,write to {secret},Pet sitting,7,{secret},2026-01-01\n"
    root = change(tmp_path, {"data/train/a.csv": rows, "data/train/b.csv": new})
    found = made(root, code=1)
    raw = (root / "result.json").read_text(encoding="utf-8")
    assert found.report.summary["privacy"].warnings == 3
    assert secret not in raw
    assert other not in raw
    assert "write to ja…rg" in raw
    assert found.diff is not None
    assert found.diff["changed"][0]["old"] == "Music lessons at your home"
    settings = building.PAIRS + '[checks.privacy]\nallow = ["mail.example.org"]\n'
    building.write(root, {"dataci.toml": settings})
    made(root, code=1)
    assert secret in (root / "result.json").read_text(encoding="utf-8"), "what is allowed is not hidden"


def test_ten_thousand_findings_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole sentences of hostile text in each, one of them in a cell of 2 MB."""
    evil = "$(touch x) `id` ::error::y ##[error] <b> @everyone \u202e"
    rows = [f'{at},"{evil} {at}",offer {at},7,z{at},2026-01-01\n' for at in range(100, 10_100)]
    rows.append(f"x,{'y' * 2_000_000},z,7,z,2026-01-01\n")
    root = change(tmp_path, {"data/train/b.csv": building.HEADER + "".join(rows)})
    found = made(root, code=1)
    assert (root / "result.json").stat().st_size < review.LIMIT
    assert found.report.summary["schema"].errors == 10_000
    assert any("are listed in this file; the counts are of all" in line for line in found.cut)
    capsys.readouterr()
    assert report.run(root, source=root / "result.json", format="github") == 1
    lines = capsys.readouterr().out.splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert sum(line.startswith("::error ") for line in commands) == 10
    assert all(line.startswith(("::error ", "::warning ", "::notice title=dataci::")) for line in commands)
    assert not any("##[" in line for line in lines)
    assert "(schema 9,99" in lines[-2]


def test_the_verdict_stands_before_the_training_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the job is ended for want of time."""
    root = change(tmp_path, {"data/train/b.csv": GOOD})

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dataci.preview.preview", ended)
    with pytest.raises(KeyboardInterrupt):
        report.run(root, "main", format="json", output=root / "result.json")
    found = review.loads((root / "result.json").read_bytes())
    assert found.report.verdict == "pass"
    assert found.preview.status == review.LATE
    assert "The run was ended before its training was" in found.preview.message


# ---- no verdict


def test_a_change_that_cannot_be_judged_has_a_review_that_says_why(tmp_path: Path) -> None:
    root = change(tmp_path, {"dataci.toml": "version = 1\n[columns]\nlable = 3\n"})
    path = root / "result.json"
    path.write_text("an old one")
    with pytest.raises(CannotRun, match="lable"):
        report.run(root, "main", format="json", output=path)
    found = review.loads(path.read_bytes())
    assert found.report.verdict == "fail"
    assert [(finding.check, "lable" in finding.message) for finding in found.report.findings] == [
        ("cannot-run", True)
    ]
    assert found.base is None
    assert report.run(root, source=path) == 1


@pytest.mark.parametrize("link", [False, True])
def test_what_ends_the_run_leaves_no_old_review(tmp_path: Path, link: bool) -> None:
    root = change(tmp_path, {"project/schema.py": "raise KeyboardInterrupt"})
    path = root / "result.json"
    if link:
        path.symlink_to(root / "nowhere.json")
    else:
        stored(root, reviews.usual())
    with pytest.raises(KeyboardInterrupt):
        report.run(root, "main", format="json", output=path)
    assert not path.is_symlink()
    assert not path.exists()
    assert not (root / "nowhere.json").exists()


def test_a_committed_cache_is_not_believed(tmp_path: Path) -> None:
    """What lies there decides which rows count as alike, so a stranger's could hide that a test row leaks."""
    leak = building.HEADER + building.TEST.splitlines()[1].replace("t1", "x9") + "\n"
    root = change(tmp_path, {"data/train/new.csv": leak})
    assert made(root, code=1).report.verdict == "fail"
    for path in (root / ".dataci" / "cache").glob("*/*"):
        path.write_bytes(b"forged")
    building.git(root, "add", "--force", ".dataci")
    building.commit(root)
    with pytest.raises(CannotRun, match=r"\.dataci/ is committed"):
        report.run(root, "main", format="json", output=root / "result.json")
    assert review.loads((root / "result.json").read_bytes()).report.verdict == "fail"


def test_an_unknown_base_is_refused(tmp_path: Path) -> None:
    root = change(tmp_path, {})
    with pytest.raises(CannotRun, match=r"There is no commit 'origin/main' here\. Fetch it first"):
        report.run(root, "origin/main", format="json")


def test_a_missing_review_is_said_in_the_summary_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for format, output in (("github", None), ("markdown", summary)):
        with pytest.raises(CannotRun, match=r"There is no result\.json, so there is no verdict"):
            report.run(tmp_path, source=tmp_path / "result.json", format=format, output=output)
    assert summary.read_text(encoding="utf-8").startswith("### ❌ No verdict\n\nThere is no result.json")


def test_a_forged_review_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"[" * 100_000)
    with pytest.raises(CannotRun, match="nested too deeply"):
        report.run(tmp_path, source=path)
    with pytest.raises(CannotRun, match="cannot be read"):
        report.run(tmp_path, source=tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base": "main", "source": Path("x")}, "Name one of them"),
        ({"base": "main", "format": "html"}, "There is no page about a change"),
        ({"format": "markdown"}, "name it with --base REF, or --from FILE"),
    ],
)
def test_options_that_contradict_each_other(tmp_path: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        report.run(tmp_path, **options)  # type: ignore[arg-type]


# ---- where it goes


def test_the_step_summary_is_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("What another step wrote.\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    path = stored(tmp_path, reviews.usual())
    assert report.run(tmp_path, source=path, format="markdown", output=summary, limit=900_000) == 1
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("What another step wrote.\n")
    assert "❌ FAIL" in text


def test_another_file_is_written_anew(tmp_path: Path) -> None:
    target = tmp_path / "out" / "review.md"
    path = stored(tmp_path, reviews.usual())
    for _ in range(2):
        assert report.run(tmp_path, source=path, output=target) == 1
    assert target.read_text(encoding="utf-8").count("❌ FAIL") == 1


def test_the_limit_is_in_bytes(tmp_path: Path) -> None:
    found = reviews.usual()
    wide = "需要有人照顾我的猫" * 40
    row = tuple((wide[at:], wide) for at in range(8))
    first = found.report.findings[0]
    findings = [first._replace(line=at + 2, row=row, message=wide, check=f"c{at % 40}") for at in range(800)]
    summary = {f"c{at}": Counts(20) for at in range(40)}
    large = found._replace(report=found.report._replace(findings=tuple(findings), summary=summary))
    for limit in (100_000, 300_000):
        assert len(pull_request.render(large, limit).encode("utf-8")) > limit, "or nothing has to be done"
        assert limit / 3 < len(report.markdown(large, limit).encode("utf-8")) <= limit


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = building.make(tmp_path / "project")
    monkeypatch.chdir(root / "data")
    assert report.run(root) == 0
    assert (root / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert not (root / "data" / "report.html").exists()  # there, it would be a data file that nobody can read
    assert report.run(root, output=tmp_path / "site" / "index.html") == 0
    assert (tmp_path / "site" / "index.html").exists()


def test_the_review_is_plain_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = change(tmp_path, {"data/train/b.csv": GOOD})
    report.run(root, "main", format="json", preview=False)
    assert json.loads(capsys.readouterr().out)["version"] == 1


def test_without_git_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"not a git repository.*Run git init and commit"):
        report.run(building.make(tmp_path), "main")


def test_what_is_no_review_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(BAD, "utf-8")
    with pytest.raises(CannotRun, match=r"rows\.csv' cannot be shown\. .*Name a file that `dataci report"):
        report.run(tmp_path, source=path)


def test_a_short_review_is_as_short_as_asked(tmp_path: Path) -> None:
    for limit in (4_000, 9_000):
        assert len(report.markdown(reviews.usual("é|" * 300), limit).encode("utf-8")) <= limit
