"""dataci promote: prepare the change that puts a candidate into production, once it is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dataci import comparison, gates, git, measuring, production, record, results
from dataci import config as configuration
from dataci import dataset as data
from dataci.comparison import Side, behaviour
from dataci.config import Config
from dataci.dataset import BUGS, Dataset
from dataci.errors import CannotRun
from dataci.production import Production
from dataci.record import Record
from dataci.results import FOLDER, Source

ENOUGH = ("better", "same", "not worse")
WIDTH = 400  # columns of what a gate says


def run(root: Path, name: str, force: bool = False, reason: str | None = None) -> int:
    """Name a candidate in results/production.toml; return the exit code: 0 done, 1 refused by the comparison or a gate.

    ``name``: a tag or its beginning. CannotRun when there is no such record, when it was not measured on today's test
    set, bugs and slices, or when it was trained on what is not committed; ``force`` with a ``reason`` overrides all but
    the first, and the reason is written down.
    """
    why = production.sentence(reason) if reason is not None else None
    if force and why is None:
        raise CannotRun(
            "--force needs --reason: a sentence for whoever reviews the promotion, and for later."
        )
    candidate = find(root, name)
    decided = standing(root, force)
    if decided and decided.tag == candidate.name:
        click.echo(f"Nothing to do: {candidate.name} is in production.")
        return 0
    against = obstacle(root, candidate)
    if against and not force:
        raise CannotRun(f'{against} Or promote it nevertheless: --force --reason "…".')
    accepted, said = judge(root, decided, candidate)
    click.echo(said)
    if not accepted and not force:
        click.echo('Not promoted. If that is what you want, say why: --force --reason "…"', err=True)
        return 1
    if against:
        click.echo(f"Forced: {against}")
    tell(root, production.write(root, Production(candidate.name, why)), decided, candidate.name)
    return 0


def find(root: Path, name: str) -> Side:
    """Return the candidate called ``name``, with its predictions; CannotRun when either is not there."""
    tag = results.find(root, name)
    found = results.read(Source(root), tag) if tag else None
    if not found:
        raise CannotRun(f"There is no record {name!r} in {FOLDER}/. Name one that {FOLDER}/README.md lists.")
    predicted = results.predictions(Source(root), found)
    if predicted is None:
        raise CannotRun(
            f"{FOLDER}/{tag}.predictions.csv is gone, so that nothing can be checked. Bring it back with "
            f"`git checkout HEAD -- {FOLDER}`, or `dataci evaluate {tag}`."
        )
    return Side(found["tag"], found, predicted)


def standing(root: Path, force: bool) -> Production | None:
    """Return what is in production; a file that cannot be read counts as none when the promotion is forced."""
    try:
        return production.read(Source(root))
    except CannotRun:
        if force:
            return None
        raise


def obstacle(root: Path, candidate: Side) -> str | None:
    """Say why a candidate must not go into production whatever it is compared with, or None."""
    found, tag = candidate.record, candidate.name
    if found["uncommitted"]:
        return f"{tag} was trained on changes that are not committed; nobody could build it again. Commit, and train."
    stale = differing(found, data.load(configuration.load(root)))
    if stale:
        return f"{tag} was not measured on today's {' and '.join(stale)}. Run `dataci evaluate --all` first."
    return None


def differing(found: Record, today: Dataset) -> list[str]:
    """Return in what the measurement of a record differs from one that were made today."""
    test, now = found["test"], measuring.place(today)
    pairs = {
        "test set": (test["id"], now["id"]),
        "model bugs": (test[BUGS], now[BUGS]),
        "slices": (test["slices"], now["slices"]),
        "groups of rows": (test.get("group"), now.get("group")),
        "settings of [evaluation]": (found["evaluation"], evaluated(found, today.config)),
    }
    return [name for name, (then, here) in pairs.items() if then != here]


def evaluated(found: Record, config: Config) -> dict[str, Any] | None:
    """Return how a candidate would be evaluated today; None when dataci.toml does not fit its labels."""
    try:
        return record.evaluation(measuring.settings(config.evaluation, found))
    except CannotRun:
        return None


def judge(root: Path, decided: Production | None, candidate: Side) -> tuple[bool, str]:
    """Compare a candidate with production: whether it may take its place, and in words the verdict and the gates that
    it fails.
    """
    from dataci.reporters import sentences
    from dataci.reporters.escape import terminal

    if decided is None:
        first = f"{candidate.name} is the first in production: there is nothing to compare it with."
        return gated(behaviour.with_gates(candidate, None), True, first)
    source = Source(root)
    try:
        deployed = results.read(source, decided.tag)
        kept = results.predictions(source, deployed) if deployed else None
    except CannotRun as error:
        return False, f"No verdict: {error}"
    if not deployed:
        return False, f"No verdict: the record of {decided.tag}, which is in production, is not in {FOLDER}/."
    found = comparison.compare(Side(decided.tag, deployed, kept), candidate)
    said = f"A is {decided.tag}, in production; B is {candidate.name}.\n{sentences.verdict(found, terminal)}"
    cure = "\n`dataci evaluate --all` measures both on the same rows." if found.verdict.word == "none" else ""
    return gated(found.b, found.verdict.word in ENOUGH, said + cure)


def gated(candidate: Side, accepted: bool, said: str) -> tuple[bool, str]:
    """Refuse a candidate that fails a gate, and say which."""
    from dataci.reporters.escape import terminal

    found = candidate.record.get("gates", {})
    lines = [
        f"{candidate.name} fails {terminal(name, 80)}: {terminal(found[name]['what'], WIDTH)}"
        for name in gates.failed(candidate.record)
    ]
    return accepted and not lines, "\n".join([said, *lines])


def tell(root: Path, written: list[str], before: Production | None, tag: str) -> None:
    """Say what was written and what to do next."""
    own = [f"{FOLDER}/{tag}.json", f"{FOLDER}/{tag}.predictions.csv"]
    new = [path for path in own if git.is_repository(root) and not git.is_clean(root, [path])]
    add = f"git add {' '.join(new)} && " if new else ""
    click.echo(
        f"Wrote {', '.join(written) or production.WHERE}: {before.tag if before else 'nothing'} → {tag}."
    )
    click.echo(
        "Commit that, and nothing that is derived, and open a pull request; once merged, it is decided:\n"
        f"  {add}git add {production.WHERE} && git commit -m 'Promote {tag}'\n"
        f"{FOLDER}/{results.LEADERBOARD} follows on the main branch, where `dataci train` writes it."
    )
