"""docs/checks.md and docs/formats.md say what is so: what they show is made anew, and nothing is left out."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from documentation import (
    FAULT_OF,
    MADE,
    PAGES,
    PLANTED_HERE,
    READERS,
    first_column,
    json_report,
    make,
    page,
    planted,
    printed,
    trained,
)
from shared import ROOT

BLOCKS = [
    (page, match["name"]) for page, path in PAGES.items() for match in MADE.finditer(path.read_text("utf-8"))
]


@pytest.mark.parametrize(("page", "name"), BLOCKS)
def test_made_blocks_are_up_to_date(page: str, name: str) -> None:
    text = PAGES[page].read_text("utf-8")
    block = next(match[0] for match in MADE.finditer(text) if match["name"] == name)
    assert block == f"<!-- made: {name} -->\n{make(name)}<!-- end -->", "Run: python tests/documentation.py"


# --- checks.md --------------------------------------------------------------------------------------------------------


def test_every_check_has_its_section_example_and_settings() -> None:
    from dataci.checks.registry import CHECKS

    text = PAGES["checks.md"].read_text("utf-8")
    sections = {part.split("\n", 1)[0]: part for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]}
    assert [name for name in sections if name in CHECKS] == list(CHECKS), (
        "one section a check, in their order"
    )
    for name, check in CHECKS.items():
        assert f"<!-- made: finding {name} -->" in sections[name], f"{name} has no example"
        assert bool(check.settings) == (f"<!-- made: settings {name} -->" in sections[name]), name
        assert "Waive" in sections[name], f"{name}: say whether and how it can be waived"


def test_an_example_shows_the_check_that_it_stands_for() -> None:
    from dataci.checks.registry import CHECKS

    assert {*FAULT_OF, *PLANTED_HERE} == set(CHECKS)
    for name in CHECKS:
        assert re.fullmatch(rf"{name}: \d+ (error|warning)s?", printed(name).splitlines()[1])


def test_findings_on_the_data_as_a_whole_cannot_be_waived() -> None:
    import building

    waiver = '[[waiver]]\ncheck = "target-leak"\nfile = "data/train/new.csv"\nreason = "tried"\nwho = "a"\n'
    with planted("target-leak") as root:
        building.write(root, {"data/waivers.toml": waiver})
        report = building.judge(root, "HEAD", select=("target-leak",))
    assert building.counts(report)["target-leak"] == (1, 0, 0, 0)


def test_settings_shown_in_the_docs_are_accepted() -> None:
    from dataci import config
    from dataci.checks.registry import CHECKS

    for text in (path.read_text("utf-8") for path in READERS):
        for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
            if "[[waiver]]" in block or "…" in block or "\nharm = " in block:  # a bug.toml
                continue
            read = config.parse(block, ROOT)
            for name in read.checks:
                own = {"severity": "warning", "enabled": True, **CHECKS[name].settings}
                assert set(read.checks[name]) <= set(own), name
                config.check_settings(read, name, CHECKS[name].settings)


def test_waivers_shown_in_the_docs_are_accepted_and_every_key_is_documented() -> None:
    from dataci import waivers

    shown = [b for b in re.findall(r"```toml\n(.*?)```", page("formats.md"), re.DOTALL) if "[[waiver]]" in b]
    found = [waivers.parse(block.encode(), date(2026, 1, 1)) for block in shown]
    assert [problems for _, problems in found] == [[]] * len(shown)
    assert sum(len(accepted) for accepted, _ in found) >= 2
    assert first_column("waivers.toml") == set(waivers.KEYS)


# --- formats.md -------------------------------------------------------------------------------------------------------


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the findings, from the page."""
    blocks = re.findall(r"```json\n(.*?)```", page("formats.md"), re.DOTALL)
    found: dict[str, Any] = next(json.loads(block) for block in blocks if '"$schema"' in block)
    return found


@pytest.mark.parametrize(
    "check", ["duplicate-id", "target-leak", "size", "privacy", "rewritten-cells", "schema"]
)
def test_the_json_report_obeys_the_schema_in_the_docs(check: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    report = json.loads(json_report(check))
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(report, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report, "more": 1}, json_schema())


def test_every_field_of_a_finding_is_documented() -> None:
    report = json.loads(json_report("duplicate-id"))
    assert first_column("The report") == set(report)
    assert first_column("A finding") == set(report["findings"][0])


def test_exit_codes_are_those_of_the_command_line() -> None:
    from dataci import cli

    codes = {cli.OK, cli.FINDINGS, cli.CANNOT_RUN, cli.OUR_FAULT, cli.INTERRUPTED}
    assert {int(code) for code in first_column("Exit codes")} == codes


def test_every_key_of_dataci_toml_is_documented() -> None:
    from dataci import config

    known = {"columns": config.COLUMNS, "files": config.FILES, "train": config.TRAIN}
    known |= {"evaluation": config.EVALUATION, "delivery": config.DELIVERY}
    keys = {f"{table}.{name}" for table, names in known.items() for name in names}
    nested = {name: keys for name, keys in config.NESTED.items() if name != "costs"}
    keys |= {f"evaluation.{table}.{name}" for table, names in nested.items() for name in names}
    tables = {key.split(".")[0] for key in keys}
    documented = first_column("dataci.toml")
    assert keys <= documented
    assert {key.split(".")[0] for key in documented} == set(config.SECTIONS)
    assert tables <= set(config.SECTIONS)
    extra = {key for key in documented - keys if not key.startswith(("checks.", "version"))}
    assert extra == set()


def test_the_defaults_of_dataci_toml_are_those_of_the_engine() -> None:
    from dataci import config, evaluation, metrics

    columns = config.parse("", ROOT).columns
    assert columns == config.Columns()
    assert evaluation.settings({}, ["0", "1"]) == ("roc_auc", "1", 0.5, 0.01, "fixed", None, 20, {})
    assert (config.parse("", ROOT).task, config.parse("", ROOT).world_size) == ("classification", 1)
    assert evaluation.settings({}, ["a", "b", "c"]).metric == "accuracy"
    text = page("formats.md")
    for name in (*metrics.BINARY, *metrics.MULTICLASS, *metrics.REGRESSION):
        assert f"`{name}`" in text


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each value in nested tables."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}\0{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for item in value:
            yield from leaves(item, f"{path}[]")
    else:
        yield path


@pytest.mark.parametrize("which", [0, 1])
def test_every_key_of_a_fresh_result_record_is_documented(which: int) -> None:
    from dataci.record import SHAPE

    documented = first_column("Result record")
    patterns = [
        re.compile(
            r"\0".join(r"[^\0]+" if part.startswith("<") else re.escape(part) for part in key.split("."))
        )
        for key in documented
    ]
    record = trained()[which][1]
    empty = {"bugs", "compared", "slices", "compared\0slices"}  # tables that may be empty
    unknown = [
        path.replace("\0", ".")
        for path in leaves(record)
        if path not in empty and not any(pattern.fullmatch(path) for pattern in patterns)
    ]
    assert unknown == []
    parts = {key.split(".")[0].removesuffix("[]") for key in documented}
    assert parts == {name.rstrip("?") for name in SHAPE}
    assert set(record) <= parts


def test_the_second_record_has_the_parts_that_depend_on_a_parent() -> None:
    record = trained()[1][1]
    assert {"parent", "data", "code", "train"} <= set(record["changed"])
    assert record["compared"]["with"] == trained()[0][1]["tag"]


def test_predictions_look_like_those_in_the_docs() -> None:
    root, record = trained()[0]
    shown = re.findall(r"```csv\n(.*?)```", page("formats.md"), re.DOTALL)[0].splitlines()
    real = (root / "results" / f"{record['tag']}.predictions.csv").read_text("utf-8").splitlines()
    assert shown[0] == real[0]
    known = {re.sub(r"[\d.]+$", "", line) for line in real}
    assert {re.sub(r"[\d.]+$", "", line) for line in shown} <= known
    assert all(re.search(r",[01]\.\d{3}$", line) for line in [*shown[1:], *real[1:]])


def test_limits_in_the_docs_are_those_of_the_engine() -> None:
    from dataci import cache, diff, listing, profile, similarity, suite
    from dataci.checks import drift, shortcuts
    from dataci.formats import table
    from dataci.reporters import text

    told = {
        "checks.md": (
            f"The text shows {text.SHOWN} findings of a check, JSON lists {suite.LIMIT:,}.",
            f"After {table.ERROR_LIMIT:,} broken records",
            f"({similarity.BANDS} bands of 6)",
            f"z = {profile.Z}",
            f"more than {drift.MANY} different values",
            f"the {drift.BATCHES} largest files",
            f"At most {profile.SAMPLE:,} cells are looked at",
            f"and {profile.TEXTS:,} texts of {profile.LETTERS} characters",
            f"2 to {shortcuts.MAX_LABELS} labels",
        ),
        "formats.md": (
            f"cut after {listing.CUT:,} characters",
            f"at most {suite.LIMIT:,} a check",
            f"Each list has at most {diff.LISTED:,} entries",
        ),
        "architecture.md": (f"Above {cache.LIMIT >> 30} GiB",),
    }
    for name, sentences in told.items():
        flowing = " ".join(page(name).split())
        assert [sentence for sentence in sentences if sentence not in flowing] == []


def test_the_keys_of_diff_and_compare_are_documented() -> None:
    import building
    from dataci import diff
    from dataci.commands import compare

    with planted("rewritten-cells") as root:
        found = diff.to_dict(diff.diff(building.load(root, "HEAD"), building.load(root)))
    assert first_column("dataci diff --format json") == set(found)
    root = trained()[-1][0]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert compare.run(root, format="json") == 0
    assert first_column("dataci compare --format json") == set(json.loads(said.getvalue()))


def test_the_keys_of_explain_and_threshold_are_documented() -> None:
    from click.testing import CliRunner
    from dataci import cli

    root = str(trained()[-1][0])
    for arguments, heading in (
        (["explain", "r000", "--format", "json"], "dataci explain --format json"),
        (["threshold", "--format", "json"], "dataci threshold --format json"),
    ):
        done = CliRunner().invoke(cli.cli, ["-C", root, *arguments], catch_exceptions=False)
        assert first_column(heading) == set(json.loads(done.stdout)), arguments


def test_the_formats_that_are_read_are_documented() -> None:
    from dataci import formats
    from dataci.reporters import REPORTERS

    assert first_column("What `line` means") == set(formats.SUFFIXES)
    assert first_column("Reports") == set(REPORTERS)


def test_the_keys_of_why_are_documented() -> None:
    from dataci.commands import why

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert why.run(trained()[-1][0], quick=True, format="json") == 0
    assert first_column("dataci why --format json") == set(json.loads(said.getvalue()))


def test_production_toml_is_documented() -> None:
    from dataci import production

    assert first_column("production.toml") == set(production.Production._fields)
