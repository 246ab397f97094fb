"""The clean data into which faults are planted: 300 rows for training and 80 for testing, in any format."""

from __future__ import annotations

import io
import random
from datetime import date, timedelta
from typing import Any

import polars as pl

Row = dict[str, Any]
SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
COLUMNS = ("id", "want", "offer", "match", "code", "country", "ok", "amount", "count", "day", "who", "source")
BEGIN = (
    "I am looking for someone",
    "We would like to find a person",
    "Is there anybody around here",
    "My mother needs a kind helper",
    "Our small office wants a professional",
    "Please send me somebody reliable",
    "For the coming weeks I need a friend",
    "A neighbour asked whether anyone knows a student",
    "The school next door searches for an adult",
    "It would be lovely to meet a specialist",
)
TASK = (
    "who feeds two old cats while we travel",
    "to repair the dripping tap in the kitchen",
    "for lessons on the clarinet after school",
    "who can fill in a tax return without mistakes",
    "to dig over the garden before winter comes",
    "that translates letters from Portuguese",
    "who drives my father to the hospital on Fridays",
    "to photograph a quiet wedding by the lake",
    "with patience for a broken laptop and its owner",
    "who bakes a birthday cake shaped like a dragon",
    "to paint the stairwell in a friendly yellow",
    "that tunes a piano which nobody has played for years",
    "who mends torn jackets and shortens trousers",
    "to carry heavy boxes up to the fifth floor",
)
SKILL = (
    "Experienced plumber with tools of his own",
    "Retired teacher of music and languages",
    "Honest accountant, also in the evening",
    "Gardener who loves roses and hates weeds",
    "Young photographer with a portfolio",
    "Careful driver with a clean record",
    "Seamstress working from home",
    "Strong movers with a spacious van",
    "Pastry chef between two jobs",
    "Patient computer technician",
    "Decorator and painter by trade",
    "Animal lover with many references",
)
EXTRA = (
    "available from Monday onwards",
    "price by agreement after a phone call",
    "within twenty minutes of the station",
    "I bring coffee and good humour",
    "long waiting list in spring",
    "ask my former customers",
    "no job is too small for me",
    "weekends cost a little more",
    "always on time and insured",
)
COUNTRIES = ("NA", "DE", "FR", "IT", "ES", "PT")
SOURCES = ("web", "app", "phone")
FIRST = date(2026, 1, 1)


def rows(start: int, count: int, split: str = "train") -> list[Row]:
    """Return ``count`` clean rows numbered from ``start`` on; no two rows are near-duplicates."""
    found = []
    for number in range(start, start + count):
        dice = random.Random(number * 7919)
        combination = (number * 61) % (len(BEGIN) * len(TASK) * len(SKILL) * len(EXTRA))
        combination, begin = divmod(combination, len(BEGIN))
        combination, task = divmod(combination, len(TASK))
        extra, skill = divmod(combination, len(SKILL))
        found.append(
            {
                "id": f"{split[0]}{number:05d}",
                "want": f"{BEGIN[begin]} {TASK[task]}",
                "offer": f"{SKILL[skill]}, {EXTRA[extra % len(EXTRA)]}",
                "match": str(int(dice.random() < 0.5)),
                "code": f"{number % 700:03d}",
                "country": COUNTRIES[dice.randrange(len(COUNTRIES))],
                "ok": dice.random() < 0.5,
                "amount": round(dice.gauss(100, 20), 2),
                "count": dice.randrange(50),
                "day": FIRST + timedelta(days=number % 200 if split == "train" else 220),
                "who": f"{split}{number:05d}",
                "source": SOURCES[dice.randrange(len(SOURCES))],
            }
        )
    return found


SETTINGS = """\
version = 1
[columns]
id = "id"
label = "match"
text = ["want", "offer"]
numeric = ["amount", "count"]
categorical = ["country"]
group = "who"
time = "day"
source = "source"
"""
SCHEMA = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "id": pa.Column(pl.String, unique=True),
        "want": pa.Column(pl.String),
        "offer": pa.Column(pl.String),
        "match": pa.Column(pl.String, pa.Check.isin(["0", "1"])),
        "code": pa.Column(pl.String, pa.Check.str_matches(r"^[0-9]{3}$")),
        "country": pa.Column(pl.String, nullable=True),
        "ok": BOOLEAN,
        "amount": pa.Column(pl.Float64, pa.Check.in_range(0, 1000)),
        "count": pa.Column(pl.Int64, pa.Check.in_range(0, 100)),
        "day": pa.Column(pl.Date),
        "who": pa.Column(pl.String),
        "source": pa.Column(pl.String),
    },
    strict=True,
)
"""


def schema(suffix: str) -> str:
    """Return project/schema.py for a format: text files spell a boolean, the others have one."""
    spelt = 'pa.Column(pl.String, pa.Check.isin(["True", "False"]))'
    return SCHEMA.replace("BOOLEAN", spelt if suffix in (".csv", ".tsv") else "pa.Column(pl.Boolean)")


def encode(data: list[Row], suffix: str) -> bytes:
    """Write rows in a format, canonical where there is a canonical form."""
    if suffix in (".csv", ".tsv"):
        names = list(dict.fromkeys(name for row in data for name in row)) or list(COLUMNS)
        texts = {name: [text(row.get(name)) for row in data] for name in names}
        frame = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))
        return (
            frame.select(pl.when(pl.all() != "").then(pl.all()))
            .write_csv(separator="\t" if suffix == ".tsv" else ",")
            .encode()
        )
    if suffix == ".jsonl":
        import json

        return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in data).encode()
    buffer = io.BytesIO()
    frame = (
        pl.DataFrame(data, infer_schema_length=None, strict=False)
        if data
        else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    )
    frame.write_parquet(buffer)
    return buffer.getvalue()


def text(value: object) -> str:
    """Spell a value as a text file does."""
    return "" if value is None else str(value)


def first_line(suffix: str) -> int:
    """Return the line of the first row."""
    return 2 if suffix in (".csv", ".tsv") else 1
