"""The leaderboard, results/README.md: a line a candidate, best first, and the primary metric over merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dataci.comparison import Verdict
from dataci.record import Record
from dataci.reporters import bug_table, chart, entries
from dataci.reporters.escape import markdown
from dataci.reporters.sentences import NAMES, describe, metric_name, number, signed
from dataci.reporters.wording import sentence

TABLE = 100  # candidates in a table; the rest is counted
CHART = 30  # merges in the chart: more labels would overlap
LISTED = 3  # changed files in a cell, gates in a line
GATED = 10  # candidates that fail a gate
NAME = 40  # columns of a bug's name
FOOT = (
    "Written from the records in this folder; do not edit or merge it, `dataci train` writes it again. "
    "`dataci compare A B` shows two candidates with the rows that flipped."
)
PRODUCTION, LATEST = "production", "latest"


class Line(NamedTuple):
    """A candidate. ``rank``: None where it was measured otherwise than the latest, ``why`` says how.

    ``verdict``: how it does against the reference of the board; None where nobody compared them. ``merge``: its number
    in the chain of the latest's parents, the first is 1; None outside of the chain.
    """

    record: Record
    rank: int | None = None
    verdict: Verdict | None = None
    merge: int | None = None
    why: str = ""


class Board(NamedTuple):
    """What the page shows. ``lines``: best first, then those without a rank. ``chain``: merge by merge, of those that
    were measured as the latest; ``left_out``: how many of it are not. ``reference``: what the others are compared with,
    "production" or "latest". ``fault``: what is wrong with production.toml. ``unreadable``: records, counted.
    """

    latest: Record
    production: Record | None
    reference: str
    lines: tuple[Line, ...]
    chain: tuple[Line, ...]
    left_out: int = 0
    fault: str | None = None
    unreadable: int = 0


def render(board: Board) -> str:
    """Render results/README.md."""
    ranked = [line for line in board.lines if line.rank]
    apart = [line for line in board.lines if not line.rank]
    parts = ["# Results", "", summary(board), *sparkline(board), *warnings(board)]
    parts += [*ranking(board, ranked), *gates(board), *history(board), *bugs(board), *otherwise(board, apart)]
    return "\n".join([*parts, "", "---", "", FOOT]) + "\n"


def warnings(board: Board) -> list[str]:
    """Say what the reader must know to trust the page."""
    said = [markdown(board.fault)] if board.fault else []
    if board.unreadable:
        one = board.unreadable == 1
        kind = "file here is no readable record" if one else "files here are no readable records"
        said.append(f"{board.unreadable} {kind}; `dataci train` says which, and what to do.")
    return [text for one in said for text in ("", f"> **Warning:** {one}")]


def title(board: Board) -> str:
    """Return the name of the primary metric."""
    return metric_name(board.latest["evaluation"]["metric"], markdown)


def summary(board: Board) -> str:
    """Say in a sentence or two what is in production and what is the latest."""
    by_tag = {line.record["tag"]: line for line in board.lines}
    newest, deployed = board.latest, board.production
    if deployed is None:
        nothing = "Nothing is in production yet; `dataci promote TAG` prepares that."
        unknown = "What is in production cannot be told."
        return (
            f"The latest candidate is {standing(board, by_tag[newest['tag']])}. "
            f"{unknown if board.fault else nothing}"
        )
    if deployed["tag"] == newest["tag"]:
        return f"In production is the latest candidate, {standing(board, by_tag[newest['tag']])}."
    line = by_tag[newest["tag"]]
    told = (
        f"In production is {standing(board, by_tag[deployed['tag']])}. The latest is {standing(board, line)}"
    )
    if line.verdict and line.verdict.word != "none" and board.reference == PRODUCTION:
        return f"{told}; against production it is **{line.verdict.word}** ({difference(line.verdict)})."
    return f"{told}."


def standing(board: Board, line: Line) -> str:
    """Name a candidate with its figure and its rank."""
    place = f"rank {line.rank} of {sum(bool(one.rank) for one in board.lines)}" if line.rank else "not ranked"
    value = line.record["metrics"].get(board.latest["evaluation"]["metric"])
    return f"{link(line.record)} ({title(board)} {figure(value)}, {place})"


def link(record: Record) -> str:
    """Link to a record. A tag is checked when a record is read: it has hex digits and a dash only."""
    return f"[{record['tag']}]({record['tag']}.json)"


def difference(verdict: Verdict) -> str:
    """Write a difference with its interval."""
    if verdict.low is None or verdict.low == verdict.high:
        return signed(verdict.difference)
    return f"{signed(verdict.difference)}, {signed(verdict.low)} to {signed(verdict.high)}"


def ranking(board: Board, lines: Sequence[Line]) -> list[str]:
    """Write the table of candidates, best first; the latest and production always have their line."""
    if not lines:
        return []
    shown = first(board, lines)
    name = f"{title(board)} (95 % interval)"
    head = ["rank", "candidate", name, f"against {board.reference}", "training rows", "what changed"]
    rows = [
        [
            str(line.rank),
            named(board, line.record),
            figure(line.record["metrics"][board.latest["evaluation"]["metric"]]),
            against(board, line),
            str(line.record["data"]["rows"]),
            what(line),
        ]
        for line in shown
    ]
    return ["", *table(head, rows, "rlllrl"), *rest(len(lines) - len(shown))]


def gates(board: Board) -> list[str]:
    """Write a line for each candidate that fails a gate, the latest and production first; nothing where none does."""
    lines = sorted(board.lines, key=lambda line: not marks(board, line.record))
    failing = [line for line in lines if entries.failing(line.record)]
    if not failing:
        return []
    told = [f"- {named(board, line.record)}: {gated(line.record)}" for line in failing[:GATED]]
    return ["", "## Gates that fail", "", *told, *rest(len(failing) - len(told))]


def gated(record: Record) -> str:
    """Say which gates a candidate fails."""
    found = entries.failing(record)
    told = " ".join(f"❌ {sentence(gate, markdown)}" for gate in found[:LISTED])
    return told if len(found) <= LISTED else f"{told} … and {len(found) - LISTED} more."


def first(board: Board, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that a table shows: the first ones, and always the latest and production."""
    return [line for at, line in enumerate(lines) if at < TABLE or marks(board, line.record)]


def named(board: Board, record: Record) -> str:
    """Link to a candidate and say what it is: in production, the latest, or such that nobody can build it again."""
    return f"{link(record)}{marks(board, record)}{' (uncommitted)' if record['uncommitted'] else ''}"


def marks(board: Board, record: Record) -> str:
    """Say whether a candidate is in production, and whether it is the latest."""
    named = {PRODUCTION: board.production, LATEST: board.latest}
    found = [name for name, one in named.items() if one is not None and one["tag"] == record["tag"]]
    return "".join(f" **{name}**" for name in found)


def against(board: Board, line: Line) -> str:
    """Write how a candidate does against the reference: a word, and the difference with its interval."""
    reference = board.production if board.reference == PRODUCTION else board.latest
    if reference is not None and reference["tag"] == line.record["tag"]:
        return "·"
    if line.verdict and line.verdict.word == "same":
        return "same predictions"
    if line.verdict and line.verdict.word != "none":
        return f"{line.verdict.word} ({difference(line.verdict)})"
    return "" if reference is None else plain(board, line.record, reference)


def plain(board: Board, record: Record, reference: Record) -> str:
    """Write the difference of two figures, without a verdict."""
    metric = board.latest["evaluation"]["metric"]
    values = [one["metrics"].get(metric, {}).get("value") for one in (record, reference)]
    return "" if None in values else signed(values[0] - values[1])


def what(line: Line) -> str:
    """Say, in a cell, what changed since the parent, and as which point of the chart it stands."""
    change = line.record["changed"]
    words = "; ".join(describe(shortened(change), markdown)) or "nothing that makes the model"
    where = f"merge {line.merge} · " if line.merge else ""
    return f"{where}{words if change['parent'] else 'first result'}"


def shortened(change: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the list of files in a ``changed`` part of a record; a count stands for the rest."""
    found = dict(change)
    files = list(change.get("code", {}).get("files", ()))
    if len(files) > LISTED:
        found["code"] = {**change["code"], "files": [*files[:LISTED], f"{len(files) - LISTED} more"]}
    return found


def history(board: Board) -> list[str]:
    """Draw the primary metric and its interval over merges; nothing for a single point."""
    points = board.chain[-CHART:]
    if len(points) < 2:
        return []
    name, labels = board.latest["evaluation"]["metric"], [str(line.merge) for line in points]
    values, low, high = (bounds(board, end) for end in ("value", "low", "high"))
    newest = f" The newest {CHART} merges." if len(board.chain) > CHART else ""
    return [
        "",
        f"## {title(board)} over merges",
        "",
        f"Blue: what was measured; grey: the ends of its 95 % interval. "
        f"{board.latest['evaluation']['direction'].capitalize()} is better.{newest}{omitted(board)}",
        "",
        *chart.mermaid(NAMES.get(name, name), "merge", labels, values, low, high),
    ]


def omitted(board: Board) -> str:
    """Say how many results of the chain are not in the chart."""
    if not board.left_out:
        return ""
    one = board.left_out == 1
    return (
        f" {board.left_out} earlier result{'' if one else 's'} of this line {'is' if one else 'are'} left out, "
        "measured otherwise or gone."
    )


def bounds(board: Board, end: str) -> list[float]:
    """Return the primary metric over merges, or an end of its interval ("low", "high"); without one its value."""
    metric = board.latest["evaluation"]["metric"]
    entries = [line.record["metrics"][metric] for line in board.chain[-CHART:]]
    return [float(entry.get(end, entry["value"])) for entry in entries]


def sparkline(board: Board) -> list[str]:
    """Draw the primary metric over merges in one line, for whoever reads this in a terminal."""
    values = bounds(board, "value")
    if len(values) < 2:
        return []
    newest = "the newest " if len(board.chain) > CHART else ""
    ends = f"{number(values[0])} → {number(values[-1])}"
    widths = [high - low for low, high in zip(bounds(board, "low"), bounds(board, "high"), strict=True)]
    doubt = sum(widths) / len(widths) / 2
    return ["", f"`{chart.bars(values, doubt)}` {title(board)} over {newest}{len(values)} merges: {ends}"]


def bugs(board: Board) -> list[str]:
    """Write the table of model bugs by candidate."""
    records = bug_table.beside(board.latest, board.production, [line.record for line in board.chain])
    sides = [bug_table.Side(record, named(board, record)) for record in records]
    return bug_table.render(board.latest, board.production, sides)


def figure(entry: Mapping[str, Any] | None) -> str:
    """Write a metric with its interval, or why there is none."""
    if entry is None or "value" not in entry:
        return f"none: {markdown(str(entry['reason']), 80)}" if entry and entry.get("reason") else "–"
    ends = f" ({number(entry['low'])}–{number(entry['high'])})" if "low" in entry and "high" in entry else ""
    return f"{number(entry['value'])}{ends}"


def otherwise(board: Board, lines: Sequence[Line]) -> list[str]:
    """Write the table of what cannot be ranked, with the reason."""
    if not lines:
        return []
    metric = board.latest["evaluation"]["metric"]
    shown = first(board, lines)
    rows = [
        [
            named(board, line.record),
            figure(line.record["metrics"].get(metric)),
            markdown(line.why, 200),
            str(line.record["data"]["rows"]),
            what(line),
        ]
        for line in shown
    ]
    head = ["candidate", title(board), "why it is not ranked", "training rows", "what changed"]
    return [
        "",
        "## Measured otherwise",
        "",
        "These figures cannot be compared with those above. `dataci evaluate --all` measures all on today's test set.",
        "",
        *table(head, rows, "lllrl"),
        *rest(len(lines) - len(shown)),
    ]


def rest(count: int) -> list[str]:
    """Say how many lines a table leaves out."""
    return ["", f"… and {count} more."] if count else []


def table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Write a Markdown table; cells are escaped already. ``align``: l or r a column."""
    rule = "|" + "|".join("--:" if side == "r" else "---" for side in align) + "|"
    return [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]
