"""The faults, one function each: it spoils a change and says which check must object, and where."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from faults import clean
from faults.clean import SUFFIXES, Row

TEXT = (".csv", ".tsv")
LINES = (".csv", ".tsv", ".jsonl")
Place = tuple[str | None, int | None, str | None]


class Fault(NamedTuple):
    """A fault: ``plant`` spoils a Change and returns the places where ``check`` must report it."""

    name: str
    check: str
    formats: tuple[str, ...]
    plant: Callable[[Change], Iterable[Place]]


class Change:
    """A change that is being made: a new batch of 60 clean rows beside the existing files; faults spoil it.

    ``files`` maps a path to rows or to bytes; None deletes a file. ``extra`` are other files of the project.
    """

    def __init__(self, suffix: str, root: Path) -> None:
        self.suffix = suffix
        self.root = root
        self.new, self.old, self.test = (
            f"data/{name}{suffix}" for name in ("train/new", "train/a", "test/t")
        )
        self.batch = clean.rows(1000, 60)
        self.train = clean.rows(0, 150)
        self.tests = clean.rows(5000, 80, "test")
        self.files: dict[str, list[Row] | bytes | None] = {self.new: self.batch}
        self.extra: dict[str, str] = {}

    def at(self, index: int, column: str | None = None, path: str | None = None) -> Place:
        """Return the place of a row of the new batch (or of ``path``)."""
        return path or self.new, index + clean.first_line(self.suffix), column

    def bytes(self, path: str | None = None) -> bytes:
        """Return the bytes that a file would get."""
        content = self.files[path or self.new]
        assert isinstance(content, list)
        return clean.encode(content, self.suffix)

    def lines(self) -> list[bytes]:
        """Return the lines of the new batch's file, with their ends."""
        return self.bytes().splitlines(keepends=True)

    def write_lines(self, lines: Iterable[bytes]) -> None:
        """Make the new batch's file of these lines."""
        self.files[self.new] = b"".join(lines)


FAULTS: list[Fault] = []


def fault(
    check: str, formats: tuple[str, ...] = SUFFIXES
) -> Callable[[Callable[[Change], Iterable[Place]]], None]:
    """Register a fault under the name of its function."""

    def register(plant: Callable[[Change], Iterable[Place]]) -> None:
        FAULTS.append(Fault(plant.__name__, check, formats, plant))

    return register


# --- Files ------------------------------------------------------------------------------------------------------------


@fault("encoding", LINES)
def byte_order_mark(change: Change) -> list[Place]:
    change.files[change.new] = b"\xef\xbb\xbf" + change.bytes()
    return [(change.new, 1, None)]


@fault("encoding", LINES)
def utf_16(change: Change) -> list[Place]:
    change.files[change.new] = change.bytes().decode().encode("utf-16")
    return [(change.new, 1, None)]


@fault("encoding", LINES)
def latin_1(change: Change) -> list[Place]:
    change.batch[7]["offer"] = "Café owner, also for parties"
    change.files[change.new] = change.bytes().decode().encode("latin-1")
    return [change.at(7)]


@fault("encoding", LINES)
def nul_byte(change: Change) -> list[Place]:
    lines = change.lines()
    place = change.at(9)
    lines[place[1] - 1] = lines[place[1] - 1].replace(b"e", b"\0", 1)
    change.write_lines(lines)
    return [place]


@fault("encoding")
def mojibake(change: Change) -> list[Place]:
    change.batch[11]["offer"] = "Café for naïve guests".encode().decode("cp1252")
    return [change.at(11, "offer")]


@fault("ragged-row", TEXT)
def a_field_lost(change: Change) -> list[Place]:
    lines = change.lines()
    lines[5] = lines[5].split(b"\t" if change.suffix == ".tsv" else b",", 1)[1]
    change.write_lines(lines)
    return [(change.new, 6, None)]


@fault("ragged-row", TEXT)
def a_field_too_many(change: Change) -> list[Place]:
    lines = change.lines()
    lines[5] = lines[5].rstrip(b"\n") + (b"\t" if change.suffix == ".tsv" else b",") + b"x\n"
    change.write_lines(lines)
    return [(change.new, 6, None)]


@fault("ragged-row", LINES)
def a_blank_line(change: Change) -> list[Place]:
    lines = change.lines()
    change.write_lines([*lines[:5], b"\n", *lines[5:]])
    return [(change.new, 6, None)]


@fault("header", TEXT)
def a_column_name_twice(change: Change) -> list[Place]:
    lines = change.lines()
    lines[0] = lines[0].replace(b"offer", b"want")
    change.write_lines(lines)
    return [(change.new, 1, "want")]


@fault("header", TEXT)
def a_column_without_a_name(change: Change) -> list[Place]:
    lines = change.lines()
    lines[0] = lines[0].replace(b"offer", b"")
    change.write_lines(lines)
    return [(change.new, 1, None)]


@fault("header", (".jsonl",))
def a_key_twice(change: Change) -> list[Place]:
    lines = change.lines()
    lines[4] = lines[4].replace(b'"offer":', b'"want":')
    change.write_lines(lines)
    return [(change.new, 5, None)]


@fault("header", TEXT)
def two_files_pasted_together(change: Change) -> list[Place]:
    lines = change.lines()
    change.write_lines([*lines[:31], lines[0], *lines[31:]])
    return [(change.new, 32, None)]


@fault("header", TEXT)
def file_doubled_with_a_second_header(change: Change) -> list[Place]:
    change.files[change.old] = clean.encode(change.train, change.suffix) * 2
    return [(change.old, 152, None)]


@fault("parse-error", TEXT)
def stray_carriage_return(change: Change) -> list[Place]:
    lines = change.lines()
    lines[8] = lines[8].replace(b" ", b"\r", 1)
    change.write_lines(lines)
    return [(change.new, 9, None)]


@fault("parse-error", TEXT)
def unclosed_quote(change: Change) -> list[Place]:
    lines = change.lines()
    separator = b"\t" if change.suffix == ".tsv" else b","
    lines[8] = separator.join(
        [
            lines[8].split(separator)[0],
            b'"' + separator.join(lines[8].split(separator)[1:]).replace(b'"', b""),
        ]
    )
    change.write_lines(lines)
    return [(change.new, 9, None)]


@fault("parse-error", (".jsonl",))
def broken_json(change: Change) -> list[Place]:
    lines = change.lines()
    lines[8] = lines[8].replace(b"}", b"")
    change.write_lines(lines)
    return [(change.new, 9, None)]


@fault("parse-error")
def empty_file(change: Change) -> list[Place]:
    change.files[change.new] = b""
    return [(change.new, None, None)]


@fault("parse-error")
def binary_file(change: Change) -> list[Place]:
    change.files[change.new] = random.Random(0).randbytes(5000)
    return [(change.new, None, None)]


@fault("parse-error", LINES)
def excel_workbook_with_another_ending(change: Change) -> list[Place]:
    change.files[change.new] = b"PK\x03\x04" + bytes(500)
    return [(change.new, None, None)]


@fault("parse-error", LINES)
def git_lfs_pointer(change: Change) -> list[Place]:
    change.files[change.new] = (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n"
    )
    return [(change.new, 1, None)]


@fault("parse-error", LINES)
def huge_field(change: Change) -> list[Place]:
    change.batch[3]["want"] = "x" * 1_100_000
    return [change.at(3)]


@fault("parse-error", (".parquet",))
def parquet_cut_short(change: Change) -> list[Place]:
    change.files[change.new] = change.bytes()[:-100]
    return [(change.new, None, None)]


@fault("parse-error")
def symbolic_link_out_of_the_repository(change: Change) -> list[Place]:
    outside = change.root.parent / f"outside{change.suffix}"
    outside.write_bytes(change.bytes())
    change.files = {}
    path = change.root / change.new
    os.symlink(outside, path)
    return [(change.new, None, None)]


@fault("conflict-marker", LINES)
def merge_conflict(change: Change) -> list[Place]:
    lines = change.lines()
    change.write_lines(
        [*lines[:6], b"<<<<<<< HEAD\n", lines[6], b"=======\n", lines[7], b">>>>>>> theirs\n", *lines[8:]]
    )
    return [(change.new, line, None) for line in (7, 9, 11)]


@fault("canonical", LINES)
def windows_line_ends(change: Change) -> list[Place]:
    change.files[change.new] = change.bytes().replace(b"\n", b"\r\n")
    return [(change.new, None, None)]


@fault("canonical", TEXT)
def needless_quotes(change: Change) -> list[Place]:
    lines = change.lines()
    lines[2] = b'"' + lines[2].replace(b"\t" if change.suffix == ".tsv" else b",", b'"' + lines[2][6:7], 1)
    change.write_lines(lines)
    return [(change.new, None, None)]


@fault("header", (".csv",))
def separated_by_semicolons(change: Change) -> list[Place]:
    change.files[change.new] = change.bytes().replace(b",", b";")
    return [(change.new, 1, None)]


# --- Schema -----------------------------------------------------------------------------------------------------------


@fault("schema", LINES)
def a_word_for_a_number(change: Change) -> list[Place]:
    change.batch[4]["count"] = "many"
    return [change.at(4, "count")]


@fault("schema", (".parquet",))
def a_column_of_another_type(change: Change) -> list[Place]:
    for row in change.batch:
        row["count"] = str(row["count"])
    return [(change.new, None, "count")]


@fault("schema")
def out_of_range(change: Change) -> list[Place]:
    change.batch[4]["amount"] = 100_000.0
    return [change.at(4, "amount")]


@fault("schema")
def every_row_out_of_range(change: Change) -> list[Place]:
    for row in change.batch:
        row["count"] = 101
    return [change.at(index, "count") for index in range(60)]


@fault("schema")
def unknown_label(change: Change) -> list[Place]:
    change.batch[4]["match"] = "yes"
    return [change.at(4, "match")]


@fault("schema")
def padded_label(change: Change) -> list[Place]:
    change.batch[4]["match"] = " 1"
    return [change.at(4, "match")]


@fault("schema")
def required_cell_empty(change: Change) -> list[Place]:
    change.batch[4]["want"] = None
    return [change.at(4, "want")]


@fault("schema")
def leading_zeros_lost(change: Change) -> list[Place]:
    change.batch[4]["code"], change.batch[6]["code"] = "7", "42"
    return [change.at(4, "code"), change.at(6, "code")]


@fault("schema", TEXT)
def true_became_1(change: Change) -> list[Place]:
    for row in change.batch:
        row["ok"] = int(row["ok"])
    return [change.at(index, "ok") for index in range(60)]


@fault("schema", LINES)
def int_became_float(change: Change) -> list[Place]:
    for row in change.batch:
        row["count"] = float(row["count"])
    return [change.at(index, "count") for index in range(60)]


@fault("schema", TEXT)
def decimal_comma(change: Change) -> list[Place]:
    change.batch[4]["amount"] = "101,5"
    return [change.at(4, "amount")]


@fault("schema", LINES)
def dates_as_a_spreadsheet_writes_them(change: Change) -> list[Place]:
    change.batch[4]["day"] = "3/14/2026"
    return [change.at(4, "day")]


@fault("schema", LINES)
def no_such_day(change: Change) -> list[Place]:
    change.batch[4]["day"] = "2026-02-30"
    return [change.at(4, "day")]


@fault("schema")
def column_missing(change: Change) -> list[Place]:
    for row in change.batch:
        del row["offer"]
    return [(change.new, 1, "offer")]


@fault("schema")
def column_unknown(change: Change) -> list[Place]:
    for row in change.batch:
        row["index"] = 1
    return [(change.new, 1, "index")]


@fault("schema")
def column_renamed(change: Change) -> list[Place]:
    change.files = {
        change.old: [
            {("supply" if name == "offer" else name): row[name] for name in row} for row in change.train
        ]
    }
    return [(change.old, 1, "supply")]


@fault("schema", TEXT)
def header_missing(change: Change) -> list[Place]:
    change.write_lines(change.lines()[1:])
    return [(change.new, 1, None)]


# --- Duplicates -------------------------------------------------------------------------------------------------------


@fault("duplicate-id")
def an_id_again(change: Change) -> list[Place]:
    change.batch[9]["id"] = change.train[3]["id"]
    return [change.at(9, "id")]


@fault("duplicate-id")
def join_that_multiplied_keys(change: Change) -> list[Place]:
    tripled = [{**row, "count": row["count"] + i} for row in change.batch[:20] for i in range(3)]
    change.files[change.new] = tripled
    return [change.at(index, "id") for index in range(60) if index % 3]


@fault("duplicate-row")
def a_row_again(change: Change) -> list[Place]:
    change.batch[9] = {**change.train[3], "id": "tx", "who": "trainx"}
    return [change.at(9)]


@fault("near-duplicate")
def a_row_again_in_capitals(change: Change) -> list[Place]:
    change.batch[9]["want"] = change.train[3]["want"].upper() + "!"
    change.batch[9]["offer"] = change.train[3]["offer"]
    return [change.at(9)]


@fault("near-duplicate")
def a_row_again_with_a_typo(change: Change) -> list[Place]:
    change.batch[9]["want"] = change.train[3]["want"][:-9] + change.train[3]["want"][-8:]
    change.batch[9]["offer"] = change.train[3]["offer"]
    return [change.at(9)]


@fault("conflicting-label")
def a_relabelled_copy(change: Change) -> list[Place]:
    twin = change.train[3]
    change.batch[9] = {
        **change.batch[9],
        **{n: twin[n] for n in ("want", "offer", "country", "amount", "count")},
    }
    change.batch[9]["match"] = str(1 - int(twin["match"]))
    return [change.at(9, "match")]


# --- Leakage ----------------------------------------------------------------------------------------------------------


def copied(change: Change, index: int, source: Row) -> Row:
    """Put the inputs of a row into the new batch, under an id and a group of its own."""
    names = ("want", "offer", "country", "amount", "count", "match")
    change.batch[index] |= {name: source[name] for name in names}
    return change.batch[index]


@fault("split-leak")
def test_row_in_train(change: Change) -> list[Place]:
    copied(change, 9, change.tests[5])
    return [change.at(9)]


@fault("split-leak")
def relabelled_test_row_in_train(change: Change) -> list[Place]:
    row = copied(change, 9, change.tests[5])
    row["match"] = str(1 - int(row["match"]))
    return [change.at(9)]


@fault("split-leak")
def swapped_test_pair_in_train(change: Change) -> list[Place]:
    change.extra["dataci.toml"] = clean.SETTINGS.replace("[columns]", "[columns]\nsymmetric = true")
    row = copied(change, 9, change.tests[5])
    row["want"], row["offer"] = row["offer"], row["want"]
    return [change.at(9)]


@fault("near-split-leak")
def test_row_with_typos_in_train(change: Change) -> list[Place]:
    for index in range(9, 19):
        row = copied(change, index, change.tests[index])
        row["want"] = row["want"][:7] + row["want"][8:]
    return [change.at(index) for index in range(9, 19)]


@fault("near-split-leak")
def test_row_in_capitals_in_train(change: Change) -> list[Place]:
    row = copied(change, 9, change.tests[5])
    row["want"] = row["want"].upper() + " !!"
    return [change.at(9)]


@fault("split-leak")
def pattern_of_a_bug_in_train(change: Change) -> list[Place]:
    path = f"data/bugs/cats/patterns{change.suffix}"
    change.files = {path: [{**change.train[5], "id": "b1", "who": "bug1", "day": change.tests[0]["day"]}]}
    return [change.at(0, None, path)]


@fault("group-leak")
def group_on_both_sides(change: Change) -> list[Place]:
    change.batch[9]["who"] = change.tests[5]["who"]
    return [change.at(9, "who")]


@fault("time-leak")
def train_row_from_the_future(change: Change) -> list[Place]:
    change.batch[9]["day"] = change.tests[0]["day"]
    return [change.at(9, "day")]


@fault("target-leak")
def label_under_another_name(change: Change) -> list[Place]:
    renamed = clean.schema(change.suffix).replace(
        '"source": ', '"answer": pa.Column(pl.String),\n        "source": '
    )
    change.extra["project/schema.py"] = renamed
    change.extra["dataci.toml"] = clean.SETTINGS.replace('["country"]', '["country", "answer"]')
    words = {"0": "no", "1": "yes"}
    for path, rows in ((change.old, change.train), (change.test, change.tests), (change.new, change.batch)):
        change.files[path] = [{**row, "answer": words[row["match"]]} for row in rows]
    return [(None, None, "answer")]


# --- Distribution -----------------------------------------------------------------------------------------------------


@fault("null-rate")
def a_column_emptied(change: Change) -> list[Place]:
    for row in change.batch:
        row["country"] = None
    return [change.at(0, "country")]


@fault("drift")
def another_unit(change: Change) -> list[Place]:
    for row in change.batch:
        row["amount"] = round(row["amount"] * 2.54, 2)
    return [change.at(0, "amount")]


@fault("drift")
def one_label_only(change: Change) -> list[Place]:
    for row in change.batch:
        row["match"] = "1"
    return [change.at(0, "match")]


GERMAN = (
    "Ich suche dringend jemanden",
    "Wir brauchen bald eine Person",
    "Gesucht wird für uns ein Mensch",
    "Wer kennt hier eine Frau",
)
WORK = (
    "der unsere Katze füttert",
    "die das Dach wieder abdichtet",
    "für Unterricht auf der Geige",
    "zum Übersetzen von Briefen",
    "mit Zeit am Wochenende",
)


@fault("drift")
def language_of_a_column_switched(change: Change) -> list[Place]:
    for index, row in enumerate(change.batch):
        row["want"] = f"{GERMAN[index % 4]}, {WORK[index % 5]} und {WORK[(index // 5) % 5]} {index}"
    return [change.at(0, "want")]


@fault("new-category")
def a_new_source(change: Change) -> list[Place]:
    for row in change.batch[:5]:
        row["country"] = "Germany"
    return [change.at(0, "country")]


@fault("row-loss")
def rows_lost(change: Change) -> list[Place]:
    change.files = {change.old: change.train[:60]}
    return [(change.old, None, None)]


@fault("row-loss", LINES)
def file_emptied(change: Change) -> list[Place]:
    change.files = {
        change.old: clean.encode(change.train, change.suffix).splitlines(keepends=True)[0]
        if change.suffix != ".jsonl"
        else b""
    }
    return [(change.old, 1, None)]


@fault("row-loss")
def file_deleted(change: Change) -> list[Place]:
    change.files = {change.old: None}
    return [(change.old, None, None)]


@fault("row-loss")
def file_replaced(change: Change) -> list[Place]:
    change.files = {change.old: clean.rows(2000, 150)}
    return [(change.old, 1, None)]


@fault("row-loss")
def file_doubled(change: Change) -> list[Place]:
    change.files = {change.old: change.train * 2}
    return [change.at(150, None, change.old)]


def rewritten(
    change: Change, column: str, cell: Callable[[Row], object], indices: Iterable[int]
) -> list[Place]:
    """Rewrite existing cells and return their places."""
    chosen = list(indices)
    for index in chosen:
        change.train[index][column] = cell(change.train[index])
    change.files = {change.old: change.train}
    return [change.at(index, column, change.old) for index in chosen]


@fault("rewritten-cells")
def na_read_as_missing(change: Change) -> list[Place]:
    return rewritten(
        change, "country", lambda _: None, [i for i, row in enumerate(change.train) if row["country"] == "NA"]
    )


@fault("rewritten-cells")
def leading_zeros_stripped_from_existing_rows(change: Change) -> list[Place]:
    return rewritten(change, "code", lambda row: str(int(row["code"])), range(100))


@fault("rewritten-cells", TEXT)
def true_became_1_in_existing_rows(change: Change) -> list[Place]:
    return rewritten(change, "ok", lambda row: int(row["ok"]), range(150))


@fault("rewritten-cells", LINES)
def int_became_float_in_existing_rows(change: Change) -> list[Place]:
    return rewritten(change, "count", lambda row: float(row["count"]), range(150))


@fault("rewritten-cells", LINES)
def dates_reformatted_in_existing_rows(change: Change) -> list[Place]:
    return rewritten(
        change, "day", lambda row: f"{row['day'].month}/{row['day'].day}/{row['day'].year}", range(150)
    )


@fault("rewritten-cells")
def digits_lost(change: Change) -> list[Place]:
    precise = [i for i, row in enumerate(change.train) if len(str(row["amount"]).partition(".")[2]) == 2]
    return rewritten(change, "amount", lambda row: float(round(row["amount"])), precise)


# --- Shortcuts and privacy --------------------------------------------------------------------------------------------


@fault("shortcut")
def a_word_that_tells_the_label(change: Change) -> list[Place]:
    for row in change.batch:
        if row["match"] == "1":
            row["offer"] += ", financially sound"
    change.files[change.new] = [row for row in change.batch if row["match"] == "1"] + clean.rows(1100, 60)
    return [(None, None, "offer")]


@fault("shortcut")
def a_source_that_tells_the_label(change: Change) -> list[Place]:
    for row in change.batch:
        if row["match"] == "1":
            row["source"] = "partner"
    return [(None, None, "source")]


def told(change: Change, words: str) -> list[Place]:
    """Write something private into an offer."""
    change.batch[9]["offer"] = f"Call for details: {words}, thank you"
    return [change.at(9, "offer")]


@fault("privacy")
def an_email_address(change: Change) -> list[Place]:
    return told(change, "jane.roe@mail.example.org")


@fault("privacy")
def a_telephone_number(change: Change) -> list[Place]:
    return told(change, "+49 30 901820 17")


@fault("privacy")
def a_card_number(change: Change) -> list[Place]:
    return told(change, "4111 1111 1111 1111")


@fault("privacy")
def a_national_id(change: Change) -> list[Place]:
    return told(change, "ssn 536-22-1234")


@fault("privacy")
def an_api_key(change: Change) -> list[Place]:
    return told(change, "AKIA" + "IOSFODNN7" + "EXAMPLE")
