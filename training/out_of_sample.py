"""The models and the baselines on the same unseen days and stocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .dataset import Samples
from .errors import TrainingError
from .evaluation import DayResult, industry_result, momentum, rank_correlation, reversal, stock_result
from .manifest import Model
from .walk_forward import Fold


@dataclass(frozen=True)
class Method:
    """A way to rank, day by day: what it gave each day's stocks, and what came of it."""

    name: str
    values: list[np.ndarray]
    stocks: list[DayResult]
    industries: list[DayResult]


def unseen_days(samples: Samples, folds: list[Fold]) -> list[tuple[Fold, int]]:
    """Every day of the folds' months whose labels have ended, in order, with the fold whose model scores it."""
    labelled = set(samples.labelled_days())
    return [(fold, day) for fold in folds for day in fold.unseen if day in labelled]


def gru_method(samples: Samples, folds: list[Fold], models: list[Model]) -> Method:
    """Each day scored by its own month's model; raises TrainingError where the models are not those of the folds."""
    by_name = {model.manifest["name"]: model for model in models}
    for fold in folds:
        labels_to = by_name[fold.name].manifest["labelsTo"] if fold.name in by_name else "no such model"
        if labels_to != samples.panel.dates[fold.labels_to]:
            raise TrainingError(
                f"{fold.name}: labels to {labels_to}, with this export {samples.panel.dates[fold.labels_to]}. "
                "Give the export that the models were trained on, or train again."
            )
    days = unseen_days(samples, folds)
    scorers = {fold.name: by_name[fold.name].scorer for fold, _ in days}
    return _method(samples, "GRU", days, lambda fold, day: scorers[fold.name].score(samples.windows(day)))


def baseline_methods(samples: Samples, folds: list[Fold]) -> list[Method]:
    days = unseen_days(samples, folds)
    return [
        _method(samples, name, days, lambda _, day, rule=rule: rule(samples, day))
        for name, rule in (("5-day reversal", reversal), ("20-day momentum", momentum))
    ]


def _method(
    samples: Samples, name: str, days: list[tuple[Fold, int]], rule: Callable[[Fold, int], np.ndarray]
) -> Method:
    values = [rule(fold, day) for fold, day in days]
    results = [
        [level(samples, day, of_day) for (_, day), of_day in zip(days, values)]
        for level in (stock_result, industry_result)
    ]
    return Method(name, values, *results)


def mean_rank_correlation(one: Method, other: Method) -> float:
    """How alike two methods rank the stocks, mean over days."""
    return float(np.mean([rank_correlation(a, b) for a, b in zip(one.values, other.values)]))
