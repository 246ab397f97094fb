"""Everything that would make two runs of torch differ, held still while a model learns or predicts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@contextmanager
def steady(threads: int = 1) -> Iterator[None]:
    """Run with so many threads and with deterministic algorithms only; what was set before is set again afterwards.

    The number of threads decides the order of additions and with it the last bits, so it is fixed.
    """
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        with threadpool_limits(threads):
            yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
