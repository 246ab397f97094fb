"""What became of a model's behaviour: the gates that B fails, what moved, the rows that it judges otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataci.comparison import Change, Comparison
from dataci.reporters import entries
from dataci.reporters.entries import PASS, UNCLEAR, Figure, Gate, Probed
from dataci.reporters.sentences import Escape, count, is_regression, metric_name
from dataci.reporters.tables import NONE, Table, star
from dataci.reporters.wording import NAME, capital, figure, label, sentence, tally, told

SAME = "same"
SHOWN = 24  # changes in a table; the rest is counted
MARKED = "{} counts though all of these figures were looked at (Holm's correction)."
WORST = 3  # probes whose worst rows are listed
TITLES = {
    "gates": "gate",
    "fairness": "gap",
    "robustness": "perturbed rows",
    "counterfactuals": "counterfactual",
    "uncertainty": "certainty",
    "cost": "cost",
    "threshold": "threshold",
}
WHAT = {
    "fairness": "gap, ",
    "robustness": "{} of perturbed rows, ",
    "counterfactuals": "{} of counterfactual rows, ",
    "cost": "cost ",
}
SPLITS = {"robustness": "robustness", "counterfactuals": "counterfactual"}  # how the splits of probes begin
RATES = ("robustness", "counterfactuals")
Texts = Mapping[
    tuple[str, str], Mapping[str, tuple[str, str]]
]  # by split and id, by column: before and after


# ---- gates


def passing(found: Comparison) -> list[Gate]:
    """Return the gates that B passes and A failed."""
    failed = {gate.name for gate in entries.failing(found.a.record)}
    return [gate for gate in entries.gates(found.b.record) if gate.verdict == PASS and gate.name in failed]


def newly(found: Comparison, gate: Gate, name: str = "A") -> str:
    """Say that A, which is called ``name``, fails a gate as well; "" where it does not, or has none."""
    return (
        f" {name} fails it, too."
        if gate.name in {one.name for one in entries.failing(found.a.record)}
        else ""
    )


def verdict(found: Comparison, escape: Escape) -> tuple[str, list[str]]:
    """Return a headline on the gates that B fails, and their sentences; nothing where it fails none."""
    failing, total = entries.failing(found.b.record), len(entries.gates(found.b.record))
    if not failing:
        return "", []
    return f"B fails {len(failing)} of {count(total, 'gate')}", [
        f"{sentence(gate, escape)}{newly(found, gate)}" for gate in failing
    ]


# ---- changes


def table(found: Comparison, escape: Escape, quiet: bool = False) -> Iterator[Table]:
    """Yield the table of what became of the behaviour; none without any.

    ``quiet``: what may be chance is counted only, and where there is nothing else there is no table.
    """
    changed = ordered([one for one in found.behaviour if moved(one)])
    shown = [one for one in changed if not quiet or one.word != UNCLEAR or one.part == "gates"]
    decided = decisions(found.behaviour, escape)
    if not found.behaviour or (quiet and not shown and not decided):
        return
    rows = [row(one, escape, is_regression(found)) for one in shown[:SHOWN]]
    head = [["", "of", "A", "B", ""]] if rows else []
    rest = [
        *decided,
        *tallied(found, changed, len(rows), escape),
        *untold(found.behaviour, escape),
        *gated(found),
    ]
    yield Table("Behaviour (95 % intervals)", head + rows, tuple(rest))


def tallied(found: Comparison, changed: Sequence[Change], listed: int, escape: Escape) -> list[str]:
    """Say what the mark means, and count what is not listed."""
    hidden, same = changed[listed:], sum(one.word == SAME for one in found.behaviour)
    told = [MARKED.format(star(True, escape).strip())] if any(map(counts, changed[:listed])) else []
    if hidden:
        chance = "" if any(map(counts, hidden)) else ", most likely chance"
        told.append(f"{count(len(hidden), 'more change')}{chance} (--format json has all).")
    return told + (
        [f"{count(same, 'other figure' if changed else 'figure')} did not change."] if same else []
    )


def moved(change: Change) -> bool:
    """Tell whether there is anything to say of a change; gates that fail as before are told at the top."""
    return change.word not in (SAME, NONE) or (change.flagged and change.part != "gates")


def ordered(changes: Sequence[Change]) -> list[Change]:
    """Return changes: gates first, then what counts after the correction, then what nobody can tell."""
    return sorted(changes, key=lambda one: (one.part != "gates", not one.flagged, one.word == UNCLEAR))


def row(change: Change, escape: Escape, regression: bool = False) -> list[str]:
    """Return a change as a line of a table."""
    rate = change.part in RATES and not regression
    ends = (cell(value, escape, rate) for value in (change.before, change.after))
    return [
        title(change.part, escape),
        called(change, escape),
        *ends,
        change.word + star(counts(change), escape),
    ]


def counts(change: Change) -> bool:
    """Tell whether a change counts after the correction; a gate is a decision, and is not corrected here."""
    return change.flagged and change.part != "gates"


def called(change: Change, escape: Escape) -> str:
    """Write what a change is of; a gap between groups as "recall by service"."""
    function, mark, metric = change.name.rpartition("/")
    if change.part == "fairness" and mark:
        return f"{metric_name(metric, escape)} by {label(function, escape)}"
    return label(change.name, escape)


def title(part: str, escape: Escape) -> str:
    """Write which part of the behaviour it is."""
    return TITLES.get(part) or escape(part, NAME)


def cell(value: Any, escape: Escape, rate: bool = False) -> str:
    """Write what was measured before or after, whatever it is: a figure, a number, a word."""
    found = entries.figure(value) or entries.figure(value, "gap")
    if found is None and (plain := entries.real(value)) is not None:
        found = Figure(plain)
    if found is not None:
        return figure(found, rate)
    if isinstance(value, Mapping):
        return (
            escape(entries.word(value.get("verdict")), NAME) or f"none: {escape(entries.reason(value), NAME)}"
        )
    return "-" if value is None else told(str(value), escape)


def decisions(changes: Sequence[Change], escape: Escape) -> list[str]:
    """Say what was decided of the threshold."""
    said = [told(one.reason, escape) for one in changes if one.part == "threshold" and one.reason]
    return [f"{capital(one)}." for one in said]


def untold(changes: Sequence[Change], escape: Escape) -> list[str]:
    """Say in a line how many figures cannot be compared, and why not the first of them."""
    lost = [
        one for one in changes if one.word == NONE and one.reason and one.part not in ("gates", "threshold")
    ]
    if not lost:
        return []
    first = f"{title(lost[0].part, escape)} {called(lost[0], escape)}: {told(lost[0].reason, escape)}"
    return [f"{count(len(lost), 'figure')} cannot be compared, the first {first}"]


def gated(found: Comparison) -> list[str]:
    """Count the gates of B by verdict."""
    counts = tally(found.b.record)
    return [f"Gates of B: {counts}."] if counts else []


def flagged(found: Comparison, escape: Escape) -> list[str]:
    """Say what was decided, and what is better or worse after the correction, a line each; gates are told elsewhere."""
    lines = decisions(found.behaviour, escape)
    for one in found.behaviour:
        if one.flagged and one.part != "gates" and one.word not in (SAME, NONE):
            _, name, before, after, _ = row(one, escape, is_regression(found))
            what = WHAT.get(one.part, "").format("shift" if is_regression(found) else "flips")
            lines.append(f"{one.word.capitalize()}: {what}{name}, {before} → {after}")
    return lines


# ---- a record alone


def chosen(found: Comparison, every: bool = False) -> list[tuple[str, Probed]]:
    """Return the probes, with their part of a record, whose worst rows are listed: those that became worse.

    ``every``: where none did, that which flips most of each part.
    """
    worse = {(one.part, one.name) for one in found.behaviour if one.flagged and one.word == "worse"}
    known = {part: [one for one in entries.probed(found.b.record, part) if one.worst] for part in SPLITS}
    listed = [(part, one) for part, ones in known.items() for one in ones if (part, one.name) in worse]
    if not listed and every:
        listed = [(part, max(ones, key=entries.size)) for part, ones in known.items() if ones]
    return sorted(listed, key=lambda pair: -entries.size(pair[1]))[:WORST]


def split(part: str, probe: Probed) -> str:
    """Return the name of the split that holds the rows of a probe."""
    return f"{SPLITS[part]}/{probe.name}"


def worst(
    found: Comparison, texts: Texts | None, escape: Escape, width: int
) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield what B judges otherwise once it is altered: a title, and of each row its id and what was altered.

    ``texts``: by split and id, the cells before and after; None: they are not at hand, and ids alone are told.
    """
    for part, probe in chosen(found, every=texts is not None):
        rows = []
        for name in probe.worst:
            cells = (texts or {}).get((split(part, probe), name), {})
            lines = [
                f"  {escape(column, 20)} = {escape(old, width)} → {escape(new, width)}"
                for column, (old, new) in cells.items()
            ]
            rows.append([escape(name, 30), *lines])
        yield f"B judges otherwise: {TITLES[part]} {label(probe.name, escape)}", rows
