"""dataci evaluate: candidates of results/ measured on today's test set, bugs and slices, each with its own code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci import results
from dataci.delivery import handover
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import Source

if TYPE_CHECKING:
    from dataci.dataset import Dataset
    from dataci.measuring import Today
    from dataci.predictions import Predictions

    Answer = dict[str, Predictions] | CannotRun

TOGETHER = 16  # candidates that one process predicts with; what is done by then survives an interruption
VERSION = 1
GATES = 3  # that fail, each with its sentence


def run(
    root: Path,
    tags: Sequence[str] = (),
    every: bool = False,
    jobs: int = 0,
    format: str = "text",
    output: Path | None = None,
) -> int:
    """Measure candidates on what is there today and write their records; return the exit code (0).

    ``tags``: full or the beginning of one; none and not ``every``: the latest. ``jobs``: processes at once (0: one a
    core, at most four). Those that stand measured are left alone, so an interrupted run goes on where it was.
    ``output``: what changes is written there, for `dataci publish results`, and results/ stays as it is.
    """
    if output is None:
        return measure(root, tags, every, jobs, format)
    handover.prepare(output)
    with handover.untouched(root) as before:
        measure(root, tags, every, jobs, format, output)
        files = handover.changed(root, before)
        handover.write(root, output, files, own(root))
    return 0


def own(root: Path) -> str | None:
    """Return the tag of what the project's data and code are today, where that has a result; else None."""
    from dataci import identity

    tag = identity.identify(data.load(configuration.load(root))).tag
    return tag if (root / results.FOLDER / f"{tag}.json").is_file() else None


def measure(
    root: Path, tags: Sequence[str], every: bool, jobs: int, format: str, output: Path | None = None
) -> int:
    """Measure candidates and write their records into results/; ``output``: where they are looked at in the end."""
    from dataci import evaluation, measuring

    dataset = data.load(configuration.load(root))
    evaluation.without_labels(dataset.config.evaluation, dataset.config.task == configuration.REGRESSION)
    now = measuring.today(dataset)
    records, warnings = results.read_all(root)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    chosen = records if every else [pick(root, records, tag) for tag in tags] or [newest(root)]
    stale = [
        of
        for of in chosen
        if not (stands(dataset, of) and measuring.is_whole(now, results.kept(root, of), of))
    ]
    if stale:
        progress(f"Measuring {len(stale)} of {len(chosen)} …")
    counts = {"measured": 0, "stood": len(chosen) - len(stale), "not comparable": 0}
    written: list[str] = []
    for number, (of, answer) in enumerate(
        answers(dataset, now, stale, jobs or min(4, os.cpu_count() or 1)), 1
    ):
        kept = write(root, of, now, answer, written)
        counts["measured" if kept else "not comparable"] += 1
        progress(f"{number}/{len(stale)} {of['tag']}")
    written += finish(root, dataset)
    say(counts, sorted(set(written)), format, output)
    if format == "text":
        tell_gates(root)
    return 0


def tell_gates(root: Path) -> None:
    """Say which gates the latest result fails: who closes a bug or sets a limit learns here what that does."""
    from dataci.reporters.escape import terminal

    found = results.latest(Source(root))
    failing = [gate for gate in (found or {}).get("gates", {}).values() if gate["verdict"] == "fail"]
    for gate in failing[:GATES]:
        click.echo(f"The latest fails a gate: {terminal(gate['what'], 300)}")
    if len(failing) > GATES:
        click.echo(f"… and {len(failing) - GATES} more; `dataci compare` lists them.")


def pick(root: Path, records: Sequence[Record], tag: str) -> Record:
    """Return the one record whose tag begins so."""
    found = [of for of in records if of["tag"].startswith(tag)]
    if len(found) != 1:
        told = (
            "no result is called so" if not found else f"it can be {', '.join(of['tag'] for of in found[:5])}"
        )
        raise CannotRun(f"{tag!r}: {told}. The tags are the names of the files in {results.FOLDER}/.")
    return found[0]


def newest(root: Path) -> Record:
    """Return the latest result."""
    found = results.latest(Source(root))
    if not found:
        raise CannotRun(
            f"There is no {results.FOLDER}/{results.LATEST} yet. `dataci train` makes the first result."
        )
    return results.read(Source(root), found["tag"]) or found


def stands(dataset: Dataset, of: Record) -> bool:
    """Tell whether a record was measured on what is there today."""
    from dataci import measuring

    try:
        return measuring.is_current(of, dataset)
    except CannotRun:
        return False


def at_once(root: Path, of: Record, now: Today) -> Answer | None:
    """Return what needs no model: the stored predictions where the rows are still the same, or why none can help."""
    from dataci import measuring

    try:
        how = measuring.settings(now.settings, of)
    except CannotRun as error:
        return error
    return measuring.reused(now, of, results.kept(root, of), how)


def answers(
    dataset: Dataset, now: Today, stale: Sequence[Record], jobs: int
) -> Iterator[tuple[Record, Answer]]:
    """Yield what each candidate says of today's rows, or why it cannot say anything, as they get done."""
    waiting = []
    for of in stale:
        answer = at_once(dataset.config.root, of, now)
        if answer is None:
            waiting.append(of)
        else:
            yield of, answer
    if waiting:
        yield from asked(dataset, now, waiting, jobs)


def asked(
    dataset: Dataset, now: Today, waiting: Sequence[Record], jobs: int
) -> Iterator[tuple[Record, Answer]]:
    """Yield what the models of candidates say, several at once."""
    from dataci import rerun

    files = rerun.own_files(dataset.config)
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        begun = [
            pool.submit(stored_ones, dataset, now, group, rerun.here(dataset.config, group[0], files))
            for group in groups(waiting, jobs)
        ]
        try:
            lost: list[Future[list[tuple[Record, Answer]]]] = []
            for done in as_completed(begun):
                for of, answer in done.result():
                    if answer is None:
                        lost.append(pool.submit(trained_again, dataset, now, of))
                    else:
                        yield of, answer
            for again in as_completed(lost):
                yield from again.result()
        except BaseException:  # Ctrl-C: what has not begun is not begun, and what runs is ended
            pool.shutdown(wait=False, cancel_futures=True)
            rerun.stop_all()
            raise


def groups(stale: Sequence[Record], jobs: int) -> list[list[Record]]:
    """Put candidates together that one process can predict with: same code, columns and environment."""
    found: dict[str, list[Record]] = {}
    for of in stale:
        train = [of["train"][name] for name in ("task", "columns", "missing", "world_size")]
        key = json.dumps([of["code"]["files"], train, of["environment"]], sort_keys=True)
        found.setdefault(key, []).append(of)
    chunks = []
    for group in found.values():
        size = max(1, min(TOGETHER, -(-len(group) // jobs)))
        chunks += [group[at : at + size] for at in range(0, len(group), size)]
    return chunks


def stored_ones(
    dataset: Dataset, now: Today, group: Sequence[Record], at_home: bool
) -> list[tuple[Record, Answer | None]]:
    """Return what the stored models of a group say; None for those that the store has lost."""
    from dataci import rerun

    try:
        found = rerun.stored_models(dataset, group, at_home, now.probes)
    except CannotRun as error:
        return [(of, error) for of in group]
    return [(of, found[of["tag"]]) for of in group]


def trained_again(dataset: Dataset, now: Today, of: Record) -> list[tuple[Record, Answer]]:
    """Return what a candidate says that the store has lost: it is trained again from its commit."""
    from dataci import rerun

    try:
        return [(of, rerun.rebuilt(dataset, of, now.probes))]
    except CannotRun as error:
        return [(of, error)]


def write(root: Path, of: Record, now: Today, answer: Answer, written: list[str]) -> bool:
    """Write the record as it is today, or mark it as not comparable; tell whether it could be measured."""
    from dataci import measuring, record

    try:
        if isinstance(answer, CannotRun):
            raise answer
        how = measuring.settings(now.settings, of)
        kept = measuring.stored(now, answer, how)
        written += results.save(root, measuring.again(of, now, kept, how), kept)
        return True
    except CannotRun as error:
        mark = {"test": now.test["id"], "reason": " ".join(str(error).split())[:300]}
        marked = record.dumps({**of, "not_comparable": mark})
        written += results.write(root, f"{of['tag']}.json", marked)
        return False


def finish(root: Path, dataset: Dataset) -> list[str]:
    """Compare each record with its parent again, and rebuild what is derived; return the paths that changed."""
    from dataci import comparison, gates, identity, publishing, record

    records = {of["tag"]: of for of in results.read_all(root)[0]}
    written = []
    for of in records.values():
        parent = records.get(of["changed"]["parent"] or "")
        compared = of["compared"]
        if parent is not None:
            old, new = (comparison.Side(one["tag"], one, results.kept(root, one)) for one in (parent, of))
            compared = comparison.summary(old, new)
        found = gates.judged({**of, "compared": compared}, parent)
        written += results.write(root, f"{of['tag']}.json", record.dumps(found))
    latest = publishing.standing(root, identity.identify(dataset).tag)
    return written + (publishing.publish(root, latest) if latest else [])


def progress(words: str) -> None:
    """Say how far the work is, on a terminal."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        click.echo(words, err=True)


def say(counts: dict[str, int], written: Sequence[str], format: str, output: Path | None) -> None:
    """Print what was done."""
    if format == "json":
        told = {name.replace(" ", "_"): count for name, count in counts.items()}
        click.echo(
            json.dumps({"version": VERSION, **told, "written": list(written)}, indent=2, sort_keys=True)
        )
        return
    click.echo(f"{counts['measured']} measured on today's test set, {counts['stood']} stood already.")
    if counts["not comparable"]:
        click.echo(
            f"{counts['not comparable']} not comparable: the leaderboard says why. Their old figures are kept."
        )
    if output is not None:
        derived = {f"{results.FOLDER}/{name}" for name in (results.LATEST, results.LEADERBOARD)}
        what = "What changed is" if set(written) - derived else "No result changed; that is noted"
        click.echo(f"{what} in {output}, for `dataci publish results`.")
        return
    more = f", and: git diff {results.FOLDER}" if written else ""
    click.echo(f"Look at: {results.FOLDER}/{results.LEADERBOARD}{more}")
