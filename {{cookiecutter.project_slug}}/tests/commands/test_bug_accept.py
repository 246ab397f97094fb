"""`dataci bug accept`: an issue becomes rows of the project, or is told which line to mend."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import building
import filing
from dataci.bugs import folder
from dataci.bugs.event import Issue
from dataci.bugs.fault import Fault
from dataci.bugs.folder import Outcome
from dataci.commands.bug import accept as bug
from dataci.errors import CannotRun

POSITIVE = building.PAIRS + '[evaluation]\npositive = "1"\n'
NEAR = "data/train/b.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the small project, in which 1 is a yes."""
    return building.make(tmp_path / "project", settings=POSITIVE)


def judged(root: Path, text: str, **changes: Any) -> tuple[Outcome, dict[str, bytes]]:
    """Judge an issue."""
    return bug.judged(
        root, Issue(filing.NUMBER, text, "stakeholder", "2026-03-04T05:06:07Z")._replace(**changes)
    )


def rows(root: Path, text: str) -> pl.DataFrame:
    """Return the patterns of an issue that is accepted."""
    found, files = judged(root, text)
    assert found.faults == ()
    return pl.read_csv(files[folder.PATTERNS], infer_schema=False)


def faults(root: Path, text: str) -> list[Fault]:
    """Return what is wrong with an issue that is refused; every line is quoted as it stands there."""
    found, files = judged(root, text)
    assert found.verdict == "refused"
    assert files == {}
    for fault in found.faults:
        assert fault.line is None or text.split("\n")[fault.line - 1].startswith(fault.text)
    return list(found.faults)


def only(root: Path, text: str) -> Fault:
    """Return the one fault of an issue."""
    (fault,) = faults(root, text)
    return fault


def changed(number: int, *cells: str) -> str:
    """Return the table with another row at ``number``."""
    return filing.table([*filing.PAIRS[:number], cells, *filing.PAIRS[number + 1 :]])


def test_an_issue_becomes_rows_like_those_of_the_test_set(root: Path) -> None:
    found = rows(root, filing.body())
    assert found.columns == ["id", "want", "offer", "match", "who", "day"]
    assert found["id"].to_list() == [f"issue-42-{at}" for at in range(1, 11)]
    assert found["want"].to_list() == [pair[0] for pair in filing.PAIRS]
    assert found["match"].to_list() == [pair[2] for pair in filing.PAIRS]
    assert set(found["day"]) == {"2026-03-04"}
    assert found["who"].n_unique() == 10
    found_outcome, _ = judged(root, filing.body())
    assert any("Filled in for you: id" in note.message for note in found_outcome.notes)


def test_the_folder_is_good_data_and_is_measured(root: Path) -> None:
    issue = filing.write(root / "issue.md", filing.body())
    assert bug.accept(root, issue, filing.NUMBER) == 0
    report = building.judge(root)
    assert report.verdict == "pass", building.counts(report)
    assert building.load(root).splits() == ["train", "test", "bugs/issue-42"]
    toml = tomllib.loads((root / "data/bugs/issue-42/bug.toml").read_text("utf-8"))
    assert toml["name"] == "Animals and their products"
    assert toml["description"] == "Who has an animal is offered what is made of it.\n"
    assert (toml["harm"], toml["users"], toml["status"]) == (4, "one or a few", "open")


def test_accepting_it_again_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issue = filing.write(root / "issue.md", filing.body())
    bug.accept(root, issue, filing.NUMBER)
    where = root / "data/bugs/issue-42"
    mended = (where / "bug.toml").read_text("utf-8").replace('"open"', '"closed"')
    (where / "bug.toml").write_text(mended, "utf-8")
    before = {path.name: path.read_bytes() for path in where.iterdir()}
    capsys.readouterr()
    assert bug.accept(root, issue, filing.NUMBER) == 0
    assert "as it was" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in where.iterdir()} == before  # the status of before, too


def test_an_edited_issue_takes_the_place_of_its_earlier_self(root: Path) -> None:
    bug.accept(root, filing.write(root / "issue.md", filing.body()), filing.NUMBER)
    edited = filing.body(changed(0, "Vet for a lame mule", "Farrier on call at night", "0"))
    assert bug.accept(root, filing.write(root / "issue.md", edited), filing.NUMBER) == 0
    assert building.load(root).rows("bugs")["want"][0] == "Vet for a lame mule"
    assert building.judge(root).verdict == "pass"


@pytest.mark.parametrize("outcome", ["no", "No match", "0"])
def test_the_outcome_may_be_given_once_for_all(root: Path, outcome: str) -> None:
    table = filing.table([pair[:2] for pair in filing.PAIRS], ("want", "offer"))
    text = filing.body(table, Expected_outcome=outcome)
    assert set(rows(root, text)["match"]) == {"0"}
    found, _ = judged(root, text)
    assert any("All patterns expect '0'" in note.message for note in found.notes)


def test_an_outcome_in_words_is_kept_with_the_description(root: Path) -> None:
    text = filing.body(Expected_outcome="They differ:\nproducts are no animals.")
    _, files = judged(root, text)
    description = tomllib.loads(files[folder.BUG].decode())["description"]
    assert description.endswith("\n\nExpected outcome: They differ:\nproducts are no animals.\n")


def test_a_row_that_contradicts_the_outcome_for_all_is_named(root: Path) -> None:
    text = filing.body(Expected_outcome="no")
    assert [fault.line for fault in faults(root, text)] == [
        filing.line_of(text, pair[0]) for pair in filing.PAIRS if pair[2] == "1"
    ]


def test_an_outcome_that_is_no_label_is_named(root: Path) -> None:
    table = filing.table([pair[:2] for pair in filing.PAIRS], ("want", "offer"))
    text = filing.body(table, Expected_outcome="perhaps")
    found = [fault for fault in faults(root, text) if fault.text == "perhaps"]
    assert "0, 1" in found[0].message


@pytest.mark.parametrize("count", [0, 1, 9, 21, 300])
def test_too_few_and_too_many_are_counted(root: Path, count: int) -> None:
    table = filing.table(
        [(f"want number {at} {at * 7919}", f"offer {at * 104729}", str(at % 2)) for at in range(count)]
    )
    told = " ".join(fault.message for fault in faults(root, filing.body(table)))
    assert f"There are {count} pattern" in told
    assert "10 to 20" in told


def test_a_refused_line_counts_as_a_pattern(root: Path) -> None:
    text = filing.body(changed(3, "a", "b", "0", "too much"))
    fault = only(root, text)
    assert fault.line == filing.line_of(text, "too much")
    assert "4 cells" in fault.message


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        (("A plumber for a dripping tap", "Weddings photographed with care", "0"), "split-leak"),
        (("a PLUMBER, for a dripping tap!", "weddings photographed with care", "0"), "near-split-leak"),
        (filing.PAIRS[0], "duplicate-row"),
        ((*filing.PAIRS[0][:2], "1"), "conflicting-label"),
        (("", "An offer", "0"), "want"),
        (("A want", "An offer", "perhaps"), "perhaps"),
        (("A want", "An offer", ""), "match"),
    ],
)
def test_a_bad_row_is_named_by_its_line(root: Path, cells: tuple[str, ...], part: str) -> None:
    text = filing.body(changed(4, *cells))
    wanted = f"| {' | '.join(cells)} |"
    line = max(number for number, found in enumerate(text.split("\n"), start=1) if found == wanted)
    told = faults(root, text)
    assert {fault.line for fault in told} == {line}
    assert any(part in fault.message for fault in told)


def test_a_leak_says_where(root: Path) -> None:
    text = filing.body(changed(4, "A plumber for a dripping tap", "Weddings photographed with care", "0"))
    assert "data/train/a.csv:3" in " ".join(fault.message for fault in faults(root, text))


def test_faults_of_the_data_are_not_the_reporters(root: Path) -> None:
    building.write(root, {NEAR: building.TRAIN})  # every train row twice
    assert rows(root, filing.body()).height == 10


def test_the_projects_own_checks_judge_too(root: Path) -> None:
    check = """from dataci.finding import Finding, Severity


def no_bees(dataset):
    for row in dataset.rows().iter_rows(named=True):
        if "Bees" in row["want"]:
            path = dataset.parts[row["_file"]].path
            yield Finding("no-bees", Severity.ERROR, path, row["_line"], "want", None, "Bees.")
"""
    building.write(root, {"project/checks.py": check})
    text = filing.body()
    fault = only(root, text)
    assert fault.line == filing.line_of(text, "Bees have settled")


def test_a_column_that_the_test_set_does_not_have_is_named(root: Path) -> None:
    text = filing.body(
        filing.table([(*pair, "x") for pair in filing.PAIRS], ("want", "offer", "match", "colour"))
    )
    fault = only(root, text)
    assert fault.line == filing.line_of(text, "colour")
    assert "'colour'" in fault.message
    assert "want, offer, match" in fault.message


def test_a_column_that_only_the_reporter_can_fill_is_asked_for(root: Path) -> None:
    text = filing.body(filing.table([(pair[0], pair[2]) for pair in filing.PAIRS], ("want", "match")))
    assert "'offer'" in only(root, text).message


SERVICE = building.SCHEMA.replace(
    '"who": pa.Column(pl.String)', '"who": pa.Column(pl.String, pa.Check.str_matches("^[a-z]+$"))'
)


def test_a_column_that_nothing_can_be_filled_into_is_asked_for_once(root: Path) -> None:
    building.write(root, {"project/schema.py": SERVICE})
    fault = only(root, filing.body())
    assert "'who'" in fault.message
    assert "issue-42-1" in fault.message
    named = [(*pair, "gina") for pair in filing.PAIRS]
    table = filing.table(named, ("want", "offer", "match", "who"))
    assert set(rows(root, filing.body(table))["who"]) == {"gina"}


def test_ids_are_ours_unless_the_schema_refuses_them(root: Path) -> None:
    numbered = [(str(at), *pair) for at, pair in enumerate(filing.PAIRS, start=500)]
    table = filing.table(numbered, ("id", "want", "offer", "match"))
    assert rows(root, filing.body(table))["id"][0] == "issue-42-1"
    whole = building.SCHEMA.replace('"id": pa.Column(pl.String,', '"id": pa.Column(pl.Int64,')
    building.write(root, {"project/schema.py": whole})
    assert rows(root, filing.body(table))["id"][0] == "1000004201"
    low = whole.replace("pl.Int64,", "pl.Int64, pa.Check.lt(1000),")
    building.write(root, {"project/schema.py": low})
    assert rows(root, filing.body(table))["id"].to_list() == [str(at) for at in range(500, 510)]


TABLE = """\
version = 1
[columns]
id = "key"
label = "price"
numeric = ["size", "age"]
[train]
task = "regression"
"""
TABLE_SCHEMA = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "key": pa.Column(pl.String),
        "size": pa.Column(pl.Float64),
        "age": pa.Column(pl.Int64, nullable=True),
        "price": pa.Column(pl.Float64),
    },
    strict=True,
)
"""


def test_a_table_of_numbers_works_as_well(tmp_path: Path) -> None:
    data = "key,size,age,price\n" + "".join(f"h{at},{at}.5,{at},{at * 3}.25\n" for at in range(1, 9))
    root = building.make(
        tmp_path,
        {"data/train/a.csv": data, "data/test/t.csv": data.replace("h", "t").replace(".5", ".75")},
        TABLE,
        TABLE_SCHEMA,
    )
    cells = "\n".join(f"{at}.125\t{at * 9}.5" for at in range(1, 13))
    found = rows(root, filing.body(f"Size\tPrice\n{cells}"))
    assert found.columns == ["key", "size", "age", "price"]
    assert found["price"][0] == "9.5"
    text = filing.body(f"Size\tPrice\n{cells}".replace("3.125", "3,125"))
    fault = only(root, text)
    assert fault.line == filing.line_of(text, "3,125")
    assert "decimal point" in fault.message


def test_a_project_without_data_still_answers(tmp_path: Path) -> None:
    root = building.make(tmp_path, settings=POSITIVE)
    (root / "data/train/a.csv").unlink()
    (root / "data/test/t.csv").unlink()
    assert rows(root, filing.body()).columns == ["id", "want", "offer", "match", "who", "day"]


EXAMPLE = """\
body:
  - type: markdown
    attributes:
      value: |
        | want | offer | match |
        |------|-------|-------|
        | {} | {} | 0 |
"""


def test_the_example_of_the_form_is_refused_whatever_its_label(root: Path) -> None:
    building.write(root, {bug.FORM: EXAMPLE.format(*filing.PAIRS[7][:2])})
    text = filing.body()
    fault = only(root, text)
    assert fault.line == filing.line_of(text, filing.PAIRS[7][0])
    assert "example" in fault.message


def test_formulas_and_lookalikes_are_kept_as_they_are(root: Path) -> None:
    cells = ("=HYPERLINK(1)", "../../etc/passwd; rm -rf / \u200fאב", "0")
    text = filing.body(changed(2, *cells))
    found, files = judged(root, text)
    assert any(
        note.line == filing.line_of(text, "=HYPER") and "as text" in note.message for note in found.notes
    )
    row = pl.read_csv(files[folder.PATTERNS], infer_schema=False).row(2)
    assert row[1:3] == cells[:2]


def test_no_body_is_no_form(root: Path) -> None:
    issue = filing.write(root / "event.json", filing.event(None))
    assert bug.accept(root, issue, output=root / "out") == 0
    found = folder.read_outcome((root / "out/outcome.json").read_bytes(), 42)
    assert found.verdict == "refused"
    assert [path.name for path in (root / "out").iterdir()] == ["outcome.json"]


def test_an_event_is_read_and_handed_over(root: Path) -> None:
    issue = filing.write(root / "event.json", filing.event(filing.body().replace("\n", "\r\n")))
    assert bug.accept(root, issue, output=root / "out") == 0
    assert sorted(path.name for path in (root / "out").iterdir()) == [
        "bug.toml",
        "outcome.json",
        "patterns.csv",
    ]
    assert folder.read_bug((root / "out/bug.toml").read_bytes()).reporter == "stakeholder"
    assert not (root / "data/bugs/issue-42").exists()
    with pytest.raises(CannotRun, match="not empty"):
        bug.accept(root, issue, output=root / "out")


def test_a_refused_issue_leaves_the_data_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issue = filing.write(root / "issue.md", filing.body(Harm="\x1b[31mred"))
    assert bug.accept(root, issue, filing.NUMBER) == 1
    assert not (root / "data/bugs").exists()
    told = capsys.readouterr().out
    assert "line 11: " in told
    assert "refused: 2 to mend" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"label": {"name": "model-bug"}}, "'model-bug'"),
        ({"label": None}, "label"),
        ({"action": "unlabeled"}, "Nothing is accepted"),
        ({"issue": {"number": 1, "body": 5, "created_at": "", "user": None}}, "body"),
        ({"issue": {"number": True, "body": "", "created_at": "", "user": None}}, "number"),
        ({"issue": {"number": -1, "body": "", "created_at": "", "user": None}}, "-1"),
        (
            {"issue": {"number": 1, "body": "", "created_at": "", "user": None, "pull_request": {}}},
            "pull request",
        ),
        ({"sender": {}}, "login"),
    ],
)
def test_another_event_accepts_nothing(root: Path, change: dict[str, Any], part: str) -> None:
    issue = filing.write(root / "event.json", {**filing.event(filing.body()), **change})
    with pytest.raises(CannotRun, match=part):
        bug.accept(root, issue, output=root / "out")
    assert not (root / "out").exists()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{", b"{" + b'"a":{' * 100_000, b" " * (9 << 20)])
def test_a_file_that_is_no_issue_is_refused(root: Path, data: bytes) -> None:
    (root / "x").write_bytes(data)
    with pytest.raises(CannotRun):
        bug.accept(root, root / "x", 1, root / "out")


def test_a_text_needs_a_number_and_a_file_must_be_there(root: Path) -> None:
    issue = filing.write(root / "issue.md", filing.body())
    with pytest.raises(CannotRun, match="--number"):
        bug.accept(root, issue)
    with pytest.raises(CannotRun, match="cannot be read"):
        bug.accept(root, root / "nothing.md", 1)


def test_a_very_long_row_is_quoted_in_part_and_handed_over(root: Path) -> None:
    text = filing.body(changed(3, "x" * 30_000, "b", "perhaps"))
    (fault,) = (fault for fault in faults(root, text) if "perhaps" in fault.message)
    assert len(fault.text) == 500
    found, _ = judged(root, text)
    assert folder.read_outcome(folder.outcome_text(found).encode(), filing.NUMBER) == found


def test_a_link_in_the_place_of_the_folder_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "data/bugs").mkdir()
    (root / "data/bugs/issue-42").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotRun, match="link"):
        bug.accept(root, filing.write(root / "issue.md", filing.body()), filing.NUMBER)
    assert list((tmp_path / "elsewhere").iterdir()) == []


SPICE = st.text(alphabet=st.characters(exclude_categories=[]), max_size=20)
CELLS = st.lists(st.tuples(SPICE, SPICE, st.sampled_from(["0", "1", "yes", "x", ""])), max_size=22)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CELLS, SPICE, SPICE, st.sampled_from([",", "|", "\t", ";"]))
def test_no_form_breaks_it_and_what_is_accepted_is_valid(
    root: Path, cells: list[tuple[str, str, str]], name: str, description: str, way: str
) -> None:
    lines = [way.join(row) for row in [("want", "offer", "match"), *filing.PAIRS, *cells]]
    text = filing.body("\n".join(lines), Name=name, Description=description, Expected_outcome=name)
    found, files = judged(root, text)
    handed = folder.outcome_text(found).encode()
    assert folder.read_outcome(handed, filing.NUMBER) == found
    assert bool(files) == (found.verdict == "accepted")
    if files:
        names = ("id", "want", "offer", "match", "who", "day")
        assert folder.check_patterns(files[folder.PATTERNS], names) >= 10
        assert folder.bug_text(folder.read_bug(files[folder.BUG])).encode() == files[folder.BUG]
    assert json.loads(handed)["issue"] == filing.NUMBER


def test_another_line_of_the_form_is_called_by_its_number(root: Path) -> None:
    twice = filing.body(filing.table([*filing.PAIRS, filing.PAIRS[0]]))
    first = next(n for n, line in enumerate(twice.split("\n"), start=1) if filing.PAIRS[0][0] in line)
    fault = only(root, twice)
    assert f"stands in line {first} as well" in fault.message
    assert "data/bugs/" not in fault.message


def test_a_table_without_a_known_column_is_told_the_columns(root: Path) -> None:
    text = filing.body("\n| wish | proposal |\n|---|---|\n| a cat | a vet |\n")
    fault = only(root, text)
    assert "Its columns: id, want, offer, match, who, day." in fault.message
    assert fault.text == "| wish | proposal |"
