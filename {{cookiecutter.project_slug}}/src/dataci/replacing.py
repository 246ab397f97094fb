"""A file replaced in one step: whoever reads it finds the old one or the new one, and never half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put ``data`` in the place of a file, with the permissions ``mode``; a link there is replaced and not followed.

    OSError where that cannot be done; then the old file stays.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".tmp", delete=False) as file:
        file.write(data)
    try:
        os.chmod(file.name, mode)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
