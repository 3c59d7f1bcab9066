"""Grow a Random Forest and keep it as plain numbers; jobs alone call this, because it loads scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from webapp.analytics.forecasts.trees import Nodes

TREES: Final = 60
_LEAST_IN_LEAF: Final = 5

Floats = NDArray[np.float64]


def grow(features: Sequence[Sequence[float]], deviations: Sequence[float], seed: int) -> RandomForestRegressor:
    """Return a forest that was grown on posts by their features; the same input gives the same forest."""
    forest = RandomForestRegressor(
        n_estimators=TREES, min_samples_leaf=_LEAST_IN_LEAF, max_features=0.5, random_state=seed % 2**32, n_jobs=1
    )
    return forest.fit(np.asarray(features, dtype=np.float32), np.asarray(deviations, dtype=np.float64))


def nodes_of(forest: RandomForestRegressor) -> Nodes:
    """Return the nodes of all trees in a row."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    return Nodes(
        roots=tuple(int(start) for start in starts),
        features=_joined([np.maximum(tree.feature, 0) for tree in trees], "<u1"),
        thresholds=_joined([tree.threshold for tree in trees], "<f8"),
        left=_joined([_moved(tree.children_left, start) for tree, start in zip(trees, starts, strict=True)], "<u4"),
        right=_joined([_moved(tree.children_right, start) for tree, start in zip(trees, starts, strict=True)], "<u4"),
        values=_joined([tree.value[:, 0, 0] for tree in trees], "<f8"),
    )


def _moved(children: Any, start: int) -> Any:
    """Return the places of children among all nodes, 0 in a leaf: no tree's root is a child."""
    return np.where(children < 0, 0, children + start)


def _joined(rows: Sequence[Any], kind: str) -> bytes:
    return np.concatenate(rows).astype(kind).tobytes()
