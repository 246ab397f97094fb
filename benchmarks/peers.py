"""The same schema by other tools, each in a process of its own: python peers.py TOOL FILE.

Runs in benchmarks/.peers, an environment of its own: pandas may never enter ours. Prints how many failures were found.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

CATEGORIES = [f"kind-{n}" for n in range(12)]
LABELS = ["no", "yes"]
IDS, GROUPS = r"^r[0-9]{8}$", r"^[gt][0-9]+$"
TYPES = {"id": "string", "text": "string", "category": "string", "group": "string", "label": "string"}


def pandera_on_pandas(path: str) -> int:
    """Validate with pandera's pandas backend."""
    import pandas as pd  # type: ignore[import-untyped]
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(str, pa.Check.str_matches(IDS), unique=True),
            "text": pa.Column(str, pa.Check.str_length(3, 400)),
            "amount": pa.Column(float, pa.Check.in_range(0, 1000)),
            "count": pa.Column(int, pa.Check.in_range(0, 99)),
            "category": pa.Column(str, pa.Check.isin(CATEGORIES)),
            "group": pa.Column(str, pa.Check.str_matches(GROUPS)),
            "label": pa.Column(str, pa.Check.isin(LABELS)),
        },
        strict=True,
    )
    try:
        schema.validate(pd.read_csv(path, dtype=dict.fromkeys(TYPES, object)), lazy=True)
    except pa.errors.SchemaErrors as errors:
        return len(errors.failure_cases)
    return 0


def great_expectations(path: str) -> int:
    """Validate with Great Expectations on pandas."""
    import great_expectations as gx  # type: ignore[import-not-found]
    import great_expectations.expectations as e  # type: ignore[import-not-found]
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    rules: list[Any] = [
        e.ExpectTableColumnsToMatchSet(column_set=[*TYPES, "amount", "count"], exact_match=True),
        e.ExpectColumnValuesToBeUnique(column="id"),
        e.ExpectColumnValuesToMatchRegex(column="id", regex=IDS),
        e.ExpectColumnValueLengthsToBeBetween(column="text", min_value=3, max_value=400),
        e.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=1000),
        e.ExpectColumnValuesToBeBetween(column="count", min_value=0, max_value=99),
        e.ExpectColumnValuesToBeInSet(column="category", value_set=CATEGORIES),
        e.ExpectColumnValuesToMatchRegex(column="group", regex=GROUPS),
        e.ExpectColumnValuesToBeInSet(column="label", value_set=LABELS),
        *(e.ExpectColumnValuesToNotBeNull(column=name) for name in (*TYPES, "amount", "count")),
    ]
    suite = gx.ExpectationSuite(name="rows", expectations=rules)
    batch = definition.get_batch(
        batch_parameters={"dataframe": pd.read_csv(path, dtype=dict.fromkeys(TYPES, object))}
    )
    found = batch.validate(suite)
    return sum(not result.success for result in found.results)


def frictionless(path: str) -> int:
    """Validate with frictionless."""
    from frictionless import Resource, Schema, system  # type: ignore[import-not-found]

    def field(name: str, type: str, **constraints: Any) -> dict[str, Any]:
        return {"name": name, "type": type, "constraints": {"required": True, **constraints}}

    descriptor = {
        "primaryKey": ["id"],
        "fields": [
            field("id", "string", pattern=IDS),
            field("text", "string", minLength=3, maxLength=400),
            field("amount", "number", minimum=0, maximum=1000),
            field("count", "integer", minimum=0, maximum=99),
            field("category", "string", enum=CATEGORIES),
            field("group", "string", pattern=GROUPS),
            field("label", "string", enum=LABELS),
        ],
    }
    with system.use_context(trusted=True):
        report = Resource(path=path, schema=Schema.from_descriptor(descriptor)).validate()
    return int(report.stats["errors"])


PEERS: dict[str, Callable[[str], int]] = {
    "pandera on pandas": pandera_on_pandas,
    "Great Expectations": great_expectations,
    "frictionless": frictionless,
}
REQUIREMENTS = (
    "pandas>=2.3,<4",
    "pandera[pandas]>=0.35,<1",
    "great_expectations>=1.5,<2",
    "frictionless>=5.18,<6",
)

if __name__ == "__main__":
    print(json.dumps({"failures": PEERS[sys.argv[1]](sys.argv[2])}))
