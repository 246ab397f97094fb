"""dataci compare: two results side by side, with a verdict and the rows that flipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from dataci import comparison, git, record, results
from dataci import config as configuration
from dataci import dataset as data
from dataci.comparison import Comparison, Flip, Side
from dataci.dataset import TEST
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import FOLDER, LATEST, Source

FORMATS = ("text", "json", "markdown")
PREFIX = re.compile(r"[0-9a-f]{1,8}(-[0-9a-f]{0,8})?")


def run(root: Path, a: str | None = None, b: str | None = None, format: str = "text") -> int:
    """Print how result B differs from result A; return the exit code (0, whatever the verdict).

    A and B: a tag or its beginning, the path of a record, or a commit, whose results/latest.json is
    meant. Without B: the latest; without A: its parent. CannotRun when there is no such result.
    """
    if format not in FORMATS:
        raise CannotRun(f"--format is {format!r}; it can be {', '.join(FORMATS)}.")
    newer = find(root, b) if b else latest(root)
    older = find(root, a) if a else parent(root, newer)
    found = with_texts(root, comparison.compare(older, newer))
    click.echo(render(found, format), nl=False)
    return 0


def render(found: Comparison, format: str) -> str:
    """Render a comparison."""
    from dataci.reporters import comparison as reporter

    if format == "json":
        return json.dumps(comparison.to_dict(found), indent=2, sort_keys=True) + "\n"
    return reporter.markdown_text(found) if format == "markdown" else reporter.text(found)


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
    return Side(name, found, results.predictions(source, found))


def find(root: Path, name: str) -> Side:
    """Return the result called ``name``: a tag or its beginning, a path, a commit."""
    path = Path(name)
    if path.suffix == ".json":
        return by_path(root, path if path.is_absolute() or path.exists() else root / path)
    if PREFIX.fullmatch(name):
        tags = [file.stem for file in sorted((root / FOLDER).glob(f"{name}*.json"))]
        tags = [tag for tag in tags if record.TAG.fullmatch(tag)]
        if len(tags) > 1:
            raise CannotRun(f"{name!r} can be {', '.join(tags[:5])}. Name more digits.")
        found = results.read(Source(root), tags[0]) if tags else None
        if found:
            return side(Source(root), found, found["tag"])
    return by_commit(root, name)


def by_path(root: Path, path: Path) -> Side:
    """Return the result in a file; its predictions are looked for in the project's results/."""
    try:
        found = record.loads(path.read_bytes(), str(path))
    except OSError:
        raise CannotRun(f"{str(path)!r} cannot be read. Name a record below {FOLDER}/.") from None
    return side(Source(root), found, found["tag"])


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


def with_texts(root: Path, found: Comparison) -> Comparison:
    """Add the inputs of the rows that flipped, where the working tree still has the rows that were
    measured.
    """
    if not found.fixed and not found.broken:
        return found
    try:
        dataset = data.load(configuration.load(root))
        texts = inputs_by_id(dataset, found)
    except CannotRun:
        return found

    def told(flips: tuple[Flip, ...]) -> tuple[Flip, ...]:
        return tuple(flip._replace(text=texts.get((flip.split, flip.id), ())) for flip in flips)

    return found._replace(fixed=told(found.fixed), broken=told(found.broken))


def inputs_by_id(
    dataset: data.Dataset, found: Comparison
) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return the model's inputs by split and id, of the splits whose tree is the one that B was measured
    on.
    """
    from dataci import examples

    trees = {TEST: found.b.record["test"]["id"]}
    trees |= {f"bugs/{name}": bug["tree"] for name, bug in found.b.record["bugs"].items()}
    splits = {flip.split for flip in (*found.fixed, *found.broken)}
    texts = {}
    for split in sorted(splits):
        if dataset.tree_id(split) == trees.get(split):
            rows = examples.examples(dataset, split)
            for name, row in zip(rows.ids, rows.inputs.iter_rows(named=True), strict=True):
                texts[split, name] = tuple(
                    (column, str(value)) for column, value in row.items() if value is not None
                )
    return texts
