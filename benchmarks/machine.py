"""Says on which machine and with which versions figures were taken."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("polars", "pandera", "numpy", "click", "narwhals")


def words() -> str:
    """Return one sentence: processor, cores, memory, system, versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = [f"{name} {number}" for name in PACKAGES if (number := version_of(name))]
    system = f"{platform.system()} on {platform.machine()}"
    return (
        f"{processor()}, {cores} cores, {system}, Python {platform.python_version()}, {', '.join(found)}. "
        "Seconds: the median of alternating runs for start-up and hook, the best of 3 for whole data."
    )


def version_of(name: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"
