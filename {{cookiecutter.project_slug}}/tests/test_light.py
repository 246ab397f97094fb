"""pandera without pandas: a check does not load it, and what needs it later finds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import building
import dataci

SOURCE = str(Path(dataci.__file__).parent.parent)


def python(script: str, *paths: Path) -> str:
    """Run a script in a new interpreter and return what it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, paths), SOURCE])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("staged", [False, True])
def test_a_check_loads_no_pandas(tmp_path: Path, staged: bool) -> None:
    building.commit(building.make(tmp_path))
    line = "5,Somebody to water my plants,Gardens dug and planted,1,gil,2026-01-09\n"
    building.write(tmp_path, {"data/train/b.csv": building.HEADER + line})
    building.git(tmp_path, "add", "--all")
    script = (
        "import sys, pathlib\nfrom dataci.commands import check\n"
        f"code = check.run(pathlib.Path({str(tmp_path)!r}), staged={staged})\n"
        "assert 'pandera.backends.polars.builtin_checks' in sys.modules, 'a schema was checked'\n"
        "print(code, [name for name in sys.modules if name.partition('.')[0] == 'pandas'])\n"
    )
    assert python(script) == "0 []"


AFTERWARDS = {
    "pandas": "import pandas\nprint(pandas.Series([1, 2]).sum() == 3)\n",
    "fairlearn": "from fairlearn.metrics import MetricFrame, count\n"
    "print(MetricFrame(metrics=count, y_true=[1, 0], y_pred=[1, 1], sensitive_features=['a', 'b']).overall == 2)\n",
    "pandera for pandas": "import pandas, pandera.pandas as pa\n"
    "schema = pa.DataFrameSchema({'a': pa.Column(int, pa.Check.gt(1))})\n"
    "schema.validate(pandas.DataFrame({'a': [2]}))\n"
    "try:\n    schema.validate(pandas.DataFrame({'a': [1]}))\nexcept pa.errors.SchemaError:\n    print(True)\n",
    "a model of pandas": "import pandas, pandera.pandas as pa\nfrom pandera.typing import Series\n"
    "class Rows(pa.DataFrameModel):\n    a: Series[int]\n"
    "print(Rows.validate(pandas.DataFrame({'a': [2]})).shape == (1, 1))\n",
    "names of old": "import pandera\npandera.DataFrameSchema\n"
    "print('pandas' in sys.modules and not hasattr(pandera, 'nonsense'))\n",
}


@pytest.mark.parametrize("script", AFTERWARDS.values(), ids=AFTERWARDS)
def test_what_needs_pandas_afterwards_finds_it(script: str) -> None:
    before = (
        "import sys\nfrom dataci import light\nlight.import_pandera()\nassert 'pandas' not in sys.modules\n"
    )
    assert python(before + script) == "True"


def test_where_it_cannot_do_without_pandera_is_imported_as_ever(tmp_path: Path) -> None:
    files = {
        "pandas.py": "",
        "pandera/__init__.py": "",
        "pandera/polars.py": "import pandas\nfrom pandera import a\n",
    }
    building.write(tmp_path, {**files, "pandera/a.py": ""})
    script = (
        "import sys\nfrom dataci import light\nlight.import_pandera()\n"
        "assert 'pandera' not in sys.modules, 'nothing half imported is left'\n"
        "import pandera.polars\n"
        "print('pandas' in sys.modules, len([one for one in sys.meta_path if type(one).__name__ == 'Hiding']))\n"
    )
    assert python(script, tmp_path) == "True 0"


def test_pandas_that_is_there_already_is_used(tmp_path: Path) -> None:
    script = (
        "import sys, pandas\nfrom dataci import light\nlight.import_pandera()\n"
        "import pandera\nprint('__getattr__' in vars(pandera), hasattr(pandera, 'DataFrameModel'))\n"
    )
    assert python(script) == "False True"
