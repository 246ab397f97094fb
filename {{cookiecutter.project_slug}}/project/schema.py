"""What every row must look like. `dataci check` holds each data file against it.

This file is yours: tighten it where you know more, loosen it where good data are refused. A new service? Add
it to SERVICES below, in the same pull request as the first rows that name it. Every constraint of pandera
works, and functions of your own do (https://pandera.readthedocs.io/en/stable/polars.html).
"""

import pandera.polars as pa
import polars as pl

# A closed list turns a typo ("plumbling") into a finding with file and line, and not into one more service.
SERVICES = [
    "IT support",
    "car repair",
    "carpentry",
    "catering",
    "child care",
    "cleaning",
    "doctor",
    "driving",
    "elderly care",
    "electrical work",
    "event planning",
    "financial advice",
    "fitness",
    "gardening",
    "hairdressing",
    "legal advice",
    "moving",
    "music lessons",
    "pet sitting",
    "pharmacy",
    "photography",
    "plumbing",
    "tailoring",
    "tax advice",
    "translation",
    "tutoring",
]

# A column may have no empty cell unless it says nullable=True; here none may.
schema = pa.DataFrameSchema(
    {
        # Names a row for good: w0001 is an ordinary row, b01-01 a pattern of a model bug, issue-42-1 one that came
        # with an issue. Never reuse one.
        "id": pa.Column(pl.String, pa.Check.str_matches(r"^([wb]\d+(-\d+)?|issue-\d+-\d+)$"), unique=True),
        # The two texts, as people typed them: do not correct their spelling, the model will meet it again.
        "want": pa.Column(pl.String, pa.Check.str_length(3, 500)),
        "offer": pa.Column(pl.String, pa.Check.str_length(3, 500)),
        # Does the offer answer the want? A label is a name and not a number, so it is text: "1" yes, "0" no.
        "match": pa.Column(pl.String, pa.Check.isin(["0", "1"])),
        # What the want is about. The model never sees it; it is there for people.
        "service": pa.Column(pl.String, pa.Check.isin(SERVICES)),
        # Who asked. All rows of one requester stand in the same split, or the test would measure memory.
        # A pattern that came with an issue has nobody who asked; each is a group of its own.
        "group": pa.Column(pl.String, pa.Check.str_matches(r"^(u\d+|issue-\d+-\d+)$")),
        # How the want reached us.
        "source": pa.Column(pl.String, pa.Check.isin(["web", "app", "call-centre", "issue"])),
        # The day the row was labelled, as 2026-09-30: the one way to write a date that cannot be misread.
        "created_at": pa.Column(pl.Date),
    },
    strict=True,  # a column that is not named here is a finding; so is a column that is gone
)
