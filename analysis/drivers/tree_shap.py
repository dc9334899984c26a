"""SHAP values of decision trees and their forests.

They are the values of ``shap.TreeExplainer`` with ``tree_path_dependent`` perturbation, to 1e-7.
They are found here because that explainer holds the interpreter's lock and is slower on a forest of
deep trees: on 1285 customers in ten folds, with 100 extra trees each, shap 0.51.0 took 1.6 to 1.9
times the processor's seconds of this module (numpy 2.4.6), and with two threads at work the whole
explanation about twice the seconds of the clock.

For one leaf the share of row and feature is an integral over t from 0 to 1 of a product over the
other features of the leaf's path: t where the row stays on the path by the feature, plus (1 - t)
times the share of training rows that do. The product is a polynomial, whose integral a few
Gauss-Legendre nodes give; sums over the leaves below a node are shared by all edges above it.

References
----------
Owen, G. (1972). Multilinear extensions of games. Management Science 18, 64-79.
Lundberg, S. et al. (2020). From local explanations to global understanding with explainable AI for
trees. Nature Machine Intelligence 2, 56-67.
Yu, P. et al. (2022). Linear TreeSHAP. NeurIPS 35.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Flags, Floats, Rows

ROWS_AT_ONCE = 64
NODES_AT_ONCE = 6_000
"""As many rows, and nodes of trees, are looked at together: what they need stays in the processor's
cache, and memory does not grow with the forest."""

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(4)
"""Points of the integral. They are exact for seven features on a path; for the sixteen of a deep
tree, contributions of 1e-2 are right to 1e-7, and eight points take half as much time again."""

Four: TypeAlias = NDArray[np.complex128]
"""Numbers at the four points, in single precision, each four together as one number of 16 bytes:
so they are looked up in one go. Half of the digits are enough for sums that are right to 1e-7."""

LEFT, RIGHT, WAYS = 1, 2, 3
"""Where a row goes at a split; 0 if it left the path by the same feature further up."""


@dataclass(frozen=True)
class _Layer:
    """Splits of equal depth in all trees.

    ``above`` is the node below the last split by the same feature on the way down (-1 if none).
    ``inner`` says which children, shape (p, 2), are splits themselves. ``share_above`` and
    ``share``, shapes (p,) and (p, 2), are the shares of training rows that stay on the path by the
    split's feature, down to the split and to its children. ``value`` is that of the children.
    ``by_feature`` puts the splits of a feature side by side; ``features`` are those that occur, and
    ``starts`` where each of them begins.
    """

    children: Rows
    feature: Rows
    threshold: Floats
    above: Rows
    inner: Flags
    share_above: Floats
    share: Floats
    value: Floats
    by_feature: Rows
    features: Rows
    starts: Rows


@dataclass(frozen=True)
class _Tables:
    """What a layer gives for each way that a row can go, at the points of the integral.

    Their axis runs over the splits times the three ways, or over the splits below (lefts first)
    times the three ways. ``leaf_weight`` sums up the children that are leaves, ``leaf_share`` what
    they give to the split's feature; ``path_weight`` and ``path_share`` do the same per unit of
    weight for children that are splits.
    """

    leaf_weight: Four
    leaf_share: Four
    path_weight: Four
    path_share: Four
    parent: Rows
    lefts: int


def forest_contributions(trees: Sequence[Any], rows: Floats) -> Floats:
    """Split the mean probability of trees into a contribution of each column.

    Parameters
    ----------
    trees : sequence of sklearn.tree.Tree
        The ``tree_`` of fitted classifiers of two classes.
    rows : ndarray of shape (n, columns)
        Prepared features without missing values.

    Returns
    -------
    ndarray of shape (n, columns)
        Contributions to the probability of the second class. In each row they add up to the
        probability less a base that is the same for all rows.
    """
    by_column = np.ascontiguousarray(rows.astype(np.float32).T)
    total = np.zeros(rows.shape)
    batch = np.cumsum([tree.node_count for tree in trees]) // NODES_AT_ONCE
    for number in np.unique(batch):
        some = [tree for tree, of in zip(trees, batch, strict=True) if of == number]
        total += _of_trees(some, by_column)
    return total / len(trees)


def _of_trees(trees: Sequence[Any], by_column: NDArray[np.float32]) -> Floats:
    """Contributions summed over trees, in shape (n, columns), of rows given by column."""
    columns, count = by_column.shape
    layers = _layers(trees, columns)
    if not layers:
        return np.zeros((count, columns))
    tables = [_tables(layer, (POINTS + 1) / 2, WEIGHTS / 2) for layer in layers]
    return np.concatenate(
        [
            _of_rows(layers, tables, by_column[:, start : start + ROWS_AT_ONCE])
            for start in range(0, count, ROWS_AT_ONCE)
        ]
    )


def _layers(trees: Sequence[Any], columns: int) -> list[_Layer]:
    counts = np.array([tree.node_count for tree in trees])
    roots = np.cumsum(counts) - counts
    children = np.concatenate(
        [
            np.column_stack([tree.children_left, tree.children_right]) + root
            for tree, root in zip(trees, roots, strict=True)
        ]
    )
    feature = np.concatenate([tree.feature for tree in trees])
    threshold = np.concatenate([tree.threshold for tree in trees])
    cover = np.concatenate([tree.weighted_n_node_samples for tree in trees])
    value = np.concatenate([tree.value[:, 0, 1] for tree in trees])
    splits = feature >= 0
    share = np.ones(len(feature))
    layers = []
    parents = roots[splits[roots]]
    last = np.full((len(parents), columns), -1, dtype=np.intp)
    while parents.size:
        below, of = children[parents], feature[parents]
        split = np.arange(len(parents))
        above = last[split, of]
        share_above = np.where(above >= 0, share[above], 1.0)
        share[below] = share_above[:, None] * cover[below] / cover[parents][:, None]
        by_feature = np.argsort(of, kind="stable")
        features, starts = np.unique(of[by_feature], return_index=True)
        layer = _Layer(
            children=below,
            feature=of,
            threshold=threshold[parents],
            above=above,
            inner=splits[below],
            share_above=share_above,
            share=share[below],
            value=value[below],
            by_feature=by_feature,
            features=features,
            starts=starts,
        )
        layers.append(layer)
        lasts = []
        for side in (0, 1):
            last[split, of] = below[:, side]
            lasts.append(last[layer.inner[:, side]])
        last = np.concatenate(lasts)
        parents = _lefts_then_rights(below, layer.inner)
    return layers


def _lefts_then_rights(of_children: NDArray[Any], inner: Flags) -> NDArray[Any]:
    """Values of the children that are splits, in the order of the next layer."""
    return np.concatenate([of_children[inner[:, side], side] for side in (0, 1)])


def _tables(layer: _Layer, t: Floats, weights: Floats) -> _Tables:
    gone = layer.share[..., None] * (1 - t)
    factor_above = (layer.share_above[:, None] * (1 - t) + t)[:, None]
    stays, leaves = (gone + t) / factor_above, gone / factor_above
    was_absent = np.broadcast_to((layer.share / layer.share_above[:, None])[..., None], gone.shape)
    ratio = _by_way(was_absent, stays, leaves)

    share_above = (1 - layer.share_above)[:, None, None] / factor_above
    gains = weights * ((1 - layer.share)[..., None] / (gone + t) - share_above)
    loses = weights * np.broadcast_to(-1 / (1 - t) - share_above, gone.shape)
    share = _by_way(np.zeros_like(gone), gains, loses)

    leaf = np.where(layer.inner, 0.0, layer.value)[..., None, None] * ratio
    lefts, rights = (np.flatnonzero(layer.inner[:, side]) for side in (0, 1))
    parent = np.concatenate([lefts, rights])
    side = np.repeat([0, 1], [len(lefts), len(rights)])
    return _Tables(
        leaf_weight=_four(leaf.sum(axis=1)),
        leaf_share=_four((leaf * share).sum(axis=1)),
        path_weight=_four(ratio[parent, side]),
        path_share=_four(share[parent, side]),
        parent=parent,
        lefts=len(lefts),
    )


def _by_way(absent: Floats, stays: Floats, leaves: Floats) -> Floats:
    """Values per child for a row that is absent, goes left or goes right: (p, 2, 3, points)."""
    left = np.stack([stays[:, 0], leaves[:, 1]], axis=1)
    right = np.stack([leaves[:, 0], stays[:, 1]], axis=1)
    return np.stack([absent, left, right], axis=2)


def _four(numbers: Floats) -> Four:
    return np.ascontiguousarray(numbers, dtype=np.float32).view(np.complex128).ravel()


def _of_rows(
    layers: Sequence[_Layer], tables: Sequence[_Tables], by_column: NDArray[np.float32]
) -> Floats:
    """Contributions of some rows, given as float32 of shape (columns, n), in shape (n, columns)."""
    contributions = np.zeros(by_column.shape)
    below = None
    for layer, table, places, paths, weight in reversed(list(_descend(layers, tables, by_column))):
        share = _integral(_looked_up(table.leaf_share, places), weight)
        total = _looked_up(table.leaf_weight, places)
        total *= weight
        if below is not None and len(below):
            of_paths = _integral(_looked_up(table.path_share, paths), below)
            for some in (slice(None, table.lefts), slice(table.lefts, None)):
                share[table.parent[some]] += of_paths[some]
                total[table.parent[some]] += below[some]
        by_feature = share[layer.by_feature]
        contributions[layer.features] += np.add.reduceat(by_feature, layer.starts, axis=0)
        below = total
    return contributions.T


def _descend(
    layers: Sequence[_Layer], tables: Sequence[_Tables], by_column: Any
) -> Iterator[tuple[_Layer, _Tables, Rows, Rows, NDArray[np.float32]]]:
    """Go down from the roots.

    Where in the tables stands what each row does at each split, and below it, and its weight there.
    """
    count = by_column.shape[1]
    nodes = 1 + max(int(layer.children.max()) for layer in layers)
    on_path = np.ones((nodes, count), dtype=np.bool_)
    weight = np.ones((len(layers[0].feature), count * len(POINTS)), dtype=np.float32)
    for layer, table in zip(layers, tables, strict=True):
        met = on_path[layer.above] | (layer.above < 0)[:, None]
        goes_left = by_column[layer.feature] <= layer.threshold[:, None]
        left, right = met & goes_left, met & ~goes_left
        on_path[layer.children[:, 0]] = left
        on_path[layer.children[:, 1]] = right
        way = LEFT * left.astype(np.intp) + RIGHT * right
        paths = _places(way[table.parent])
        yield layer, table, _places(way), paths, weight
        below = _looked_up(table.path_weight, paths)
        below *= weight[table.parent]
        weight = below


def _places(way: Rows) -> Rows:
    return way + WAYS * np.arange(len(way))[:, None]


def _looked_up(table: Four, places: Rows) -> NDArray[np.float32]:
    """Numbers of shape (p, n * points) for places of shape (p, n)."""
    return table.take(places, mode="clip").view(np.float32)


def _integral(values: NDArray[np.float32], weight: NDArray[np.float32]) -> Any:
    """Sum the products over the points: shape (p, n)."""
    values *= weight
    at_points = values.reshape(len(values), -1, len(POINTS))
    return at_points @ np.ones(len(POINTS), dtype=np.float32)
