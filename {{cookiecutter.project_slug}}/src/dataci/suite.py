"""The suite decides: which checks run, what is new and what the base had, what is waived, pass or fail."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from dataci import waivers
from dataci.checks.check import Check, Context
from dataci.checks.registry import CHECKS
from dataci.checks.schema import find_renames
from dataci.config import check_settings
from dataci.dataset import Dataset
from dataci.errors import CannotRun, write_log
from dataci.finding import Counts, Finding, Hits, Report, Severity
from dataci.listing import NOTHING, Batch, listing
from dataci.waivers import Waiver

LIMIT = 1000  # findings listed a check; the counts stay exact


class Settings(NamedTuple):
    """How a run was asked for. ``quick``: what the commit hook runs. ``today`` is for waivers that expire."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    quick: bool = False
    limit: int = LIMIT
    today: date | None = None


class Outcome(NamedTuple):
    """What is left of a check's findings: those that count, and how many are known or waived."""

    batches: tuple[Batch, ...]
    known: int
    waived: int


def run(
    dataset: Dataset,
    base: Dataset | None,
    schema: Callable[[], Any],
    own: Mapping[str, Callable[..., Any]],
    settings: Settings | None = None,
    base_name: str | None = None,
) -> Report:
    """Judge ``dataset``, a change of ``base`` if there is one, by our checks and the user's ``own``."""
    settings = settings or Settings()
    known = {**CHECKS, **{name: user_check(name, function) for name, function in own.items()}}
    checks = chosen(known, dataset, settings)
    ctx = Context(dataset, base, schema, settings.quick)
    for index, names in find_renames(ctx).items():
        dataset.rename(index, names)
    before = ctx.before()
    excuses, notes = waivers.parse(dataset.read_file(waivers.FILE), settings.today or date.today())
    used: Counter[Waiver] = Counter()
    outcomes, crashed = {}, []
    for check in checks:
        options = check_settings(dataset.config, check.name, check.settings)
        try:
            found = settle(list(check.run(ctx, options)), check, severity(options, check))
            outcomes[check.name] = sift(found, check, options, ctx, before, excuses, used)
        except CannotRun:
            raise
        except (Exception, SystemExit) as error:  # a check that ends the program has judged nothing either
            crashed += [check.name] if check.name in CHECKS else []
            outcomes[check.name] = Outcome(tuple(loose([crash(check, error, dataset)])), 0, 0)
    extra = notes + [waivers.unknown(w) for w in excuses if w.check not in known and not settings.quick]
    extra += [
        waivers.unused(w) for w in excuses if not used[w] and w.check in outcomes and not settings.quick
    ]
    outcomes |= {"waiver": Outcome(tuple(loose(extra)), 0, 0)} if extra else {}
    files, rows = size(ctx)
    if not rows or not checks:
        outcomes["no-data"] = Outcome(tuple(loose([nothing_checked(bool(checks))])), 0, 0)
    return report(ctx, outcomes, settings, files, rows, base_name, tuple(crashed))


def chosen(checks: Mapping[str, Check], dataset: Dataset, settings: Settings) -> list[Check]:
    """Return the checks that run; CannotRun for the name of a check that there is not."""
    names = {*settings.select, *settings.ignore, *dataset.config.checks}
    unknown = sorted(names - set(checks))
    if unknown:
        raise CannotRun(f"There is no check {unknown[0]!r}. The checks are: {', '.join(checks)}.")
    for name in dataset.config.checks:
        severity(check_settings(dataset.config, name, checks[name].settings), checks[name])
    return [
        check
        for name, check in checks.items()
        if (not settings.select or name in settings.select)
        and name not in settings.ignore
        and (check.quick or not settings.quick)
        and dataset.config.checks.get(name, {}).get("enabled", True) is not False
    ]


def severity(options: Mapping[str, Any], check: Check) -> Severity | None:
    """Return the severity that dataci.toml asks for, or None: then the check decides."""
    given = options.get("severity")
    if given is not None and given not in tuple(Severity):
        raise CannotRun(
            f'dataci.toml: [checks.{check.name}] severity is {given!r}; write "error" or "warning".'
        )
    return Severity(given) if given else None


def settle(found: Sequence[Finding | Hits], check: Check, configured: Severity | None) -> list[Batch]:
    """Give every finding its severity."""
    batches: list[Batch] = []
    singles: list[Finding] = []
    for item in found:
        if isinstance(item, Hits):
            weight = configured or item.severity or check.severity
            batches.append(Batch(weight, item.message, item.column, item.frame))
        elif isinstance(item, Finding):
            singles.append(item._replace(check=check.name, severity=configured or Severity(item.severity)))
        else:
            raise TypeError(f"a check must yield Finding or Hits, not {type(item).__name__}")
    return [batch for batch in batches if batch.size] + loose(singles)


def loose(findings: Sequence[Finding]) -> list[Batch]:
    """Wrap single findings, those of a severity together."""
    by_weight = {weight: tuple(f for f in findings if f.severity == weight) for weight in Severity}
    return [Batch(weight, "", None, NOTHING, some) for weight, some in by_weight.items() if some]


def sift(
    found: list[Batch],
    check: Check,
    options: Mapping[str, Any],
    ctx: Context,
    before: Context | None,
    excuses: Iterable[Waiver],
    used: Counter[Waiver],
) -> Outcome:
    """Take out what the base has already, then what is waived."""
    singles = [finding for batch in found for finding in batch.singles]
    fresh = fresh_singles(singles, check, options, ctx, before) if before and singles else singles
    kept = [b._replace(frame=b.frame.filter("new")) for b in found if not b.singles] + loose(fresh)
    known = sum(batch.size for batch in found) - sum(batch.size for batch in kept)
    total = sum(batch.size for batch in kept)
    for waiver in excuses:
        if waiver.check == check.name:
            rest = [excuse(batch, waiver, ctx) for batch in kept]
            hit = sum(batch.size for batch in kept) - sum(batch.size for batch in rest)
            used[waiver] += hit + known  # what the base has may be what the waiver is for
            kept = rest
    left = tuple(batch for batch in kept if batch.size)
    return Outcome(left, known, total - sum(batch.size for batch in left))


def fresh_singles(
    findings: list[Finding], check: Check, options: Mapping[str, Any], ctx: Context, before: Context
) -> list[Finding]:
    """Return the findings that the base does not have: see Finding.key."""
    keyed = any(f.key or (f.line is None and not f.file) for f in findings)
    had = (
        Counter(identity(f) for f in check.run(before, options) if isinstance(f, Finding))
        if keyed and not check.needs_base
        else Counter()
    )
    rowwise = any(f.line is not None and not f.key for f in findings)
    old = set(ctx.keys.filter(~pl.col("new")).select("file", "line").iter_rows()) if rowwise else set()
    paths = {p.path: i for i, p in enumerate(ctx.dataset.parts)}
    unchanged = {ctx.dataset.parts[i].path for i in ctx.unchanged}
    fresh = []
    for finding in findings:
        if finding.key or not finding.file:
            known = had[identity(finding)] > 0
            had[identity(finding)] -= 1
        elif finding.line is None:
            known = finding.file in unchanged
        else:
            known = (paths.get(finding.file), finding.line) in old
        if not known:
            fresh.append(finding)
    return fresh


def identity(finding: Finding) -> tuple[str | None, str]:
    """Return what makes a finding the same in two commits."""
    return finding.column, finding.key or finding.message


def excuse(batch: Batch, waiver: Waiver, ctx: Context) -> Batch:
    """Return what a waiver leaves of a batch."""
    paths = {p.path: i for i, p in enumerate(ctx.dataset.parts)}
    places = ctx.dataset.lines_of(waiver.id) if waiver.id is not None else None
    if batch.singles:

        def covered(finding: Finding) -> bool:
            fits = waiver.file in (None, finding.file) and waiver.column in (None, finding.column)
            return fits and (places is None or (paths.get(finding.file or ""), finding.line) in places)

        return batch._replace(singles=tuple(f for f in batch.singles if not covered(f)))
    if waiver.column not in (None, batch.column):
        return batch
    frame = batch.frame
    covered_rows = pl.lit(True) if waiver.file is None else pl.col("file") == paths.get(waiver.file, -1)
    if places is not None:
        where = pl.DataFrame(sorted(places), schema={"file": pl.UInt32, "line": pl.UInt32}, orient="row")
        inside = frame.join(where, on=["file", "line"], how="semi")
        kept = frame.join(where, on=["file", "line"], how="anti", maintain_order="left")
        return batch._replace(frame=pl.concat([kept, inside.filter(~covered_rows)]))
    return batch._replace(frame=frame.filter(~covered_rows))


def size(ctx: Context) -> tuple[int, int]:
    """Return how many files and rows were looked at: in the hook the judged rows, else all, unreadable ones too."""
    if ctx.quick:
        return len(ctx.dataset.parts), ctx.keys.height
    return ctx.dataset.count()


def report(
    ctx: Context,
    outcomes: Mapping[str, Outcome],
    settings: Settings,
    files: int,
    rows: int,
    base: str | None,
    crashed: tuple[str, ...],
) -> Report:
    """Count everything, list a part, and say pass or fail."""
    summary, listed = {}, []
    for name, (batches, known, waived) in outcomes.items():
        errors = sum(b.size for b in batches if b.severity == Severity.ERROR)
        warnings = sum(b.size for b in batches if b.severity == Severity.WARNING)
        summary[name] = Counts(errors, warnings, known, waived)
        listed += listing(name, batches, ctx.dataset, settings.limit)
    verdict = "fail" if any(counts.errors for counts in summary.values()) else "pass"
    return Report(verdict, files, rows, tuple(listed), summary, base, (), crashed)


def user_check(name: str, function: Callable[..., Any]) -> Check:
    """Turn a function of project/checks.py, which takes a dataset and yields findings, into a check."""

    def run(ctx: Context, settings: Mapping[str, Any]) -> Iterable[Finding | Hits]:
        return function(ctx.dataset) or ()

    return Check(name, run, (function.__doc__ or "A check of this project.").splitlines()[0], quick=False)


def crash(check: Check, error: BaseException, dataset: Dataset) -> Finding:
    """A check that crashed is red: it has looked at nothing."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    cure = "Mend project/checks.py"
    if check.name in CHECKS:
        log = write_log(dataset.config.root, "".join(traceback.format_exception(error)))
        cure = f"This is our fault: please report it and attach {log}"
    what = f"{type(error).__name__}: {error} ({last.filename.rpartition('/')[2]}:{last.lineno})"
    message = f"The check crashed and judged nothing: {what}. {cure}."
    return Finding(check.name, Severity.ERROR, None, None, None, None, message)


def nothing_checked(any_check: bool) -> Finding:
    """A run that looked at nothing is red."""
    message = (
        "There is not one row of data below data/train or data/test, so nothing was checked. Add "
        "data, or run `dataci init DATA`."
        if any_check
        else "No check ran, so nothing was checked. Select at least one check."
    )
    return Finding("no-data", Severity.ERROR, None, None, None, None, message)
