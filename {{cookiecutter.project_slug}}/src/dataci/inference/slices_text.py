"""project/slices.py for data that nobody has named parts of yet: how to write one."""

TEXT = '''"""Slices: parts of the test set that you want to see measured on their own.

This file is yours. Each public function here is a slice, named after it with dashes (small-orders). It takes
the test rows (a Polars DataFrame; every cell is text) and returns true or false for each row, as an expression
or a Boolean series. Every result then has the metrics of each slice, and a comparison of two candidates says
on which slice one of them is better. A function whose name begins with an underscore is no slice. For example:

    import polars as pl


    def small_orders(rows: pl.DataFrame) -> pl.Expr:
        \\"\\"\\"Orders of less than 100: most of them, and where a mistake annoys most.\\"\\"\\"
        return pl.col("amount").cast(pl.Float64, strict=False) < 100
"""
'''
