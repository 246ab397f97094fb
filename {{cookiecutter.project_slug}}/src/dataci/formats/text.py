"""Bytes to text: encodings that are not UTF-8, binary files, NUL bytes, merge conflicts, line ends."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from dataci.formats.table import Problem

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
MAGIC = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook: export the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file: export the sheet as CSV"),
    (b"\x1f\x8b", "compressed with gzip: commit the file uncompressed"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: commit the file uncompressed"),
    (b"PAR1", "a Parquet file: give it the ending .parquet"),
    (b"\x89PNG", "an image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"\x80\x04", "a Python pickle, which is never loaded"),
)
EMPTY = "The file is empty: it has no header and no rows. Add rows or delete the file."
LFS = b"version https://git-lfs.github.com/spec/"
CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7})( |\r?$)|^={7}\r?$")


class Text(NamedTuple):
    """A decoded file; ``text`` is None when it could not be decoded at all."""

    text: str | None
    problems: tuple[Problem, ...]


def decode(data: bytes) -> Text:
    """Decode the bytes of a text file, saying what is wrong with them and keeping as much as can be read."""
    refused = unreadable(data)
    if refused:
        return Text(None, (refused,))
    for bom, codec, name in BOMS:
        if data.startswith(bom):
            return foreign(data, codec, name)
    problems = []
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        message = (
            "The file begins with a byte order mark (BOM), which becomes part of the first column's "
            "name. Run `dataci fmt`."
        )
        problems.append(Problem("encoding", 1, message, "\\ufeff", form=True))
        if not data.strip():
            return Text(None, (Problem("parse-error", None, EMPTY),))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, bad = decode_lines(data)
        problems.extend(bad)
    if "\0" in text:
        problems.extend(nul_lines(text))
    if "\r" in text and "\n" not in text:
        message = "Lines end with a carriage return alone (old Mac files). Save the file with LF line ends."
        problems.append(Problem("parse-error", 1, message))
        text = text.replace("\r", "\n")
    return Text(text, tuple(problems))


def unreadable(data: bytes) -> Problem | None:
    """Return why there is no text in these bytes, or None when there is."""
    if not data.strip():
        return Problem("parse-error", None, EMPTY)
    if data.startswith(LFS):
        message = (
            "This is a Git LFS pointer, not the data. Run `git lfs pull`, or keep the data in git itself."
        )
        return Problem("parse-error", 1, message)
    for magic, what in MAGIC:
        if data.startswith(magic):
            return Problem("parse-error", None, f"This is not a text file but {what}.")
    if data.startswith(tuple(bom for bom, _, _ in BOMS)):
        return None
    head = data[:65536]
    nuls = head.count(0)
    if nuls > len(head) // 4:
        message = "Every other byte is NUL: this looks like UTF-16 without a mark. Save the file as UTF-8."
        return Problem("encoding", 1, message)
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\x0b\x0c\x1b")
    if control > max(8, len(head) // 20) and not is_utf8(head):
        return Problem(
            "parse-error", None, "This is a binary file, not text. Export the data as CSV, JSONL or Parquet."
        )
    return None


def is_utf8(head: bytes) -> bool:
    """Tell whether the beginning of a file is UTF-8; it may end in the middle of a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def foreign(data: bytes, codec: str, name: str) -> Text:
    """Decode UTF-16 or UTF-32: readable, but git cannot diff it, so it is a fault all the same."""
    message = f"The file is {name}, which git and most tools cannot diff. Save it as UTF-8."
    try:
        return Text(data.decode(codec), (Problem("encoding", 1, message),))
    except UnicodeDecodeError:
        return Text(
            None,
            (
                Problem(
                    "encoding", 1, f"The file claims to be {name} but is damaged. Save it again as UTF-8."
                ),
            ),
        )


def decode_lines(data: bytes) -> tuple[str, list[Problem]]:
    """Decode line by line; a line that is not UTF-8 is read as Windows-1252 and reported."""
    lines, problems = [], []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = raw.decode("cp1252", errors="replace")
            lines.append(line)
            message = (
                f"Byte 0x{raw[error.start]:02x} is not UTF-8 (Latin-1 or Windows-1252?). Save the file as UTF-8, "
                "or convert it: iconv -f WINDOWS-1252 -t UTF-8."
            )
            problems.append(
                Problem("encoding", number, message, line[max(0, error.start - 20) : error.start + 20])
            )
    return "\n".join(lines), problems


def nul_lines(text: str) -> list[Problem]:
    """Report each line that holds a NUL character."""
    message = "The line holds a NUL byte, which ends a string for many programs. Remove it."
    return [
        Problem("encoding", n, message) for n, line in enumerate(text.split("\n"), start=1) if "\0" in line
    ]


def conflicts(text: str) -> dict[int, Problem]:
    """Return the lines (1-based) that are merge-conflict markers; empty unless a whole conflict is there."""
    if "<<<<<<<" not in text or ">>>>>>>" not in text:
        return {}
    message = "A merge conflict was committed here. Keep one side, delete the marker lines, and check both sides' rows."
    found = (
        (n, line)
        for n, line in enumerate(text.split("\n"), start=1)
        if line[:1] in "<>|=" and CONFLICT.match(line)
    )
    return {n: Problem("conflict-marker", n, message, line.rstrip("\r")) for n, line in found}
