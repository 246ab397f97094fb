"""How unsure a linear model is: what other weights, which its training rows would have allowed as well, say of a row.

Laplace's approximation: around the learned weights lies a normal distribution, as wide for each as weights are where
nothing was learned (estimated from the learned ones: MacKay, 1992), and narrower the more training rows have its
feature. The likenesses of a pair, and the numbers of a table, go together and have one covariance; all other weights
are taken to be independent of one another. What training never saw (a word meeting, a word, a category) is one more
feature, about which nothing was learned. So the draws of a row lie far apart where training rows are few, and where the
row is made of what is new.

It costs one pass over the training rows, and at most two bytes a feature in the stored model. On test rows it ranks
spreads as the whole covariance does (rank correlation .99; of training rows, whose features occur together, it is too
wide). The limits: it says how well training rows determine a row's score, and nothing of what the features cannot see,
such as a known word in another meaning; and it is made to rank rows: as an interval it is no promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.special import ndtri, softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

Array = np.ndarray[Any, np.dtype[Any]]

ROWS = 10_000  # at once, so that memory stays small
JOINT = 200  # numbers that may have one covariance
STEPS = 128  # to which a part of 1 is rounded, so that it takes little room when stored


def of_classes(found: sp.csr_matrix, linear: LogisticRegression, labels: Array, joint: int) -> dict[str, Any]:
    """Return the posterior of logistic regression fitted to features of shape (rows, features); see ``around``."""
    chances = linear.predict_proba(found)
    curvature = (chances * (1 - chances)).mean(axis=1)
    if linear.class_weight is not None:
        curvature = curvature * compute_sample_weight(linear.class_weight, labels)
    return around(found, curvature, linear.coef_, float(linear.C), joint)


def of_number(found: sp.csr_matrix, linear: Ridge, wanted: Array, joint: int) -> dict[str, Any]:
    """Return the posterior of ridge regression fitted to ``wanted``, which has the mean 0; see ``around``.

    The noise is the one under which the labels are likeliest, mean(label · residual): unlike the mean squared residual
    it does not vanish where there are more features than rows.
    """
    noise = max(1e-12, float(np.mean(wanted * (wanted - linear.predict(found)))))
    curvature = np.full(found.shape[0], 1 / noise)
    return around(found, curvature, np.atleast_2d(linear.coef_), noise / float(linear.alpha), joint)


def around(
    found: sp.csr_matrix, curvature: Array, weights: Array, prior: float, joint: int
) -> dict[str, Any]:
    """Return the distribution of weights, the same for each class.

    ``curvature``: how much each row determines, shape (rows,). ``prior``: the variance that the regularisation stands
    for. The first ``joint`` features go together. Returned: ``prior``, a standard deviation; ``alone``, which part of
    it is left for each other weight, shape (features - joint,); ``together``, a factor of the covariance of the first,
    as parts of it, shape (joint, joint).
    """
    known, both = np.zeros(found.shape[1]), np.zeros((joint, joint))
    for begin in range(0, found.shape[0], ROWS):
        rows, heavy = found[begin : begin + ROWS], curvature[begin : begin + ROWS]
        known += rows.multiply(rows).T @ heavy
        dense = rows[:, :joint].toarray()
        both += (dense * heavy[:, None]).T @ dense
    known = known[joint:]
    learned = float((known / (known + 1 / prior)).sum())
    learned += float(np.trace(np.linalg.solve(both + np.eye(joint) / prior, both)))
    square = float((weights**2).sum()) / len(weights)
    learned = min(learned, float(found.shape[0]))  # rows cannot determine more weights than there are rows
    prior = min(prior, square / learned) if learned > 0 else prior
    alone = 1 / np.sqrt(1 + prior * known)
    together = np.linalg.inv(np.linalg.cholesky(np.eye(joint) + prior * both)).T
    return {
        "prior": float(np.sqrt(prior)),
        "alone": (np.ceil(alone * STEPS) / STEPS).astype(np.float16),
        "together": together.astype(np.float16),
    }


def deviations(found: sp.csr_matrix, unseen: Array, posterior: Mapping[str, Any]) -> Array:
    """Return the standard deviation of each row's output, shape (rows,).

    ``unseen``: the square of the length of what each row has that training never saw, shape (rows,).
    """
    together = posterior["together"].astype(np.float64)
    joint = len(together)
    rest = found[:, joint:]
    square = unseen + rest.multiply(rest) @ posterior["alone"].astype(np.float64) ** 2
    square = square + (np.asarray(found[:, :joint] @ together) ** 2).sum(axis=1)
    return np.asarray(posterior["prior"] * np.sqrt(square))


def draw(centre: Array, deviation: Array, draws: int, seed: int) -> Array:
    """Return draws of outputs around those of the model, shape (draws, rows, outputs); ``centre``: (rows, outputs).

    They are quantiles of a normal distribution, which ``seed`` puts in order: their spread is that of the
    distribution, where chance would make it wrong by a sixth at 20 draws. Each row is drawn for itself.
    """
    generator = np.random.default_rng(seed)
    steps = ndtri((np.arange(draws) + 0.5) / draws)
    steps = steps / (steps.std() if draws > 1 else 1.0)
    orders = np.array([generator.permutation(steps) for _ in range(centre.shape[1])]).T
    return np.asarray(centre + deviation[:, None] * orders[:, None, :])


def probabilities(outputs: Array) -> Array:
    """Return probabilities, shape (draws, rows, classes), of outputs; two classes have one output."""
    if outputs.shape[2] == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=2)
    return np.asarray(softmax(outputs, axis=2))


def unseen(rows: Any, found: sp.csr_matrix, state: Mapping[str, Any]) -> Array:
    """Return the square of the length of what each row has that training never saw, in the measure of the features;
    shape (rows,).

    Of a pair: word meetings (all of a row together have the length ``meetings``). Of a text: unknown words and groups
    of letters. Of a category: 1 for an unknown one. A number is never new; far out, its own weight doubts enough.
    """
    square = np.zeros(found.shape[0])
    if len(state["text"]) == 2:
        begin = joint(state)
        met = found[:, begin : begin + len(state["seen"])]
        square += np.maximum(0.0, state["meetings"] ** 2 - np.asarray(met.multiply(met).sum(axis=1)).ravel())
    if len(state["text"]) == 1:
        texts = rows[state["text"][0]].to_list()
        square += sum(unknown(texts, vectorizer) for vectorizer in state["tfidf"])
    if state["category"]:
        width = sum(len(names) for names in state["onehot"].categories_)
        known = np.asarray(found[:, found.shape[1] - width :].sum(axis=1)).ravel()
        square += np.maximum(0.0, len(state["category"]) - known)
    return square


def joint(state: Mapping[str, Any]) -> int:
    """Return how many of the first features go together: the likenesses of a pair and their products; where there is no
    text the numbers, unless they are more than JOINT (their covariance would have to be stored).
    """
    if state["text"] or not state["number"]:
        return int(state["products"].n_features_in_) if "products" in state else 0
    width = int(state["scale"].n_features_in_)
    return width if width <= JOINT else 0


def unknown(texts: list[str], vectorizer: Any) -> Array:
    """Return which part of each text's squared tf-idf is of terms that training never saw, shape (texts,).

    Such a term counts as much as one that a single text has; a text without any term is all unknown.
    """
    split, known, weights = vectorizer.build_analyzer(), vectorizer.vocabulary_, vectorizer.idf_**2
    highest = float(weights.max())
    found = []
    for text in texts:
        terms = set(split(text))
        places = sorted(known[term] for term in terms if term in known)
        outside = highest * (len(terms) - len(places))
        found.append(outside / (float(weights[places].sum()) + outside) if terms else 1.0)
    return np.array(found)
