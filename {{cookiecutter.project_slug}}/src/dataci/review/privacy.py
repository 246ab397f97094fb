"""What the check `privacy` warns of is not spread by the review: it stands masked in it, as in the check's findings.

The file in the pull request can be replaced; a comment is mailed to everybody who watches the repository.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dataci.checks import privacy
from dataci.config import Config
from dataci.finding import Counts
from dataci.review import Review

if TYPE_CHECKING:
    from dataci.comparison import Comparison, Flip, Side

CHECK = "privacy"
NAMING = ("slices", "fairness", "gates", "compared")  # parts of a record that name groups of rows
SUSPECT = re.compile(privacy.SUSPECT)

Hide = Callable[[str, str | None], str | None]  # a column's name and a cell of it, to what is shown


def hide(found: Review, config: Config) -> Review:
    """Return the review with what the check would find in its cells, personal data or a secret, masked.

    Nothing changes where the check found nothing: then it is switched off, or what there is was known or is waived.
    """
    counts = found.report.summary.get(CHECK, Counts())
    if not counts.errors and not counts.warnings:
        return found
    shown = hider(config)
    findings = tuple(
        finding._replace(
            value=shown(finding.column or "", finding.value),
            message=str(shown("", finding.message)),
            row=tuple((name, shown(name, cell)) for name, cell in finding.row),
        )
        for finding in found.report.findings
    )
    return found._replace(
        report=found.report._replace(findings=findings),
        diff=None if found.diff is None else of_diff(found.diff, shown),
        distribution=tuple(of_column(entry, shown) for entry in found.distribution),
        preview=found.preview._replace(comparison=of_results(found.preview.comparison, shown)),
    )


def hider(config: Config) -> Hide:
    """Return the function that masks what is in a cell, by the settings of the check."""
    roles = config.columns
    exempt = {roles.id, roles.label, roles.time, *roles.numeric}  # as for the check itself
    settings = config.checks.get(CHECK, {})
    allowed = tuple(privacy.compiled(pattern) for pattern in settings.get("allow", ()))

    def shown(name: str, cell: str | None) -> str | None:
        if cell is None or name in exempt or not SUSPECT.search(cell):
            return cell
        for kind in privacy.KINDS:
            cell = kind.pattern.sub(functools.partial(masked, kind, allowed), cell)
        return cell

    return shown


def masked(kind: privacy.Kind, allowed: Sequence[re.Pattern[str]], match: re.Match[str]) -> str:
    """Mask a piece of a cell, if it is what it looks like and not allowed."""
    piece = match.group()
    private = kind.real(piece) and not any(pattern.search(piece) for pattern in allowed)
    return privacy.mask(piece) if private else piece


def of_diff(diff: Mapping[str, Any], shown: Hide) -> dict[str, Any]:
    """Mask what is in the cells of a data diff."""
    rows = {
        kind: [
            {**entry, "row": {name: shown(name, cell) for name, cell in entry["row"].items()}}
            for entry in diff[kind]
        ]
        for kind in ("added", "removed")
    }
    cells = {
        kind: [
            {**entry, **{end: shown(entry["column"], entry[end]) for end in ("old", "new")}}
            for entry in diff[kind]
        ]
        for kind in ("relabelled", "changed")
    }
    return {**diff, **rows, **cells}


def of_results(found: Comparison | None, shown: Hide) -> Comparison | None:
    """Mask what is in the rows that flipped, and in the names of groups, which are values of data."""
    if found is None:
        return None
    from dataci import comparison

    def masked_flip(flip: Flip) -> Flip:
        return flip._replace(text=tuple((name, str(shown(name, cell))) for name, cell in flip.text))

    def side(one: Side) -> Side:
        recorded = one.recorded and without(one.recorded, shown)
        return one._replace(record=without(one.record, shown), recorded=recorded)

    named = found._replace(
        a=side(found.a),
        b=side(found.b),
        slices=tuple(part._replace(name=within(part.name, shown)) for part in found.slices),
        behaviour=tuple(
            change._replace(**{name: within(value, shown) for name, value in change._asdict().items()})
            for change in found.behaviour
        ),
    )
    return comparison.each_flip(named, masked_flip)


def without(record: Mapping[str, Any], shown: Hide) -> dict[str, Any]:
    """Mask what is in those parts of a record that name groups."""
    return {name: within(value, shown) if name in NAMING else value for name, value in record.items()}


def within(value: Any, shown: Hide) -> Any:
    """Mask what is in all texts of plain data, names as well."""
    if isinstance(value, str):
        return shown("", value)
    if isinstance(value, Mapping):
        return {within(name, shown): within(item, shown) for name, item in value.items()}
    return [within(item, shown) for item in value] if isinstance(value, (list, tuple)) else value


def of_column(entry: Mapping[str, Any], shown: Hide) -> dict[str, Any]:
    """Mask what is in the names of categories."""
    return {**entry, "values": [shown(entry["column"], value) for value in entry["values"]]}
