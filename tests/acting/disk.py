"""Looks for tokens on the runner's disk, as the last step of each job: act clears up when a job has ended.

As a script: ``disk.py SECRETS OUTPUT`` appends to OUTPUT the files of the job, and of its home folder, that hold one of
the values in SECRETS (lines of name=value), as they are or encoded.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path


def forms(secret: str) -> list[bytes]:
    """Return a secret as itself, reversed, in hex, and in base64 at each of the three offsets."""
    raw = secret.encode()
    encoded = [base64.b64encode(b"x" * skip + raw)[4 if skip else 0 : -4] for skip in range(3)]
    return [raw, raw[::-1], raw.hex().encode(), *encoded]


def holding(folder: Path, secrets: list[str]) -> list[str]:
    """List the files below ``folder`` that hold one of the secrets."""
    needles = [form for secret in secrets for form in forms(secret)]
    found = []
    for where, inner, names in os.walk(folder):
        if Path(where).name == ".cache":
            inner[:] = [name for name in inner if name != "act"]  # in the home folder: the work of all jobs
        for path in (Path(where) / name for name in names):
            try:
                data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            except OSError:  # it was there a moment ago
                continue
            if any(needle in data for needle in needles):
                found.append(path.relative_to(folder).as_posix())
    return sorted(found)


def main(secrets: str, output: str) -> None:
    """Append what is found to ``output``."""
    lines = Path(secrets).read_text("utf-8").splitlines()
    values = [value for _, _, value in (line.partition("=") for line in lines)]
    places = [Path(os.environ["GITHUB_WORKSPACE"]).parent, Path(os.environ["HOME"])]
    found = [path for place in places for path in holding(place, values)]
    with open(output, "a", encoding="utf-8") as file:
        file.writelines(f"{path}\n" for path in found)


if __name__ == "__main__":
    main(*sys.argv[1:])
