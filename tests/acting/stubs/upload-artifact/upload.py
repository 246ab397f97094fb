"""Zips the files that $FILES names and sends them to the stand-in as the artifact $NAME."""

from __future__ import annotations

import glob
import io
import json
import os
import sys
import urllib.request
import zipfile
from pathlib import Path


def chosen() -> tuple[list[Path], Path]:
    """Return the files, and the folder that their names in the archive are relative to."""
    tops: list[Path] = []
    for line in filter(None, map(str.strip, os.environ["FILES"].splitlines())):
        found = [Path(name) for name in glob.glob(line, recursive=True, include_hidden=True)]
        tops = (
            [top for top in tops if top not in map(Path, glob.glob(line[1:]))]
            if line[0] == "!"
            else [*tops, *found]
        )
    files = [f for top in tops for f in ([top] if top.is_file() else sorted(top.rglob("*"))) if f.is_file()]
    if os.environ["HIDDEN"] != "true":
        files = [
            file for file in files if not any(part.startswith(".") and part != ".." for part in file.parts)
        ]
    folders = [str(top if top.is_dir() else top.parent) for top in tops]
    return files, Path(os.path.commonpath(folders)) if folders else Path()


def main() -> int:
    """Upload, or say that there is nothing to upload."""
    files, root = chosen()
    if not files:
        wanted = os.environ["NONE"]
        level = {"warn": "warning", "error": "error"}.get(wanted, "notice")
        print(f"::{level}::No files were found with the provided path: {os.environ['FILES']}.")
        return int(wanted == "error")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(root).as_posix())
    url = f"{os.environ['GITHUB_SERVER_URL']}/_runtime/artifacts/{os.environ['NAME']}"
    headers = {"Authorization": f"Bearer {os.environ['ACTIONS_RUNTIME_TOKEN']}"}
    with urllib.request.urlopen(
        urllib.request.Request(url, data.getvalue(), headers, method="POST")
    ) as answer:
        identity = json.load(answer)["id"]
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        output.write(f"artifact-id={identity}\n")
    return 0


sys.exit(main())
