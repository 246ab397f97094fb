"""What a spreadsheet or a data frame does to cells that it was only meant to pass on: 007 to 7, NA to nothing, …

`classify` names the damage of each rewritten cell; `systematic` tells damage from a person's edit of a few cells.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

OLD, NEW = pl.col("old"), pl.col("new")
NOTHING = r"(?i)^(na|n/a|#n/a|nan|<na>|null|none|nil|nat)$"
WHOLE = r"^[+-]?[0-9]+$"
DECIMAL = r"^[+-]?[0-9]+\.[0-9]+$"
NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
DAY = r"^[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}"
MONTHS = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)"
GUESSED_DAY = rf"(?i)^([0-9][0-9]?-{MONTHS}(-[0-9][0-9][0-9]?[0-9]?)?|{MONTHS}-[0-9][0-9])$"
MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?$"
FEW = 3  # cells that a person may have edited in the same way by chance
MARKS = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # what a second byte of UTF-8 looks like


class Damage(NamedTuple):
    """A kind of damage. ``prone``: a pattern of the cells that it can strike; ``strict``: may be a cleaning as well."""

    text: str
    cure: str
    prone: str
    strict: bool = False


TEXT = "Read and write every column as text"
KINDS = {
    "zeros": Damage("leading zeros were lost", f"{TEXT} (dtype=str).", r"^[+-]?0[0-9]+$"),
    "float": Damage(
        "a whole number became a float",
        "A column with gaps was read as float: use a nullable integer type.",
        WHOLE,
    ),
    "boolean": Damage(
        "a truth value is spelled differently", f"{TEXT} (dtype=str).", r"(?i)^(true|false|[01])$"
    ),
    "na": Damage(
        "text that looks like a missing value was lost or respelled",
        "Read with keep_default_na=False.",
        NOTHING,
    ),
    "nan": Damage("an empty cell was filled with a word for nothing", 'Write with na_rep="".', r"^$"),
    "date": Damage(
        "a date was reformatted, or guessed",
        f"{TEXT}; keep dates as 2026-01-31.",
        DAY + "|^[A-Za-z0-9]{1,6}[-/ ]?[0-9]{1,2}$",
    ),
    "exponent": Damage(
        "digits were replaced by an exponent", f"{TEXT}: long numbers are codes.", r"^[+-]?[0-9]{7,}$"
    ),
    "digits": Damage(
        "the last digits of a long number were lost",
        f"{TEXT}: a float holds 15 digits.",
        r"^[+-]?[0-9]{16,}$",
    ),
    "rounded": Damage(
        "decimals were rounded off",
        "Write floats with full precision, or as text.",
        r"^[+-]?[0-9]+\.[0-9]{2,}$",
    ),
    "noise": Damage(
        "a float was written with digits that it never had", "Write floats with their shortest form.", NUMBER
    ),
    "decimals": Damage(
        "a number is written differently", f"{TEXT}, so that 1.50 stays 1.50.", r"^[+-]?[0-9]+\.[0-9]*0$"
    ),
    "comma": Damage("the decimal point became a comma", "Export with the point as decimal sign.", DECIMAL),
    "mojibake": Damage("UTF-8 was read as Latin-1", "Import the file as UTF-8.", r"[^\x00-\x7f]"),
    "lost": Damage("characters beyond ASCII were lost", "Export the file as UTF-8.", r"[^\x00-\x7f]"),
    "space": Damage("spaces were added or removed", "Keep the spaces of the source.", r"(?s).", strict=True),
    "case": Damage("capital letters were changed", "Keep the spelling of the source.", r"\pL", strict=True),
}


def classify(cells: pl.DataFrame) -> pl.Series:
    """Return the kind of damage (a key of KINDS) of each rewritten cell, null where it is an ordinary edit.

    ``cells`` has the columns ``old`` and ``new`` (String; null counts as empty). The first kind that fits is taken.
    """
    pairs = cells.select(OLD.fill_null(""), NEW.fill_null(""))
    unique = pairs.unique()  # a damaged column often has few values
    found = {**rules(), "mojibake": mojibake(unique)}
    names = [pl.when(found[kind]).then(pl.lit(kind)) for kind in KINDS]
    known = unique.with_columns(kind=pl.coalesce(*names))
    return pairs.join(known, on=["old", "new"], how="left", maintain_order="left")["kind"]


def systematic(kind: str, damaged: int, before: pl.Series) -> bool:
    """Tell whether damage is a program's work: more than a few cells, or most that it can strike."""
    most = damaged * 2 >= int(before.fill_null("").str.contains(KINDS[kind].prone).sum())
    return (most and damaged >= FEW) if KINDS[kind].strict else (most or damaged >= FEW)


def number(column: pl.Expr) -> pl.Expr:
    """Return cells as Float64, null where they are none."""
    return pl.when(column.str.contains(NUMBER)).then(column).cast(pl.Float64, strict=False)


def decimals(column: pl.Expr) -> pl.Expr:
    """Return how many digits stand behind the point."""
    return column.str.extract(r"\.([0-9]+)$").str.len_chars().fill_null(0).cast(pl.Int32)


def truth(column: pl.Expr) -> pl.Expr:
    """Return what a spelling of a truth value means."""
    return column.str.to_lowercase().replace_strict(
        {"true": 1, "1": 1, "1.0": 1, "false": 0, "0": 0, "0.0": 0}, default=None, return_dtype=pl.Int8
    )


def day(column: pl.Expr) -> pl.Expr:
    """Return day, month and year of a date as sorted text, whatever their order; a year counts with two digits."""
    parts = column.str.extract_all("[0-9]+").list.head(3)
    return parts.list.eval(pl.element().str.slice(-2).str.zfill(2)).list.sort().list.join(" ")


def dates() -> pl.Expr:
    """Return the rule for dates: another format of the same day, midnight added, or a code taken for a date."""
    same_text = OLD.str.extract(f"({DAY})") == NEW.str.extract(f"({DAY})")
    midnight = OLD.str.replace(MIDNIGHT, "") == NEW.str.replace(MIDNIGHT, "")
    both = OLD.str.contains(DAY) & NEW.str.contains(DAY) & (day(OLD) == day(NEW)) & (~same_text | midnight)
    return both | (NEW.str.contains(GUESSED_DAY) & ~OLD.str.contains(GUESSED_DAY) & OLD.str.contains("[0-9]"))


def rounded() -> pl.Expr:
    """Return the rule for numbers that lost decimals, to the nearest or cut off."""
    kept = decimals(NEW.str.replace(r"\.0+$", ""))  # 99.0 is how a program writes what it rounded to 99
    step = pl.lit(10.0).pow(-kept)
    gap = (number(OLD) - number(NEW)).abs()
    return (decimals(OLD) > kept) & (decimals(OLD) >= 2) & (gap > 0) & (gap <= step * 0.5000001)


def mojibake(pairs: pl.DataFrame) -> pl.Expr:
    """Return the rule for text whose UTF-8 bytes were read in a one-byte encoding; tried pair by pair."""
    suspect = pairs.filter(NEW.str.contains(rf"[Â-ô][{MARKS}]") & OLD.str.contains(r"[^\x00-\x7f]"))
    bad = [
        new
        for old, new in suspect.iter_rows()
        if any(misread(old, codec) == new for codec in ("cp1252", "latin-1"))
    ]
    return NEW.is_in(bad) & OLD.str.contains(r"[^\x00-\x7f]")


def misread(text: str, codec: str) -> str | None:
    """Return what a text looks like when its UTF-8 is read in ``codec``."""
    try:
        return text.encode("utf-8").decode(codec)
    except UnicodeError:
        return None


def spaced(column: pl.Expr) -> pl.Expr:
    """Return cells without differences of white space."""
    return column.str.replace_all(r"\s+", " ").str.strip_chars(" ")


def lost(by: str) -> pl.Expr:
    """Return the rule for characters beyond ASCII that became ``by``."""
    return OLD.str.replace_all(r"[^\x00-\x7f]", by) == NEW


@cache
def rules() -> dict[str, pl.Expr]:
    """Return what each kind of damage looks like; built when asked for, because that takes 30 ms of a hook."""
    return {
        "zeros": OLD.str.contains(KINDS["zeros"].prone)
        & (OLD.str.replace("^([+-]?)0+([0-9])", "${1}${2}") == NEW.str.replace(r"\.0+$", "")),
        "float": OLD.str.contains(WHOLE)
        & NEW.str.contains(r"\.0+$")
        & (NEW.str.replace(r"\.0+$", "") == OLD),
        "boolean": (truth(OLD) == truth(NEW))
        & pl.any_horizontal(c.str.contains("(?i)^(true|false)$") for c in (OLD, NEW)),
        "na": OLD.str.contains(NOTHING) & ((NEW == "") | NEW.str.contains(NOTHING)),
        "nan": (OLD == "") & NEW.str.contains(NOTHING),
        "date": dates(),
        "exponent": OLD.str.contains(KINDS["exponent"].prone)
        & NEW.str.contains(r"^[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"),
        "digits": OLD.str.contains(KINDS["digits"].prone)
        & NEW.str.contains(WHOLE)
        & (OLD.str.len_chars() == NEW.str.len_chars())
        & (OLD.str.head(15) == NEW.str.head(15)),
        "rounded": rounded(),
        "noise": NEW.str.contains(r"\.[0-9]{8,}$")
        & (NEW.str.len_chars() > OLD.str.len_chars() + 3)
        & ((number(OLD) - number(NEW)).abs() < 1e-6 * number(OLD).abs().clip(1e-300)),
        "decimals": OLD.str.contains(KINDS["decimals"].prone) & (number(OLD) == number(NEW)),
        "comma": OLD.str.contains(DECIMAL) & (OLD.str.replace(".", ",", literal=True) == NEW),
        "lost": OLD.str.contains(r"[^\x00-\x7f]") & pl.any_horizontal(lost(by) for by in ("?", "\ufffd", "")),
        "space": spaced(OLD) == spaced(NEW),
        "case": OLD.str.to_lowercase() == NEW.str.to_lowercase(),
    }
