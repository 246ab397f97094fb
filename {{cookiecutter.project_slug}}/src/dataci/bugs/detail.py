"""One bug in full: what bug.toml says, and each pattern with what candidates said of it."""

from __future__ import annotations

from dataci import bugfile, examples
from dataci.bugs import answers, triage
from dataci.bugs.answers import Answer
from dataci.bugs.triage import Results
from dataci.dataset import BUGS, FOLDER, Dataset
from dataci.examples import Examples
from dataci.formats.table import PLACES
from dataci.record import Record
from dataci.reporters import bug_order
from dataci.reporters.bugs import Answered, Case, Shown, Triage
from dataci.results import Source


def detail(dataset: Dataset, found: Results, source: Source, judged: Triage, bug: str) -> Shown:
    """Return a bug with its patterns; ``judged`` holds it among the others, since its priority depends on them.

    CannotRun where the patterns cannot be read.
    """
    case = next(one for one in judged.cases if one.id == bug)
    raw = bugfile.parsed(dataset.read_file(f"{FOLDER}/{BUGS}/{bug}/{bugfile.FILE}") or b"")
    said = {key: str(raw.get(key, "")) for key in ("description", "reporter", "reason", "users")}
    rows = examples.examples(dataset, f"{BUGS}/{bug}")
    asked = measured(found, case)
    told = [answers.by_pattern(answers.answers(source, one), bug) for one in asked]
    return Shown(
        case,
        said["description"].strip(),
        said["reporter"],
        said["reason"],
        said["users"],
        judged,
        tuple(patterns(rows, told)),
        tuple(one["tag"] for one in asked),
    )


def measured(found: Results, case: Case) -> list[Record]:
    """Return the candidates that were asked about today's patterns, by merges, the one that counts last."""
    of = found.reference
    if of is None or case.error is None:
        return []
    return [one for one in triage.recent(found) if bug_order.same_patterns(one, of, case.id)]


def patterns(rows: Examples, told: list[dict[str, Answer]]) -> list[Answered]:
    """Put the patterns and what was said of them together; ``told``: a dict a candidate, the one that counts last."""
    found = []
    nothing = Answer(None, None, False)
    frame = rows.rows.drop(PLACES, strict=False)
    for name, label, row in zip(rows.ids, rows.labels.to_list(), frame.iter_rows(named=True), strict=True):
        said = [one.get(name, nothing) for one in told]
        last = said[-1] if said else nothing
        past = tuple(one.wrong for one in said)
        found.append(Answered(name, label, row, last.score, last.wrong, last.near, past))
    return found
