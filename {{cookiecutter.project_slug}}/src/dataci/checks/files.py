"""Files as files: what cannot be parsed, encodings, ragged rows, headers, merge conflicts, form, size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from dataci.checks.check import Check, Context, at
from dataci.finding import Finding, Hits, Severity
from dataci.formats import Problem

MEBI = 1 << 20
# A letter that UTF-8 writes in two or three bytes, read as Latin-1 or Windows-1252: "Ã©", "â€™".
CONTINUATION = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
MOJIBAKE = f"[Â-ß]{CONTINUATION}|[à-ï]{CONTINUATION * 2}|ð{CONTINUATION * 3}"


def problems(name: str) -> Callable[[Context, Mapping[str, Any]], Iterator[Finding]]:
    """Return a check that reports the problems which reading noted under ``name``."""

    def run(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
        ctx.dataset.load(ctx.files)
        for index in ctx.files:
            for problem in ctx.dataset.table(index).problems:
                if problem.check == name:
                    yield finding(problem, ctx.dataset.parts[index].path)

    return run


def finding(problem: Problem, path: str) -> Finding:
    """Turn a reader's problem into a finding; the text of the place is its identity, so that it may move."""
    check, line, message, value, column, _ = problem
    key = f"{value}" if value else f"{path}\0{message}"
    return Finding(check, Severity.ERROR, path, line, column, value, message, key=key)


def encoding(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Report files that are not UTF-8, and cells that were decoded wrongly once (mojibake)."""
    yield from problems("encoding")(ctx, settings)
    rows = ctx.rows
    for name in text_columns(rows):
        suspect = rows.filter(pl.col(name).str.contains(MOJIBAKE))
        if suspect.height:
            mended = [repair(cell) for cell in suspect[name]]
            frame = at(suspect, pl.col(name).alias("value")).with_columns(
                meant=pl.Series(mended, dtype=pl.String)
            )
            message = "UTF-8 was read as Latin-1 here: probably {meant!r} was meant. Import the file again as UTF-8."
            yield Hits("encoding", message, frame.filter(pl.col("meant").is_not_null()), name)
        lost = rows.filter(pl.col(name).str.contains("\ufffd", literal=True))
        if lost.height:
            message = (
                "The cell holds U+FFFD, which stands for a character that was lost. Import the file "
                "again as UTF-8."
            )
            yield Hits("encoding", message, at(lost, pl.col(name).alias("value")), name)


def text_columns(rows: pl.DataFrame) -> list[str]:
    """Return the user's columns that hold a character beyond ASCII."""
    names = [name for name in rows.columns if not name.startswith("_") and rows[name].dtype == pl.String]
    wide = (
        rows.lazy()
        .select((pl.col(n).str.len_bytes() > pl.col(n).str.len_chars()).any() for n in names)
        .collect()
    )
    return [name for name in names if wide[name].item()] if rows.height else []


def repair(cell: str) -> str | None:
    """Return what a cell with mojibake was meant to be; None when it is no mojibake after all."""
    for codec in ("cp1252", "latin-1"):
        pieces = re.split(f"((?:{MOJIBAKE})+)", cell)
        try:
            mended = [
                piece.encode(codec).decode("utf-8") if i % 2 else piece for i, piece in enumerate(pieces)
            ]
        except UnicodeError:
            continue
        return "".join(mended)
    mixed = cell.encode("latin-1", "ignore").decode("utf-8", "ignore")
    return (
        mixed
        if mixed and mixed != cell and len(mixed) > len(cell) // 2 and re.search(f"[Â-ï]{CONTINUATION}", cell)
        else None
    )


def canonical(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report files whose form is not the canonical one: an error where it changes every line, else a warning."""
    for index in ctx.files:
        table, path = ctx.dataset.table(index), ctx.dataset.parts[index].path
        if table.canonical or any(not problem.form for problem in table.problems):
            continue
        if b"\r" in (ctx.dataset.read_file(path) or b""):
            message = "Lines end with CR LF, so that a diff shows every line. Run `dataci fmt`, then git add."
            yield Finding("canonical", Severity.ERROR, path, None, None, None, message)
        else:
            message = "Quotes, spaces, empty lines or the file's end are not canonical. Run `dataci fmt`, then git add."
            yield Finding("canonical", Severity.WARNING, path, None, None, None, message)


def size(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report files that GitHub warns of (50 MiB) or refuses (100 MiB)."""
    for index in ctx.files:
        ctx.dataset.table(index)
        mebi = ctx.dataset.sizes[index] / MEBI
        path = ctx.dataset.parts[index].path
        if mebi >= settings["refused_mib"]:
            message = (
                f"The file has {mebi:.0f} MiB; GitHub refuses {settings['refused_mib']} MiB and more. "
                "Split it into batches."
            )
            yield Finding("size", Severity.ERROR, path, None, None, None, message)
        elif mebi >= settings["warned_mib"]:
            message = (
                f"The file has {mebi:.0f} MiB; GitHub warns from {settings['warned_mib']} MiB on. Split "
                "it into batches."
            )
            yield Finding("size", Severity.WARNING, path, None, None, None, message)


def simple(name: str, about: str) -> Check:
    """Return the check that reports the reader's problems of one kind."""
    return Check(name, problems(name), about)


CHECKS: tuple[Check, ...] = (
    simple(
        "parse-error",
        "The file or a record of it cannot be read: empty, binary, unclosed quote, invalid JSON, a link.",
    ),
    Check(
        "encoding",
        encoding,
        "The file is not UTF-8, has a byte order mark or NUL bytes, or a cell is mojibake.",
    ),
    simple("ragged-row", "A row has more or fewer fields than the header, or none at all."),
    simple("conflict-marker", "A merge conflict was committed."),
    simple(
        "header", "A column's name is blank, doubled or padded, or the header stands again among the rows."
    ),
    Check("canonical", canonical, "The file's form differs from what `dataci fmt` writes."),
    Check(
        "size", size, "The file is larger than GitHub likes.", settings={"warned_mib": 50, "refused_mib": 100}
    ),
)
