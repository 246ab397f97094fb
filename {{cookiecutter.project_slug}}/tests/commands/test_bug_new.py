"""`dataci bug new`: by questions on a real terminal, or from options and a file; what is typed is never lost."""

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
import candidates
import filing
import terminal
from dataci.bugs import draft, entering, folder
from dataci.bugs.draft import Draft
from dataci.commands.bug import new
from dataci.commands.bug.new import Given
from dataci.errors import CannotRun

POSITIVE = building.PAIRS + '[evaluation]\npositive = "1"\n'
NAME = "Animals & their products"
FACTS = Given(NAME, "Who has an animal is offered what is made of it.", 4, "about 2,000", "Zoë, call centre")
CSV = "want,offer,match\n" + "".join(f'"{a}","{b}",{c}\n' for a, b, c in filing.PAIRS)
HARM = "Harm: "


SCHEMA = """\
import pandera.polars as pa
import polars as pl

texts = {name: pa.Column(pl.String) for name in ("id", "want", "offer", "match")}
schema = pa.DataFrameSchema(texts, strict=True)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the small project, in which 1 is a yes."""
    return building.make(tmp_path / "project", settings=POSITIVE)


def made(root: Path, text: str | bytes = CSV, called: str = "patterns.csv", **changes: Any) -> int:
    """Make a bug from a file."""
    file = root.parent / called
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return new.run(root, FACTS._replace(patterns=file)._replace(**changes))


def rows(root: Path, bug: str = "animals-their-products") -> pl.DataFrame:
    """Return the patterns of a bug."""
    return pl.read_csv(root / "data/bugs" / bug / "patterns.csv", infer_schema=False)


def test_a_bug_is_made_of_options_and_is_good_data(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(root) == 0
    found = rows(root)
    assert found.columns == ["id", "want", "offer", "match", "who", "day"]
    assert found["id"][0] == "animals-their-products-1"
    assert found["want"].to_list() == [pair[0] for pair in filing.PAIRS]
    toml = (root / "data/bugs/animals-their-products/bug.toml").read_bytes()
    assert folder.read_bug(toml).users == "about 2,000"
    assert tomllib.loads(toml.decode())["name"] == NAME
    report = building.judge(root)
    assert report.verdict == "pass", building.counts(report)
    out = capsys.readouterr().out
    yes = sum(pair[2] == "1" for pair in filing.PAIRS)
    assert (
        f"Balance by label: {10 - yes} × '0', {yes} × '1' (no model was asked: there is no result yet)."
        in out
    )
    assert "data/bugs/animals-their-products: written, with 10 patterns." in out


def test_json_lines_are_read_as_well(root: Path) -> None:
    lines = [json.dumps(dict(zip(("want", "offer", "match"), pair, strict=True))) for pair in filing.PAIRS]
    assert made(root, "\n".join(lines) + "\n", "p.jsonl", id="own") == 0
    assert rows(root, "own")["offer"].to_list() == [pair[1] for pair in filing.PAIRS]


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("A plumber for a dripping tap,Weddings photographed with care,0", "split-leak"),
        ("a PLUMBER for a dripping tap!,weddings photographed with care,0", "near-split-leak"),
        ("A want,An offer,perhaps", "none of the labels"),
        ("A want,An offer\u202e,0", "invisible"),
    ],
)
def test_a_pattern_that_cannot_be_is_named_by_its_line(
    root: Path, row: str, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = CSV.splitlines()
    lines[4] = row
    assert made(root, "\n".join(lines) + "\n") == 1
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("line 5: ")]
    assert any(part in line for line in told)
    assert not (root / "data/bugs").exists()


@pytest.mark.parametrize("count", [1, 9, 21])
def test_too_few_and_too_many_are_refused(root: Path, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    text = "want,offer,match\n" + "".join(
        f"wish {at * 7919} {at},gift {at * 104729},{at % 2}\n" for at in range(count)
    )
    assert made(root, text) == 1
    assert "a bug has 10 to 20" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"name": " "}, "The name is empty"),
        ({"name": "x" * 101}, "101 characters"),
        ({"name": "a\u202eb"}, "invisible character"),
        ({"description": ""}, "The description is empty"),
        ({"reporter": "\x1b[31m"}, "invisible character"),
        ({"users": "some"}, "no number of users"),
        ({"harm": 11}, "Harm is 11"),
        ({"id": "../up"}, "small letters"),
        ({"id": "issue-7"}, "issue form"),
        ({"id": ""}, "small letters"),
        ({"patterns": Path("nowhere.csv")}, "cannot be read"),
    ],
)
def test_what_cannot_be_a_bug_is_refused(root: Path, changes: dict[str, Any], part: str) -> None:
    with pytest.raises(CannotRun, match=part):
        made(root, **changes)
    assert not (root / "data/bugs").exists()


def test_an_id_is_never_given_twice(root: Path) -> None:
    made(root)
    with pytest.raises(CannotRun, match="already"):
        made(root, id="animals-their-products")
    others = "want,offer,match\n" + "".join(
        f"wish {at * 7919} {at},gift {at * 104729},{at % 2}\n" for at in range(12)
    )
    assert made(root, others) == 0
    assert rows(root, "animals-their-products-2").height == 12


def test_files_that_are_none_are_refused(root: Path) -> None:
    for name, data in (("p.csv", b"\xff\xfe"), ("p.jsonl", b"{"), ("p.csv", b" " * (1 << 20) + b"x")):
        with pytest.raises(CannotRun, match=r"p\.(csv|jsonl)"):
            made(root, data, name)


def test_without_a_terminal_the_missing_options_are_named(root: Path) -> None:
    with pytest.raises(CannotRun, match="--harm, --patterns"):
        new.run(root, FACTS._replace(harm=None))


def test_ids_that_the_schema_refuses_are_given_another_way(root: Path) -> None:
    schema = building.SCHEMA.replace(
        '"id": pa.Column(pl.String,',
        '"id": pa.Column(pl.String, pa.Check.str_matches(r"^(t?\\d|issue-\\d+-\\d+)$"),',
    )
    building.write(root, {"project/schema.py": schema})
    assert made(root) == 0
    assert rows(root)["id"][0].startswith("issue-1")


def test_the_stored_model_says_how_the_patterns_balance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = candidates.trained(tmp_path / "project", {"project/schema.py": SCHEMA})
    capsys.readouterr()
    assert made(root) == 0
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if line.startswith("Balance, as "))
    words = ("false positive", "false negative", "true positive", "true negative")
    counted = [int(part.split()[0]) for part in line.split(": ")[1].split(", ")]
    assert sum(counted) == 10
    assert any(word in line for word in words)


def begin(screen: terminal.Terminal, bad: bool = False) -> None:
    """Answer all but the patterns."""
    if bad:
        screen.answer(("Name, a few words", " "))
    screen.answer(
        ("Name, a few words", NAME), ("> ", "Who has an animal"), ("> ", "is offered meat."), ("> ", "")
    )
    screen.expect("10  somebody gets hurt")
    if bad:
        screen.answer((HARM, "11"), (HARM, "eight"))
    screen.answer((HARM, "4"))
    if bad:
        screen.answer(("How many users", "some"))
        screen.expect("no number of users")
    screen.answer(("How many users", "300"), ("Who reports it", "Zoë"))


def enter(screen: terminal.Terminal, pairs: list[tuple[str, ...]], start: int = 1) -> None:
    """Type patterns."""
    for number, (want, offer, label) in enumerate(pairs, start=start):
        screen.answer(
            (f"{number} want", want), (f"{number} offer", offer), (rf"{number} match \(0, 1\)", label)
        )


def test_a_session_on_a_terminal(root: Path) -> None:
    with terminal.run(root, "bug", "new") as screen:
        begin(screen, bad=True)
        screen.answer((r"below data/bugs \[animals-their-products\]", ""), ("A file with them", ""))
        enter(screen, filing.PAIRS[:2])
        screen.expect("Balance by label")
        screen.answer(("3 want", "-"))
        screen.expect("1 left")
        enter(screen, filing.PAIRS[1:], start=2)
        screen.answer(("11 want", ""))
        screen.expect("written, with 10 patterns")
        assert screen.finish() == 0
    assert rows(root)["want"].to_list() == [pair[0] for pair in filing.PAIRS]
    toml = folder.read_bug((root / "data/bugs/animals-their-products/bug.toml").read_bytes())
    assert (toml.name, toml.harm, toml.users, toml.reporter) == (NAME, 4, "300", "Zoë")
    assert toml.description == "Who has an animal\nis offered meat."
    assert draft.load(root) is None
    assert building.judge(root).verdict == "pass"


def test_an_interruption_loses_nothing(root: Path) -> None:
    with terminal.run(root, "bug", "new") as screen:
        begin(screen)
        screen.answer((r"below data/bugs", ""), ("A file with them", ""))
        enter(screen, filing.PAIRS[:3])
        screen.expect("4 want")
        assert screen.interrupt() == 130
        assert "What you answered is kept" in screen.screen
    kept = draft.load(root)
    assert kept is not None
    assert [row["want"] for row in kept.patterns] == [pair[0] for pair in filing.PAIRS[:3]]
    with terminal.run(root, "bug", "new") as screen:
        screen.answer(("3 patterns. Go on with it", "y"))
        enter(screen, filing.PAIRS[3:], start=4)
        screen.answer(("11 want", ""))
        assert screen.finish() == 0
    assert rows(root)["want"].to_list() == [pair[0] for pair in filing.PAIRS]


def test_a_draft_that_nobody_wants_is_put_aside(root: Path) -> None:
    draft.save(root, Draft("An old one"))
    with terminal.run(root, "bug", "new", "--name", "Another") as screen:
        screen.answer(("'An old one'", "n"))
        screen.expect("bug-draft-1.json", "> ")
        assert screen.interrupt() == 130
    assert (root / ".dataci/bug-draft-1.json").is_file()


def test_what_is_refused_can_be_mended_at_once(root: Path) -> None:
    leak = ("A plumber for a dripping tap", "Weddings photographed with care", "0")
    with terminal.run(root, "bug", "new") as screen:
        begin(screen)
        screen.answer((r"below data/bugs", "own"), ("A file with them", ""))
        enter(screen, [*filing.PAIRS[:4], leak, *filing.PAIRS[5:]])
        screen.answer(("11 want", ""))
        screen.expect("pattern 5: .*leak", "Refused: ")
        screen.answer(("Mend them now", "y"))
        enter(screen, [filing.PAIRS[4]], start=5)
        screen.answer(("11 want", ""))
        assert screen.finish() == 0
    assert rows(root, "own")["want"].to_list() == [pair[0] for pair in filing.PAIRS]


def test_a_file_can_be_named_on_the_terminal(root: Path) -> None:
    (root.parent / "p.csv").write_text(CSV, "utf-8")
    with terminal.run(root, "bug", "new", "--id", "own") as screen:
        begin(screen)
        screen.answer(("A file with them", "nowhere.csv"), ("There is no file.*\n", ""), ("", ""))
        assert screen.interrupt() == 130
    with terminal.run(root, "bug", "new") as screen:
        screen.answer(("Go on with it", "y"), ("A file with them", str(root.parent / "p.csv")))
        assert screen.finish() == 0
    assert rows(root, "own").height == 10


def test_a_column_that_nothing_can_be_filled_into_is_asked_for(root: Path) -> None:
    schema = building.SCHEMA.replace(
        '"who": pa.Column(pl.String)', '"who": pa.Column(pl.String, pa.Check.str_matches("^[a-z]+$"))'
    )
    building.write(root, {"project/schema.py": schema})
    draft.save(root, complete())
    with terminal.run(root, "bug", "new") as screen:
        screen.answer(("Go on with it", "y"), ("11 want", ""), ("Mend them now", "y"))
        screen.answer(("who, the same for all patterns", "gina"), ("11 want", ""))
        assert screen.finish() == 0
    assert set(rows(root, "own")["who"]) == {"gina"}


def complete() -> Draft:
    """Return a draft to which nothing is lacking."""
    patterns = tuple(dict(zip(("want", "offer", "match"), pair, strict=True)) for pair in filing.PAIRS)
    return Draft(NAME, "More.", 3, "", "bob", "own", patterns)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2}',
        "\x00",
        '{"version": 1, "name": 7, "harm": true, "patterns": [1, {"a": 2}, {}]}',
    ],
)
def test_a_damaged_draft_is_no_obstacle(root: Path, text: str) -> None:
    path = root / draft.FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    assert draft.load(root) in (None, Draft(patterns=({}, {})))


CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(CELL, CELL, st.sampled_from(["0", "1"]))
def test_typed_patterns_are_read_as_they_were_typed(root: Path, want: str, offer: str, label: str) -> None:
    place = new.prepared(root)
    text = entering.text_from([{"want": want, "offer": offer, "match": label}], place.columns)
    found = entering.read(text, place.target, "own", "2026-01-01")
    if any("invisible" in fault.message for fault in found.faults) or not (want.strip() and offer.strip()):
        return
    assert [row["want"] for row in found.cells] == [" ".join(want.split())]
    assert [row["offer"] for row in found.cells] == [" ".join(offer.split())]


TABLE = """\
version = 1
[columns]
id = "key"
label = "price"
numeric = ["size"]
[train]
task = "regression"
"""
TABLE_SCHEMA = """\
import pandera.polars as pa
import polars as pl

columns = {"key": pl.String, "size": pl.Float64, "colour": pl.String, "price": pl.Float64}
schema = pa.DataFrameSchema({name: pa.Column(kind, nullable=name == "colour") for name, kind in columns.items()})
"""


def test_a_table_of_numbers_works_as_well(tmp_path: Path) -> None:
    data = "key,size,colour,price\n" + "".join(f"h{at},{at}.5,red,{at * 3}.25\n" for at in range(1, 9))
    files = {"data/train/a.csv": data, "data/test/t.csv": data.replace("h", "t").replace(".5", ".75")}
    root = building.make(tmp_path / "project", files, TABLE, TABLE_SCHEMA)
    assert list(new.prepared(root).columns) == [
        "size",
        "price",
    ]  # the colour may be empty, so nobody is asked
    text = "size,price\n" + "".join(f"{at}.125,{at * 9}.5\n" for at in range(1, 13))
    assert made(root, text, id="big") == 0
    found = rows(root, "big")
    assert (found["key"][0], found["price"][0], found["colour"].null_count()) == ("big-1", "9.5", 12)


@given(st.text(max_size=80))
def test_an_id_made_of_a_name_is_a_plain_folder(name: str) -> None:
    found = entering.slug(name)
    assert found == "" or entering.ID.fullmatch(found)


def test_a_draft_is_written_through_no_link(root: Path) -> None:
    outside = root.parent / "outside.txt"
    outside.write_text("mine", "utf-8")
    (root / ".dataci").mkdir(exist_ok=True)
    for name in ("bug-draft.json", "bug-draft.tmp"):
        (root / ".dataci" / name).symlink_to(outside)
    draft.save(root, Draft("A name"))
    assert outside.read_text("utf-8") == "mine"
    kept = draft.load(root)
    assert kept is not None
    assert kept.name == "A name"
