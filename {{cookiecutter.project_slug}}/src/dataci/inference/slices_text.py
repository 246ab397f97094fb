"""project/slices.py for data that nobody has named parts of yet: how to write one."""

TEXT = '''"""Slices: parts of the test set that you want to see measured on their own.

This file is yours. Each public function here takes the test rows (a Polars DataFrame; every cell is text), and what it
returns says what it is: true or false for each row, a slice; a text for each row, groups, one for each text; the rows
with altered cells, a counterfactual. Every result then has the metrics of each slice, the gaps between groups, and how
many predictions change where nothing that matters did. It is called by its name with dashes (small-orders); a function
whose name begins with an underscore is none. Ready-made ones are in dataci.slicing. For example:

    import polars as pl
    from dataci import slicing


    def small_orders(rows: pl.DataFrame) -> pl.Expr:
        # Orders of less than 100: most of them, and where a mistake annoys most.
        return pl.col("amount").cast(pl.Float64, strict=False) < 100


    def region(rows: pl.DataFrame) -> pl.Expr:
        # No part of the country may be served worse than another.
        return pl.col("region")


    def other_gender(rows: pl.DataFrame) -> pl.DataFrame:
        # The same comments, with she for he: nothing may depend on that.
        return slicing.exchanged(rows, "comment", slicing.GENDERED)
"""
'''
