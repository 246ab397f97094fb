"""Which row of the old data is which row of the new: pairs of row numbers, each row in at most one pair.

Rules, in this order; each takes only rows that are still alone, and duplicates are paired in the order in
which they stand:

1. the same content in the same file, then the same content in another file;
2. rows with an id: the same id in the same file; then in another file, if half of the other cells agree;
3. rows without an id: all but the label agrees (same file, then any); the same place between equal
   neighbours; all but one cell agrees; in the same file, at least half of the cells agree (three quarters
   when the neighbours differ), the most alike first.

Rule 3 is best effort: what it does not pair is honestly "removed" and "added".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from dataci.config import Columns

CROSS = 2_000_000
ROUNDS = 5


def align(old: pl.DataFrame, new: pl.DataFrame, shared: list[str], columns: Columns) -> pl.DataFrame:
    """Pair rows of two frames that have ``_path`` and ``_row`` and the ``shared`` columns (String).

    Returns a frame ``o``, ``n`` (UInt32 row numbers), sorted by ``n``; empty when no column is shared.
    """
    if not shared:
        return one_by_one(0)
    identity = columns.id if columns.id in shared else None
    search = Search(old, new, shared, identity)
    search.pair("_path", "content")
    search.pair("content")
    if identity:
        search.pair("_path", "id")
        others = [name for name in shared if name != identity]
        loose = scored(same(search.left, search.right, ["id"]), old, new, others)
        search.take(loose.filter(pl.col("score") * 2 >= len(others)))
    search.left, search.right = nameless(search.left), nameless(search.right)
    by_likeness(search, shared, columns.label)
    return pl.concat(search.found).sort("n")


def by_likeness(search: Search, shared: list[str], label: str | None) -> None:
    """Pair rows without an id whose content is not the same (rule 3)."""
    inputs = [name for name in shared if name != label]
    if label in shared and inputs:
        search.hash(inputs)
        search.pair("_path", "part")
        search.pair("part")
    if search.open():
        search.take(in_place(*neighbours(search), search.old, search.new, inputs or shared))
    if len(inputs) < 2:
        return
    for name in inputs:
        if search.open():
            search.hash([other for other in shared if other != name])
            search.pair("_path", "part")
    if search.open():
        search.take(alike(*neighbours(search), search.old, search.new, inputs))


class Search:
    """The rows that are still alone on either side (``left``: old, ``right``: new) and the pairs found so
    far.
    """

    def __init__(self, old: pl.DataFrame, new: pl.DataFrame, shared: list[str], identity: str | None) -> None:
        self.old, self.new = old, new
        self.left = keyed(old, shared, identity, "o")
        self.right = keyed(new, shared, identity, "n")
        self.found = [one_by_one(0)]

    def open(self) -> bool:
        """Tell whether both sides have rows left."""
        return bool(self.left.height and self.right.height)

    def pair(self, *keys: str) -> None:
        """Pair the rows that agree in ``keys``."""
        self.take(same(self.left, self.right, keys))

    def hash(self, names: list[str]) -> None:
        """Give the lonely rows ``part``, a hash of their cells in the columns ``names``."""
        self.left = hashed(self.left, self.old, names, "o")
        self.right = hashed(self.right, self.new, names, "n")

    def take(self, pairs: pl.DataFrame) -> None:
        """Note pairs; their rows are no longer alone."""
        if pairs.height:
            self.found.append(pairs.select("o", "n"))
            self.left = self.left.join(pairs, on="o", how="anti", maintain_order="left")
            self.right = self.right.join(pairs, on="n", how="anti", maintain_order="left")


def one_by_one(height: int) -> pl.DataFrame:
    """Pair the first with the first, and so on."""
    numbers = pl.int_range(height, dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"o": numbers, "n": numbers})


def keyed(frame: pl.DataFrame, shared: list[str], identity: str | None, index: str) -> pl.DataFrame:
    """Return the row number, ``_path``, ``_row``, ``content`` (hash) and ``id`` (null where missing) of each
    row.
    """
    key = pl.col(identity).replace("", None) if identity else pl.lit(None, dtype=pl.String)
    content = frame.select(shared).hash_rows().alias("content")
    return frame.select("_path", "_row", key.alias("id"), content).with_row_index(index)


def nameless(side: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that have no id."""
    return side.filter(pl.col("id").is_null())


def hashed(side: pl.DataFrame, frame: pl.DataFrame, names: list[str], index: str) -> pl.DataFrame:
    """Add ``part``, a hash of the cells in the columns ``names``."""
    return side.with_columns(frame[side[index]].select(names).hash_rows().alias("part"))


def same(left: pl.DataFrame, right: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Pair rows with equal keys, the first with the first and so on. Null equals nothing."""
    sides = [numbered(side.drop_nulls(keys), keys) for side in (left, right)]
    on = [*keys, "_nth"]
    return sides[0].select("o", *on).join(sides[1].select("n", *on), on=on)


def numbered(side: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add ``_nth``, the number of a row among the rows with its keys, in order of file and position."""
    nth = pl.int_range(pl.len(), dtype=pl.UInt32).over(keys)
    return side.with_columns(nth.alias("_nth"))


def scored(pairs: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Add ``score``, how many of the cells in the columns ``names`` agree."""
    score = pl.Series("score", [0] * pairs.height, dtype=pl.UInt32)
    for name in names:
        score = score + old[name][pairs["o"]].eq_missing(new[name][pairs["n"]]).cast(pl.UInt32)
    return pairs.with_columns(score.alias("score"))


def neighbours(search: Search) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both sides' lonely rows with their neighbours.

    ``prev`` and ``next``: the new position of the nearest paired row of the same file before and after (-1:
    none); ``rank`` and ``size``: the place of the row among the lonely rows between these two, and how many
    there are.
    """
    pairs = pl.concat(search.found)
    stays = search.old["_path"][pairs["o"]] == search.new["_path"][pairs["n"]]
    anchor = search.new["_row"][pairs["n"]].cast(pl.Int64).alias("anchor")
    pairs = pairs.with_columns(anchor).filter(stays)
    left = between(search.left, search.old, pairs.select("o", "anchor"), "o")
    return left, between(search.right, search.new, pairs.select("n", "anchor"), "n")


def between(side: pl.DataFrame, frame: pl.DataFrame, anchors: pl.DataFrame, index: str) -> pl.DataFrame:
    """Add ``prev``, ``next``, ``rank`` and ``size`` to the lonely rows of one side."""
    lined = (
        frame.select("_path").with_row_index(index).join(anchors, on=index, how="left", maintain_order="left")
    )
    lined = lined.select(
        index,
        pl.col("anchor").forward_fill().over("_path").fill_null(-1).alias("prev"),
        pl.col("anchor").backward_fill().over("_path").fill_null(-1).alias("next"),
    )
    gap = ("_path", "prev", "next")
    return side.join(lined, on=index, how="left", maintain_order="left").with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over(gap).alias("rank"), pl.len().over(gap).alias("size")
    )


def in_place(
    left: pl.DataFrame, right: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame, inputs: list[str]
) -> pl.DataFrame:
    """Pair rows at the same place between equal neighbours: as many rows there before as now.

    A cell besides the label must agree, unless there is only one and both neighbours exist; where no
    neighbour exists (every row of the file changed), half of the cells must.
    """
    on = ["_path", "prev", "next", "rank", "size"]
    pairs = scored(left.select("o", *on).join(right.select("n", *on), on=on), old, new, inputs)
    ahead, behind, score = pl.col("prev") >= 0, pl.col("next") >= 0, pl.col("score")
    enough = (score > 0) | (ahead & behind & (len(inputs) == 1))
    return pairs.filter(
        pl.when(ahead | behind).then(enough).otherwise((score > 0) & (score * 2 >= len(inputs)))
    )


def alike(
    left: pl.DataFrame, right: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame, inputs: list[str]
) -> pl.DataFrame:
    """Pair rows of the same file that share many cells, best first; nothing when there are too many to
    compare.
    """
    heights = left.group_by("_path").len("a").join(right.group_by("_path").len("b"), on="_path")
    products = heights.select(pl.col("a").cast(pl.Int64) * pl.col("b").cast(pl.Int64)).sum().item()
    if products > CROSS:
        return pl.DataFrame(schema={"o": pl.UInt32, "n": pl.UInt32})
    where = ["prev", "next", "rank"]
    pairs = left.select("o", "_path", *where).join(right.select("n", "_path", *where), on="_path")
    near = (pl.col("prev") == pl.col("prev_right")) & (pl.col("next") == pl.col("next_right"))
    least = pl.when(near).then(0.5).otherwise(0.75) * len(inputs)
    pairs = scored(pairs, old, new, inputs).filter((pl.col("score") > 0) & (pl.col("score") >= least))
    far = (pl.col("rank") - pl.col("rank_right")).abs()
    pairs = pairs.with_columns(near.alias("near"), far.alias("far"))
    return best(pairs.sort(["score", "near", "far", "o", "n"], descending=[True, True, False, False, False]))


def best(pairs: pl.DataFrame) -> pl.DataFrame:
    """Take from ranked candidates those that are the first choice of both their rows, a few times over."""
    found = [pairs.clear().select("o", "n")]
    for _ in range(ROUNDS):
        mutual = pairs.filter(pl.col("o").is_first_distinct() & pl.col("n").is_first_distinct()).select(
            "o", "n"
        )
        if not mutual.height:
            break
        found.append(mutual)
        pairs = pairs.join(mutual, on="o", how="anti", maintain_order="left")
        pairs = pairs.join(mutual, on="n", how="anti", maintain_order="left")
    return pl.concat(found)
