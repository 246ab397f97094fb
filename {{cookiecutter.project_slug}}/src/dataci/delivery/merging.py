"""Results that were handed over, brought into results/ as the branch has it now; the same in whatever order they come.

What is derived (the comparison with the parent, latest.json, the leaderboard) is computed here, from the files that are
there in the end, by the engine of the branch. No code of project/ runs for that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dataci import comparison, gates, git, identity, measuring, publishing, record, results
from dataci import config as configuration
from dataci import dataset as data
from dataci.config import Config
from dataci.dataset import Dataset
from dataci.delivery import records
from dataci.delivery.records import Handed
from dataci.errors import CannotRun
from dataci.record import Record

Records = Mapping[str, Record]


class Merged(NamedTuple):
    """What became of results/: the paths that changed, the records before and after, and the latest one after that.

    ``written``: the tags of the results that were taken over and differ from before. ``latest_before``: the tag that
    latest.json named.
    """

    paths: tuple[str, ...]
    before: Records
    after: Records
    latest: Record | None
    written: tuple[str, ...]
    latest_before: str


def merge(root: Path, several: Sequence[Handed]) -> Merged:
    """Bring results into the working tree, which is a clean checkout of the branch; CannotRun refuses a stranger."""
    refuse_links(root)
    dataset = data.load(configuration.load(root))
    before = {one["tag"]: one for one in results.read_all(root)[0]}
    named, told = publishing.named_latest(results.Source(root)), measuring.told(dataset)
    paths: list[str] = []
    tags: set[str] = set()
    for handed in several:
        tags |= set(handed.results)
        for made, predictions in handed.results.values():
            paths += bring(dataset, handed, made, predictions, told)
    paths += compare_again(root, tags)
    after = {one["tag"]: one for one in results.read_all(root)[0]}
    latest = latest_of(dataset, several, after)
    if latest is not None:
        paths += publishing.publish(root, latest)
    touched = {Path(path).name.partition(".")[0] for path in paths}
    written = tuple(sorted(tags & touched & set(after)))
    return Merged(tuple(sorted(set(paths))), before, after, latest, written, named)


def refuse_links(root: Path) -> None:
    """Refuse to write where results/ leads elsewhere."""
    home = root / results.FOLDER
    links = [path for path in (home, *(home.iterdir() if home.is_dir() else ())) if path.is_symlink()]
    if links:
        raise CannotRun(f"{links[0].relative_to(root).as_posix()!r} is a link. Put the file itself there.")


def bring(
    dataset: Dataset,
    handed: Handed,
    made: Record,
    predictions: bytes | None,
    told: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Write a result, unless a more current one is there; return the paths that changed.

    ``told``: what the branch says of each bug (see ``measuring.told``).
    """
    root, tag = dataset.config.root, made["tag"]
    old = there(root, tag)
    wrong = records.stranger(root, handed, made, old) or ("" if predictions else unproven(made, old))
    if not wrong and is_current(dataset, made):
        wrong = records.misquoted(made, dataset, told, "the branch")
    if wrong:
        refused = f"The result {tag} is refused: {wrong}."
        if handed.exact:
            raise CannotRun(f"{refused} Nothing was published.")
        publishing.on_stderr(refused)  # somebody may have put it on the branch of the pull request
        return []
    if old is not None:
        made = {**made, "changed": old["changed"]}  # what it followed when it was first made
        if not is_newer(dataset, made, old):
            return []
    paths = results.write(root, f"{tag}.json", record.dumps(made))
    if predictions is None:
        return paths
    return paths + results.write(root, f"{tag}.predictions.csv", predictions.decode("utf-8"))


def unproven(made: Record, old: Record | None) -> str:
    """Say what is new in a record that comes without predictions, by which it could be judged; "" for nothing."""
    derived = {"not_comparable", "compared", "changed", "gates"}
    if old is not None and all(made.get(name) == old.get(name) for name in {*made, *old} - derived):
        return ""
    return "its predictions are missing, so that nobody can tell whether its figures are right"


def there(root: Path, tag: str) -> Record | None:
    """Return the record of a candidate in the working tree; None where there is none that can be read."""
    try:
        return results.read(results.Source(root), tag)
    except CannotRun:
        return None


def is_newer(dataset: Dataset, made: Record, old: Record) -> bool:
    """Tell whether a record may replace that of the branch: it is measured on what is there now, or says why not."""
    if is_current(dataset, old):
        return is_current(dataset, made)
    stuck = made.get("not_comparable")
    return is_current(dataset, made) or bool(stuck and stuck["test"] == dataset.tree_id(data.TEST))


def is_current(dataset: Dataset, of: Record) -> bool:
    """Tell whether a record was measured on what is there now."""
    try:
        return measuring.is_current(of, dataset)
    except CannotRun:
        return False


def compare_again(root: Path, tags: set[str]) -> list[str]:
    """Compare results with their parents, and those that follow them with them: either may have come first.

    Gates are judged here, whatever a record says of its own; what has no parent here is compared with nothing.
    """
    found = {one["tag"]: one for one in results.read_all(root)[0]}
    paths = []
    for of in found.values():
        parent = found.get(of["changed"]["parent"] or "")
        if not {of["tag"], parent["tag"] if parent else ""} & tags:
            continue
        now = gates.judged({**of, "compared": compared(root, parent, of) if parent else {}}, parent)
        paths += results.write(root, f"{of['tag']}.json", record.dumps(now))
    return paths


def compared(root: Path, parent: Record, of: Record) -> Mapping[str, Any]:
    """Return what a record says of itself against its parent."""
    old, new = (comparison.Side(one["tag"], one, results.kept(root, one)) for one in (parent, of))
    return comparison.summary(old, new)


def latest_of(dataset: Dataset, several: Sequence[Handed], after: Records) -> Record | None:
    """Return the record of what the branch trains now, as far as one is there; None without any record.

    That of the commit which the branch is at, but for results/; else one that was made of what lies in the branch now;
    else the one whose commit is the newer in history, of what was handed over and what stands.
    """
    root = dataset.config.root
    stands, made = publishing.standing(root), []
    for one in several:
        if one.latest is not None and one.latest in after:
            made.append(after[one.latest])
            if one.exact and differs_in_results_only(root, one.commit):
                return after[one.latest]
    train = dataset.tree_id(data.TRAIN)
    fitting = [one for one in after.values() if is_of(dataset.config, train, one)]
    if fitting:
        return next((one for one in (stands, *made) if one in fitting), fitting[0])
    for newer in made:
        stands = newer if stands is None or follows(root, newer, stands) else stands
    return stands


def differs_in_results_only(root: Path, commit: str) -> bool:
    """Tell whether HEAD holds what ``commit`` holds, but for results/, and comes after it."""
    head = git.head(root) or ""
    if git.run(root, "merge-base", commit, head, check=False).decode().strip() != git.resolve(root, commit):
        return False
    return all(one.path.startswith(f"{results.FOLDER}/") for one in git.diffstat(root, commit, head, ["."]))


def is_of(config: Config, train: str, of: Record) -> bool:
    """Tell whether a record was made of the data, the settings and the files of code that lie in the working tree.

    Which libraries it was computed with only the job that trained it knows.
    """
    settings = json.loads(json.dumps(identity.training_settings(config), default=str))
    if of["data"]["id"] != train or of["train"] != settings:
        return False
    return all(begins_with(config.root, path, digest) for path, digest in of["code"]["files"].items())


def begins_with(root: Path, path: str, digest: str) -> bool:
    """Tell whether the hash of a file of the project begins so."""
    inside = identity.inside(root, path)
    if inside is None or inside != path or not (root / path).is_file():
        return False
    return hashlib.sha256((root / path).read_bytes()).hexdigest().startswith(digest)


def follows(root: Path, one: Record, other: Record) -> bool:
    """Tell whether a record comes after another: its commit does, or it was compared with it as its parent."""
    if one["changed"]["parent"] == other["tag"]:
        return True
    if one["commit"] == other["commit"] or other["changed"]["parent"] == one["tag"]:
        return False
    older, newer = str(other["commit"]), str(one["commit"])
    return git.run(root, "merge-base", older, newer, check=False).decode().strip() == older
