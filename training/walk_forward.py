"""Walk-forward: for each calendar month a model that was trained on nothing that ends in or after that month."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from itertools import groupby

from .dataset import HORIZON

MIN_TRAINING_DAYS = 60
"""The first unseen month is the first that leaves this many days to train on."""
TRAINING_PARTS, VALIDATION_PARTS = 4, 1
OPEN_MONTHS = 3
"""Calendar months for which the newest model stays valid, its own included, when no newer one has been trained."""


@dataclass(frozen=True)
class Fold:
    """Days are indexes into the panel's dates; `training`, then HORIZON days left out, then `validation`, then HORIZON
    days left out, then the month. A label runs over the HORIZON days after its own, so none reaches the next part."""

    month: str
    valid_from: str
    valid_to: str
    training: list[int]
    validation: list[int]
    unseen: list[int]

    @property
    def name(self) -> str:
        return f"gru-{self.month}"

    @property
    def labels_to(self) -> int:
        """The last day whose price any label of the fold rests on."""
        return self.validation[-1] + HORIZON


def make_folds(dates: list[str], scored_days: list[int]) -> list[Fold]:
    """One fold per calendar month that leaves MIN_TRAINING_DAYS to train on, in order; the last stays open."""
    folds = []
    for month, days in groupby(range(len(dates)), key=lambda day: dates[day][:7]):
        month_days = list(days)
        before = [day for day in scored_days if day + HORIZON < month_days[0]]
        training_days = (len(before) - HORIZON) * TRAINING_PARTS // (TRAINING_PARTS + VALIDATION_PARTS)
        if training_days < MIN_TRAINING_DAYS:
            continue
        training = before[:training_days]
        folds.append(
            Fold(
                month=month,
                valid_from=f"{month}-01",
                valid_to=month_end(month, 0),
                training=training,
                validation=[day for day in before if day > training[-1] + HORIZON],
                unseen=[day for day in scored_days if day in set(month_days)],
            )
        )
    if folds:
        folds[-1] = replace(folds[-1], valid_to=month_end(folds[-1].month, OPEN_MONTHS - 1))
    return folds


def month_end(month: str, later: int) -> str:
    """The last calendar day of the month that lies `later` months after `month` (YYYY-MM)."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + later, 12)
    return f"{year}-{number + 1:02d}-{calendar.monthrange(year, number + 1)[1]:02d}"
