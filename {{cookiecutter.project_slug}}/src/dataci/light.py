"""pandera without pandas: what a commit hook must not wait for.

pandera imports pandas wherever it is installed, also for schemas of Polars, which need none of it; fairlearn has it
installed everywhere. pandera also runs where there is no pandas: it goes by the text of the error. So for as long as
pandera is imported, and no longer, pandas cannot be found. Afterwards both can be used, pandera's pandas part as well.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

HIDDEN, SCHEMAS, REGISTER = "pandas", "pandera.polars", "pandera.backends.register_checks"
LATER = {"pandera.typing": "pandera.typing.pandas", "pandera": "pandera._pandas_deprecated"}


class Hiding:
    """Says of pandas that there is none, as Python does."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise for pandas and what is in it; leave every other module to whom it concerns."""
        if name.partition(".")[0] == HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def hiding() -> Iterator[None]:
    """Let pandas not be found in the meantime."""
    finder: Any = Hiding()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def import_pandera() -> None:
    """Import pandera for Polars, without pandas unless that is there already; then pandera is what anybody imports.

    Whatever goes wrong in this, pandera is left to be imported as it pleases.
    """
    top = SCHEMAS.partition(".")[0]
    if top in sys.modules or HIDDEN in sys.modules:
        return
    importlib.import_module("polars")  # it looks for pandas only once, and may need it later
    try:
        with hiding():
            importlib.import_module(SCHEMAS)
            # At the first check pandera asks once more, whatever is checked, and keeps the answer.
            importlib.import_module(REGISTER).register_default_check_backends(object)
        for name, source in LATER.items():
            vars(sys.modules[name]).setdefault("__getattr__", later(name, source))
    except Exception:  # another version of pandera that cannot do without, or none at all
        for name in [name for name in sys.modules if name.partition(".")[0] == top]:
            del sys.modules[name]


def later(name: str, source: str) -> Callable[[str], Any]:
    """Return what gives a module all that it lacks for want of pandas, when somebody asks for some of it after all."""

    def found(wanted: str) -> Any:
        mine = vars(sys.modules[name])
        if not wanted.startswith("_"):
            for key, value in vars(importlib.import_module(source)).items():
                mine.setdefault(key, value)
        if wanted not in mine:
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        return mine[wanted]

    return found
