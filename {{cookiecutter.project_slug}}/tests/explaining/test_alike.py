"""Likenesses of thousands of masks at once are those of the model, one mask after the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dataci.explaining import alike
from dataci.models import pairs

WORD = st.text(st.sampled_from("ab1é漢"), min_size=1, max_size=5) | st.sampled_from(
    ["cat", "cats", "a", "2024"]
)
TEXT = st.lists(WORD, max_size=6)


@given(TEXT, TEXT, st.integers(0, 2**32 - 1))
def test_each_mask_has_the_likenesses_that_the_model_sees(
    one: list[str], other: list[str], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    masks = [rng.random((8, len(words))) < 0.6 for words in (one, other)]
    rarity = pairs.weights([one, ["cat"]], [other, ["dog", "cat"]])
    found = alike.likenesses((one, masks[0]), (other, masks[1]), rarity)
    left, right = (
        [[word for word, keep in zip(words, mask, strict=True) if keep] for mask in some]
        for words, some in zip((one, other), masks, strict=True)
    )
    assert np.allclose(found, pairs.likenesses(left, right, rarity), rtol=0, atol=1e-12)
