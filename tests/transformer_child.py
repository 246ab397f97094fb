"""Train a transformer in a process of its own: python transformer_child.py JSON, with PYTHONPATH on the engine.

JSON: {"params", "rows" (a CSV), "save" (a folder), "checkpoints" (a folder or null), "every" (seconds)}. Prints the
step of each checkpoint that it has written.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(asked: dict[str, Any]) -> None:
    """Fit, save, and write the predictions for the same rows beside the model."""
    import numpy as np
    import polars as pl
    from dataci.models import checkpoint, transformer

    rows = pl.read_csv(asked["rows"], infer_schema=False)
    write = checkpoint.write

    def loud(folder: Path, owner: str, state: checkpoint.Checkpoint) -> None:
        write(folder, owner, state)
        print(state.step, flush=True)

    checkpoint.write = loud
    checkpoint.EVERY = float(asked.get("every", checkpoint.EVERY))
    model: Any = transformer.build(asked["params"])
    if asked.get("checkpoints"):
        model.checkpoints = Path(asked["checkpoints"])
    model.fit(rows.drop("label"), rows["label"])
    found = model.predict_proba(rows.drop("label"))
    if os.environ.get("RANK", "0") == "0":
        folder = Path(asked["save"])
        folder.mkdir(parents=True)
        model.save(folder)
        (folder / "predictions.txt").write_text(
            "\n".join(repr(row) for row in np.round(found, 3).tolist()), "utf-8"
        )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
