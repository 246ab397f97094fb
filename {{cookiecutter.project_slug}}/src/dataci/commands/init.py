"""`dataci init DATA…`: bring the user's own data in, in place of the example or of an earlier init.

Reads files in foreign dialects, infers roles, types and constraints, writes project/schema.py and
dataci.toml, converts the data to canonical form and splits off a test set that does not leak. It never
overwrites what somebody has edited: what it may replace is known by the seal at the end of dataci.toml (see
dataci.inference.seal). No malformed row is dropped: a file that has some is taken over as it is, for `dataci
check` to name its lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dataci import config
from dataci.errors import CannotRun
from dataci.inference import plan as planning
from dataci.inference import seal, source
from dataci.inference.plan import Plan
from dataci.inference.roles import Wish
from dataci.inference.summary import summary
from dataci.reporters.escape import terminal

LISTED = 8


def run(
    root: Path,
    paths: tuple[Path, ...],
    label: str | None = None,
    id: str | None = None,
    group: str | None = None,
    time: str | None = None,
    text: tuple[str, ...] = (),
    test_share: float = 0.2,
    no_test: bool = False,
    seed: int = 0,
    force: bool = False,
) -> int:
    """Bring the files at ``paths`` into the project at ``root``; return 0. CannotRun says why not."""
    refuse_arguments(root, paths, test_share)
    theirs = seal.edited(root)
    if theirs and not force:
        raise CannotRun(refusal(theirs))
    sources = [source.load(path) for path in paths]
    plan = planning.infer(sources, Wish(label, id, group, time, text), test_share, no_test, seed)
    before = names_in_use(root)
    ours = [path for path in (seal.CHECKS, seal.SLICES) if seal.is_ours(root, path)]
    files = planning.files(plan, delivery(root), seal.CHECKS in ours, seal.SLICES in ours)
    aside = replace(root, theirs, files)
    print(summary(plan.sources, plan.columns, plan.roles, plan.parted))
    print("\n".join([*set_aside(root, theirs, aside), *stale(root, before, plan, ours), *next_steps(plan)]))
    return 0


def refuse_arguments(root: Path, paths: Sequence[Path], share: float) -> None:
    """Refuse what cannot be meant."""
    if not paths:
        raise CannotRun("Name the data to bring in: dataci init mydata.csv --label NAME")
    if not 0 <= share <= 0.9:
        raise CannotRun(f"--test-share is {share}; it is a part of the rows between 0 and 0.9, such as 0.2.")
    inside = (root / "data").resolve()
    for path in paths:
        if path.resolve().is_relative_to(inside):
            raise CannotRun(
                f"{str(path)!r} lies in this project's data/ folder, which init fills anew. Move it away, "
                "then name it there."
            )
        if paths.count(path) > 1:
            raise CannotRun(f"{str(path)!r} is named twice. Name each file once.")


def refusal(theirs: Sequence[str]) -> str:
    """Say which files stand in the way."""
    shown = "".join(f"\n  {terminal(path, 76)}" for path in theirs[:LISTED])
    more = f"\n  … and {len(theirs) - LISTED:,} more" if len(theirs) > LISTED else ""
    return (
        f"init would replace files that somebody has written or edited:{shown}{more}\n"
        "Commit or move them if they matter. `dataci init --force …` moves them to replaced-by-init/ first."
    )


def replace(root: Path, theirs: list[str], files: Mapping[str, bytes]) -> Path | None:
    """Put ``files`` in the place of what is there; return where the edited files went, if there were any."""
    aside = seal.set_aside(root, theirs) if theirs else None
    for path in seal.present(root):
        (root / path).unlink()
    for folder in sorted((root / "data" / "bugs").glob("*/"), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for path in sorted(files, key=lambda each: each == config.FILE):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])
    return aside


def delivery(root: Path) -> str:
    """Return the [delivery] tables of dataci.toml, which have nothing to do with the data."""
    try:
        text = (root / config.FILE).read_bytes().decode("utf-8", "replace").partition(seal.HEAD)[0]
    except OSError:
        return ""
    kept, keep = [], False
    for line in text.splitlines():
        if line.startswith("["):
            keep = line.startswith(("[delivery]", "[delivery."))
        kept += [line] if keep else []
    return "\n".join(kept)


def names_in_use(root: Path) -> set[str]:
    """Return the columns that the project's settings name so far."""
    try:
        return set(config.load(root).columns.named)
    except CannotRun:
        return set()


def set_aside(root: Path, theirs: Sequence[str], aside: Path | None) -> list[str]:
    """Say what --force moved away."""
    if aside is None:
        return []
    return [f"--force: {len(theirs):,} edited files are now in {aside.relative_to(root).as_posix()}/.", ""]


def stale(root: Path, before: set[str], plan: Plan, fresh: Sequence[str]) -> list[str]:
    """Say what else speaks of the data that were here before. ``fresh``: files that were written just now."""
    lines = []
    results = [path for path in (root / "results").glob("*.json") if path.name != "latest.json"]
    if results:
        lines.append(
            f"results/ has {len(results):,} results of the earlier data; delete them if they are of no use."
        )
    gone = sorted(before - {column.name for column in plan.columns})
    for name in ("model", "slices", "checks"):
        path = root / "project" / f"{name}.py"
        if f"project/{name}.py" in fresh:
            continue
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        named = [column for column in gone if f'"{column}"' in text or f"'{column}'" in text]
        if named:
            lines.append(
                f"project/{name}.py names {terminal(repr(named[0]), 40)}, a column that is gone: look at it."
            )
    return [*lines, ""] if lines else []


def next_steps(plan: Plan) -> list[str]:
    """Say what to do now."""
    steps = [
        ("dataci check", "what is wrong with the data as they are"),
        ("git add data project dataci.toml", "then commit: from now on, data are reviewed"),
    ]
    if plan.parted.by:
        steps.append(("dataci train", "a first model and its result"))
    return [
        "Next: read project/schema.py and dataci.toml, then",
        *(f"  {step:<34}{why}" for step, why in steps),
        "Faults that the data have today: mend them, or commit once with git commit",
        "--no-verify. They are known from then on, and only new ones fail a change.",
    ]
