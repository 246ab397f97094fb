"""project/checks.py for data that nobody has written checks for yet: how to write one."""

TEXT = '''"""Checks of your own. Each public function here is a check; `dataci check` runs it with the others.

This file is yours. A check takes the dataset and yields a Finding for each fault; its name is the
function's name with dashes (price-is-sane), for `--select`, `--ignore` and [checks.price-is-sane] in
dataci.toml. A function whose name begins with an underscore is no check. What one column must look like
stands better in schema.py; here is the place for what takes several columns, rows or files. For example:

    from collections.abc import Iterator

    import polars as pl

    from dataci.dataset import Dataset
    from dataci.finding import Finding, Severity


    def price_is_sane(dataset: Dataset) -> Iterator[Finding]:
        \\"\\"\\"Nothing is sold below its cost.\\"\\"\\"
        rows = dataset.rows()  # all splits; every cell is text; _file, _line and _row say where it stands
        bad = pl.col("price").cast(pl.Float64, strict=False) < pl.col("cost").cast(pl.Float64, strict=False)
        for row in rows.filter(bad).iter_rows(named=True):
            yield Finding(
                check="price-is-sane",
                severity=Severity.ERROR,
                file=dataset.parts[row["_file"]].path,
                line=row["_line"],
                column="price",
                value=row["price"],
                message="The price is below the cost. Correct the one that is wrong.",
            )
"""
'''
