"""The checks where the label is a number to estimate: neither rare, nor a shortcut, nor told by a unique column."""

from __future__ import annotations

from pathlib import Path

import building
from building import counts, judge

SETTINGS = """\
version = 1
[columns]
label = "price"
numeric = ["area", "noise", "copy"]
source = "source"
[train]
task = "regression"
"""
SCHEMA = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema({
    **{name: pa.Column(pl.Float64) for name in ("area", "noise", "copy", "price")}, "source": pa.Column(pl.String),
})
"""
HEADER = "area,noise,copy,source,price\n"


def rows(first: int, last: int, copy: str = "{noise}") -> str:
    """Return rows whose prices and numbers differ from row to row; ``copy``: what stands in that column."""
    lines = []
    for i in range(first, last):
        area, noise = 30 + i * 37 % 997, i * 7919 % 9973
        price = 900 * area + noise
        cell = copy.format(noise=(i * 331) % 9973, cents=price * 100, minus=-price)
        lines.append(f"{area},{noise},{cell},{'web' if i % 3 else 'app'},{price}\n")
    return HEADER + "".join(lines)


def project(tmp_path: Path, copy: str = "{noise}", extra: str = "") -> Path:
    files = {"data/train/a.csv": rows(0, 200, copy) + extra, "data/test/t.csv": rows(200, 250, copy)}
    return building.make(tmp_path, files, SETTINGS, SCHEMA)


def test_numbers_that_all_differ_are_no_fault(tmp_path: Path) -> None:
    assert judge(project(tmp_path)).findings == ()


def test_new_rows_bring_new_numbers_and_that_is_no_fault(tmp_path: Path) -> None:
    root = project(tmp_path)
    building.commit(root)
    building.write(root, {"data/train/b.csv": rows(250, 300)})
    assert judge(root, "HEAD").findings == ()


def test_a_batch_with_prices_in_cents_is_out_of_range(tmp_path: Path) -> None:
    root = project(tmp_path)
    building.commit(root)
    lines = [line.split(",") for line in rows(250, 300).splitlines()[1:]]
    cents = "".join(",".join([*line[:-1], str(int(line[-1]) * 100)]) + "\n" for line in lines)
    building.write(root, {"data/train/b.csv": HEADER + cents})
    errors, *_ = counts(judge(root, "HEAD", select=("range",)))["range"]
    assert errors == 1


def test_the_label_in_another_unit_is_a_target_leak(tmp_path: Path) -> None:
    for name, copy in {"same": "{cents}", "minus": "{minus}"}.items():
        report = judge(project(tmp_path / name, copy), select=("target-leak",))
        assert [(f.check, f.column) for f in report.findings] == [("target-leak", "copy")]


def test_the_same_text_at_two_prices_is_a_warning(tmp_path: Path) -> None:
    root = project(tmp_path)
    text = SETTINGS.replace('numeric = ["area", "noise", "copy"]', 'text = ["source"]').replace(
        'source = "source"\n', ""
    )
    building.write(root, {"dataci.toml": text})
    errors, warnings, *_ = counts(judge(root, select=("conflicting-label",)))["conflicting-label"]
    assert errors == 0
    assert warnings > 0


def test_a_source_with_one_price_is_no_shortcut(tmp_path: Path) -> None:
    text = rows(0, 200).replace(",app,", ",app,1000\n#")
    same = HEADER + "".join(line + "\n" for line in text.splitlines()[1:] if not line.startswith("#"))
    root = building.make(
        tmp_path, {"data/train/a.csv": same, "data/test/t.csv": rows(200, 250)}, SETTINGS, SCHEMA
    )
    assert judge(root, select=("shortcut",)).findings == ()
