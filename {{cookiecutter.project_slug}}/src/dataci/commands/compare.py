"""dataci compare: two results side by side, with a verdict and the rows that flipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci import git, record, results
from dataci.dataset import BUGS, TEST
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import FOLDER, LATEST, Source

if TYPE_CHECKING:
    from dataci.comparison import Comparison, Side
    from dataci.reporters.behaviour import Texts as Altered

FORMATS = ("text", "json", "markdown")
NAME = 80  # columns of a gate's name
Texts = dict[tuple[str, str], tuple[tuple[str, str], ...]]


def run(
    root: Path,
    a: str | None = None,
    b: str | None = None,
    format: str = "text",
    evaluate: bool = True,
    gate: bool = False,
) -> int:
    """Print how result B differs from result A; return the exit code.

    A and B: a tag or its beginning, the path of a record, or a commit, whose results/latest.json is meant. Without B:
    the latest; without A: its parent. One that was not measured on today's test set, bugs, slices and settings is
    evaluated again in memory (not where ``evaluate`` is False: then there is no verdict). Nothing is written.

    The exit code is 0; with ``gate`` 1 where B is worse or fails a gate of [evaluation.gates], and 2 where there is no
    verdict: a gate that could not look may not be green. CannotRun when there is no such result.
    """
    from dataci import comparison, evaluation
    from dataci.commands import altered
    from dataci.comparison import remeasure

    if format not in FORMATS:
        raise CannotRun(f"--format is {format!r}; it can be {', '.join(FORMATS)}.")
    newer = find(root, b) if b else latest(root)
    older = find(root, a) if a else parent(root, newer)
    dataset = data.load(configuration.load(root))
    evaluation.without_labels(dataset.config.evaluation, dataset.config.task == configuration.REGRESSION)
    older = remeasure.on_today(dataset, older, evaluate, progress)
    newer = remeasure.on_today(dataset, newer, evaluate and not older.stuck, progress)
    found = with_texts(dataset, comparison.compare(older, newer))
    click.echo(render(found, format, None if format == "json" else altered.texts(dataset, found)), nl=False)
    return exit_code(found) if gate else 0


def progress(sentence: str) -> None:
    """Say what takes its time, apart from the report."""
    click.echo(sentence, err=True)


def exit_code(found: Comparison) -> int:
    """Return what --gate makes of a comparison, and say what is not in its verdict."""
    from dataci import gates
    from dataci.reporters.escape import terminal

    failed = gates.failed(found.b.record)
    if failed:
        names = ", ".join(terminal(name, NAME) for name in failed)
        progress(f"dataci: B fails {names}; [evaluation.gates] in dataci.toml says what is allowed.")
    if found.verdict.word == "none":
        progress("dataci: There is no verdict, so --gate cannot pass it; the report says why.")
    if failed or found.verdict.word == "worse":
        return 1
    return 2 if found.verdict.word == "none" else 0


def render(found: Comparison, format: str, altered: Altered | None = None) -> str:
    """Render a comparison. ``altered``: what was altered in the rows that B judges otherwise."""
    from dataci import comparison
    from dataci.reporters import comparison as reporter

    if format == "json":
        return json.dumps(comparison.to_dict(found), indent=2, sort_keys=True) + "\n"
    write = reporter.markdown_text if format == "markdown" else reporter.text
    return write(found, texts=altered)


def latest(root: Path) -> Side:
    """Return the latest result."""
    found = results.latest(Source(root))
    if not found:
        raise CannotRun(f"There is no {FOLDER}/{LATEST} yet. `dataci train` makes the first result.")
    return side(Source(root), found, found["tag"])


def parent(root: Path, newer: Side) -> Side:
    """Return the result that ``newer`` followed."""
    tag = newer.record["changed"]["parent"]
    if not tag:
        raise CannotRun(f"{newer.name} is the first result; there is none before it to compare with.")
    found = results.read(Source(root), tag)
    if not found:
        raise CannotRun(
            f"{FOLDER}/{tag}.json, the parent of {newer.name}, is gone. Name what to compare with."
        )
    return side(Source(root), found, tag)


def side(source: Source, found: Record, name: str) -> Side:
    """Return a record with its predictions."""
    from dataci.comparison import Side

    return Side(name, found, results.predictions(source, found))


def find(root: Path, name: str) -> Side:
    """Return the result called ``name``: a tag or its beginning, a path, a commit."""
    path = Path(name)
    if path.suffix == ".json":
        return by_path(root, path if path.is_absolute() or path.exists() else root / path)
    tag = results.find(root, name)
    found = results.read(Source(root), tag) if tag else None
    return side(Source(root), found, found["tag"]) if found else by_commit(root, name)


def by_path(root: Path, path: Path) -> Side:
    """Return the result in a file; its predictions stand beside it in a folder results/, or in the project's."""
    try:
        found = record.loads(path.read_bytes(), str(path))
    except OSError:
        raise CannotRun(f"{str(path)!r} cannot be read. Name a record below {FOLDER}/.") from None
    folder = path.resolve().parent
    return side(Source(folder.parent if folder.name == FOLDER else root), found, found["tag"])


def by_commit(root: Path, name: str) -> Side:
    """Return the latest result as of a commit."""
    try:
        source = Source(root, git.resolve(root, name))
    except CannotRun:
        raise CannotRun(
            f"{name!r} is neither a result in {FOLDER}/ (a tag or its beginning, or a path) nor a commit."
        ) from None
    found = results.latest(source)
    if not found:
        raise CannotRun(f"The commit {name!r} has no {FOLDER}/{LATEST}. Name a later one.")
    return side(source, found, f"{found['tag']} ({name})")


def with_texts(dataset: data.Dataset, found: Comparison) -> Comparison:
    """Add the inputs of the rows that flipped, where the working tree still has the rows that were measured."""
    from dataci import comparison

    changed = [found.fixed, found.broken, *(rows for bug in found.bugs for rows in (bug.fixed, bug.broken))]
    splits = {flip.split for rows in changed for flip in rows.rows}
    try:
        texts = inputs_by_id(dataset, found.b.record, splits)
    except CannotRun:
        return found

    return comparison.each_flip(found, lambda flip: flip._replace(text=texts.get((flip.split, flip.id), ())))


def inputs_by_id(dataset: data.Dataset, measured: Record, splits: set[str]) -> Texts:
    """Return the cells that the model reads, as they stand in the file, by split and id; of the splits whose tree is
    the one that B was measured on.
    """
    from dataci import examples, measuring

    today = {
        TEST: dataset.tree_id(TEST),
        **{name: bug["tree"] for name, bug in measuring.told(dataset).items()},
    }
    trees = {TEST: measured["test"]["id"]}
    trees |= {f"{BUGS}/{name}": bug["tree"] for name, bug in measured["bugs"].items()}
    texts: Texts = {}
    for split in sorted(splits):
        if today.get(split, "") == trees.get(split):
            rows = examples.examples(dataset, split)
            cells = rows.rows.select(dataset.config.columns.inputs)
            for name, row in zip(rows.ids, cells.iter_rows(named=True), strict=True):
                texts[split, name] = tuple((key, cell) for key, cell in row.items() if cell)
    return texts
