"""The cache: what it loses is computed again, and it never gives back something else."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dataci.cache import Cache

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", None]})


def test_stored_and_found_by_the_whole_key(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(FRAME, "keys", "abc")
    found = cache.get("keys", "abc")
    assert found is not None
    assert found.equals(FRAME)
    for other in (("keys",), ("keysabc",), ("keys", "ab", "c"), ("keysa", "bc")):
        assert cache.get(*other) is None


def test_damage_is_absence(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(FRAME, "k")
    path = cache.path(("k",))
    for damage in (b"", b"junk", path.read_bytes()[:40]):
        path.write_bytes(damage)
        assert cache.get("k") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / ".dataci").write_text("a file where the folder should be")
    cache = Cache(tmp_path)
    cache.put(FRAME, "k")
    assert cache.get("k") is None
    cache.prune()


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    import os

    cache = Cache(tmp_path)
    for number in range(5):
        cache.put(FRAME, str(number))
        os.utime(cache.path((str(number),)), (number, number))
    size = cache.path(("0",)).stat().st_size
    cache.prune(limit=2 * size)
    assert [number for number in range(5) if cache.get(str(number)) is not None] == [3, 4]
