"""Corners of an attribution: candidates put together from the data, code, settings and environment of two others.

Each is composed in a folder of its own and run there with the code that lies in it, like any candidate: the store
keeps its model, and its predictions are kept by what it was composed of.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from dataci import checkout, git, project
from dataci.config import FILE, Config
from dataci.dataset import BUGS, FOLDER, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.git import Entry
from dataci.record import Record

ENGINE = "src/dataci"
FROM_PARAMS = ("columns", "files", "train")  # the tables of dataci.toml that can change the model
FROM_CODE = ("version",)
VERSION = "1"


class Origin(NamedTuple):
    """Where the files of a candidate are. ``which``: a full commit id, or the working tree (over ``commit``)."""

    record: Record
    which: str
    commit: str
    train: tuple[Entry, ...]
    settings: str


class Ran(NamedTuple):
    """What a corner gave: its tag, and its predictions by split."""

    tag: str
    predictions: Mapping[str, Any]


class Recipe(NamedTuple):
    """What a corner is put together from. ``train``: files of its training data that replace those of ``data``
    (None: the file is left out); ``extra``: files that are added. Both by path.
    """

    data: Origin
    code: Origin
    params: Origin
    env: Origin
    train: tuple[tuple[str, bytes | None], ...] = ()
    extra: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Kitchen:
    """What all corners have in common: the project, today's test set and bugs, the store, an interpreter a side.

    ``pythons``: by the JSON of a recorded environment; a sentence where it cannot be had.
    """

    config: Config
    tests: tuple[Entry, ...]
    store: str
    fresh: bool = False
    pythons: dict[str, str | CannotRun] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.config.root


def origin(dataset: Dataset, of: Record) -> Origin:
    """Find the files of a candidate in git, or in the working tree when that is what it was trained on.

    CannotRun when they are in neither.
    """
    root, tag = dataset.config.root, of["tag"]
    if of["uncommitted"] or of["commit"] is None:
        return from_worktree(dataset, of)
    commit = checkout.commit_of(root, of)
    if commit is None:
        raise CannotRun(
            f"The commit {of['commit'][:8]} of {tag} is not in this clone. Fetch it (git fetch --unshallow, or "
            "fetch-depth: 0 in CI)."
        )
    train = tuple(git.entries(root, commit, f"{FOLDER}/{TRAIN}"))
    if git.tree_id(train, f"{FOLDER}/{TRAIN}") != of["data"]["id"]:
        raise CannotRun(f"The commit {commit[:8]} does not hold the training data of {tag}. Train it again.")
    settings = git.show(root, commit, FILE)
    if settings is None:
        raise CannotRun(f"The commit {commit[:8]} of {tag} has no {FILE}. Train it again.")
    return Origin(of, commit, commit, train, settings.decode("utf-8", "replace"))


def from_worktree(dataset: Dataset, of: Record) -> Origin:
    """Return the working tree as the origin of a candidate; CannotRun when the candidate is another one."""
    from dataci import identity

    head = git.head(dataset.config.root)
    if head is None:
        raise CannotRun("Nothing is committed yet, so no candidate can be taken apart. Commit first.")
    if identity.identify(dataset).code != of["code"]["id"] or dataset.tree_id(TRAIN) != of["data"]["id"]:
        raise CannotRun(
            f"{of['tag']} was trained on changes that were never committed, and the working tree has others by now. "
            "Commit, and run `dataci train` again."
        )
    prefix = f"{FOLDER}/{TRAIN}/"
    train = tuple(entry for entry in dataset.entries if entry.path.startswith(prefix))
    return Origin(of, git.WORKTREE, head, train, dataset.config.text)


def run_all(
    kitchen: Kitchen, recipes: Mapping[Any, Recipe], jobs: int, told: Callable[[Any], None]
) -> dict[Any, Ran | CannotRun]:
    """Run every recipe, ``jobs`` at once; ``told`` is called with the name of each that is done.

    What a corner that cannot run gives is the sentence that says why.
    """
    for recipe in recipes.values():
        interpreter(kitchen, recipe.env)

    def one(item: tuple[Any, Recipe]) -> tuple[Any, Ran | CannotRun]:
        found = attempt(kitchen, item[1])
        told(item[0])
        return item[0], found

    from dataci import rerun

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        try:
            return dict(pool.map(one, recipes.items()))
        except BaseException:  # also Ctrl-C: what waits must not start, what runs must end
            pool.shutdown(wait=False, cancel_futures=True)
            rerun.stop_all()
            raise


def attempt(kitchen: Kitchen, recipe: Recipe) -> Ran | CannotRun:
    """Run a recipe; return why it cannot run when it cannot."""
    try:
        return run(kitchen, recipe)
    except CannotRun as error:
        return error


def run(kitchen: Kitchen, recipe: Recipe) -> Ran:
    """Return what a corner predicts: as it was kept, or by composing and running it. CannotRun says why not."""
    from dataci import store

    python = interpreter(kitchen, recipe.env)
    if isinstance(python, CannotRun):
        raise python
    name, shelf = key(kitchen, recipe, python), store.open_store(kitchen.config)
    with contextlib.suppress(CannotRun):  # the store is only a cache
        kept = None if kitchen.fresh else unpack(shelf.get_text(name))
        if kept:
            return kept
    found = made(kitchen, recipe, python)
    with contextlib.suppress(CannotRun):
        shelf.put_text(name, pack(found))
    return found


def made(kitchen: Kitchen, recipe: Recipe, python: str) -> Ran:
    """Compose a corner and run it there."""
    from dataci import rerun

    with git.worktree(kitchen.root, recipe.code.commit) as folder:
        compose(kitchen, recipe, folder)
        ran = rerun.run_folder(folder, kitchen.store, python=python, fresh=kitchen.fresh)
    return Ran(ran.tag, ran.predictions)


def compose(kitchen: Kitchen, recipe: Recipe, folder: Path) -> None:
    """Turn a checkout of the code's commit into the corner."""
    if recipe.code.which == git.WORKTREE:
        for name in (project.FOLDER, ENGINE):
            replace(kitchen, folder, name, git.entries(kitchen.root, git.WORKTREE, name), git.WORKTREE)
    (folder / FILE).write_text(settings(recipe), encoding="utf-8")
    replace(kitchen, folder, f"{FOLDER}/{TRAIN}", training_files(recipe), recipe.data.which)
    for name in (TEST, BUGS):
        prefix = f"{FOLDER}/{name}"
        chosen = [entry for entry in kitchen.tests if entry.path.startswith(f"{prefix}/")]
        replace(kitchen, folder, prefix, chosen, git.WORKTREE)
    added = [(path, data) for path, data in (*recipe.train, *recipe.extra) if data is not None]
    for path, data in added:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def replace(kitchen: Kitchen, folder: Path, name: str, entries: Sequence[Entry], which: str) -> None:
    """Replace a folder of the corner by files of the working tree or of a commit."""
    shutil.rmtree(folder / name, ignore_errors=True)
    git.write_entries(kitchen.root, which, entries, folder)


def training_files(recipe: Recipe) -> list[Entry]:
    """Return the files of the training data that are taken as they are."""
    changed = {path for path, _ in recipe.train}
    return [entry for entry in recipe.data.train if entry.path not in changed]


def settings(recipe: Recipe) -> str:
    """Return the dataci.toml of a corner: what makes the model from ``params``, the rest from ``code``.

    The settings of checks, evaluation and delivery are left out; CannotRun for a file that is not valid TOML.
    """
    given = {side: parsed(getattr(recipe, side).settings) for side in ("params", "code")}
    chosen = [(name, "code") for name in FROM_CODE] + [(name, "params") for name in FROM_PARAMS]
    lines = [f"{name} = {value_text(given[side][name])}" for name, side in chosen if name in given[side]]
    return "\n".join([*lines, ""])


def parsed(text: str) -> dict[str, Any]:
    """Parse a dataci.toml."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotRun(f"{FILE} of a candidate is not valid TOML: {error}.") from None


def value_text(value: Any) -> str:
    """Write a value as TOML on one line."""
    if isinstance(value, Mapping):
        pairs = (f"{value_text(str(name))} = {value_text(item)}" for name, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else repr(value)


def interpreter(kitchen: Kitchen, end: Origin) -> str | CannotRun:
    """Return the Python with the recorded versions of a candidate, or why there is none; asked once."""
    from dataci import environment

    name = environment_name(end)
    if name not in kitchen.pythons:
        try:
            with git.worktree(kitchen.root, end.commit) as folder:
                kitchen.pythons[name] = str(
                    environment.provide(kitchen.root, end.record["environment"], folder)
                )
        except CannotRun as error:
            kitchen.pythons[name] = error
    return kitchen.pythons[name]


def environment_name(end: Origin) -> str:
    """Return the key of a candidate's environment in ``Kitchen.pythons``."""
    return json.dumps(end.record["environment"], sort_keys=True)


def key(kitchen: Kitchen, recipe: Recipe, python: str) -> str:
    """Return the name under which the predictions of a corner are kept: a hash of all that it is composed of."""
    code: object = recipe.code.commit
    if recipe.code.which == git.WORKTREE:
        files = [git.entries(kitchen.root, git.WORKTREE, name) for name in (project.FOLDER, ENGINE)]
        code = [code, files]
    contents = [
        [path, None if data is None else hashlib.sha256(data).hexdigest()]
        for path, data in (*recipe.train, *recipe.extra)
    ]
    parts = {
        "version": VERSION,
        "code": code,
        "train": [(entry.path, entry.blob) for entry in recipe.data.train],
        "tests": [(entry.path, entry.blob) for entry in kitchen.tests],
        "changed": contents,
        "settings": settings(recipe),
        "environment": [recipe.env.record["environment"], python],
    }
    return (
        "why-"
        + hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()
    )


def pack(ran: Ran) -> str:
    """Return what a corner gave as text, every digit of it."""
    splits = {
        name: {
            **{part: getattr(found, part) for part in ("ids", "labels", "classes", "clusters")},
            "scores": found.scores.tolist(),
        }
        for name, found in ran.predictions.items()
    }
    return json.dumps({"tag": ran.tag, "predictions": splits})


def unpack(text: str | None) -> Ran | None:
    """Read what ``pack`` wrote; None for nothing, and for what cannot be read."""
    import numpy as np

    from dataci.predictions import Predictions

    try:
        found = json.loads(text or "")
        predictions = {}
        for name, raw in found["predictions"].items():
            shape = len(raw["ids"]), max(1, len(raw["classes"]))
            scores = np.array(raw["scores"], dtype=np.float64).reshape(shape)
            clusters = tuple(raw["clusters"])
            predictions[name] = Predictions(raw["ids"], raw["labels"], raw["classes"], scores, clusters)
        return Ran(found["tag"], predictions)
    except (ValueError, KeyError, TypeError):
        return None
