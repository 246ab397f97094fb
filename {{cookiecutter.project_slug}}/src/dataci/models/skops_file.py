"""skops files with steady bytes: equal models give equal files, and reading one runs no code."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any


def storage() -> Any:
    """Return skops.io. Where torch is installed and not in use, it is hidden meanwhile: skops walks through all of
    scikit-learn, and a corner of that would import torch, which takes seconds.
    """
    modules: dict[str, Any] = sys.modules
    hidden = "torch" not in modules
    if hidden:
        modules["torch"] = None  # Python's own way to say that a module cannot be imported
    try:
        import skops.io

        return skops.io
    finally:
        if hidden:
            del modules["torch"]


def steady(raw: bytes) -> bytes:
    """Rewrite a skops file so that equal content is equal bytes: object ids count from 0, no dates, fixed
    order.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    numbers: dict[Any, int] = {}
    renamed: dict[str, str] = {}
    renumber(schema, numbers, renamed)
    files = {renamed[name]: data for name, data in members.items()}
    files["schema.json"] = json.dumps(schema, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return out.getvalue()


def renumber(node: Any, numbers: dict[Any, int], renamed: dict[str, str]) -> None:
    """Replace memory addresses in a skops schema by the order of their appearance, in place."""
    if isinstance(node, list):
        for item in node:
            renumber(item, numbers, renamed)
    if isinstance(node, dict):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            node["file"] = renamed.setdefault(node["file"], f"{len(renamed)}{Path(node['file']).suffix}")
        for value in node.values():
            renumber(value, numbers, renamed)
