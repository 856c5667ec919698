"""Samples: which stock may be scored on which day, its window of features, and the label that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .panel import Panel

WINDOW = 40
"""Trading days a model looks back on, the scored day included."""
MIN_PRESENT = 32
"""Days of the window on which a stock must have had bars; it must have had them on the scored day, too."""
MIN_STOCKS = 20
"""A day with bars of fewer stocks has no cross-section, hence no features."""
HORIZON = 10
"""Trading days over which the labelled return runs, from the scored day's close."""
LIMIT = 3 * 1.4826
"""Median absolute deviations at which a label is cut: three standard deviations of a normal distribution."""


@dataclass(frozen=True)
class Samples:
    """One cross-section a day. Days are indexes into `panel.dates`."""

    panel: Panel
    eligible: np.ndarray
    """bool [D,S]: may be scored."""
    returns: np.ndarray
    """float64 [D,S]: return over the next HORIZON trading days; NaN on the last HORIZON days."""

    def scored_days(self) -> list[int]:
        """Days with a cross-section, labelled or not yet."""
        return [int(day) for day in np.flatnonzero(self.eligible.any(axis=1))]

    def labelled_days(self) -> list[int]:
        """Days with a cross-section whose labels have ended."""
        last = len(self.panel.dates) - HORIZON
        return [day for day in self.scored_days() if day < last]

    def stocks(self, day: int) -> np.ndarray:
        """Indexes of the stocks that may be scored on the day."""
        return np.flatnonzero(self.eligible[day])

    def windows(self, day: int) -> np.ndarray:
        """float32 [n,WINDOW,F] of the day's stocks, oldest day first."""
        window = self.panel.features[day - WINDOW + 1 : day + 1, self.stocks(day)]
        return np.ascontiguousarray(window.transpose(1, 0, 2))

    def forward_returns(self, day: int) -> np.ndarray:
        """float64 [n], the return of each of the day's stocks over the next HORIZON days, as it was."""
        return self.returns[day, self.stocks(day)]

    def labels(self, day: int) -> np.ndarray:
        """float32 [n], `forward_returns` standardised across the day's stocks."""
        return standardised(self.forward_returns(day)).astype(np.float32)


def make_samples(panel: Panel) -> Samples:
    """Samples of every day with a full window of trading days before it."""
    return Samples(panel, eligible_stocks(panel.present), forward_returns(panel.prices))


def eligible_stocks(present: np.ndarray) -> np.ndarray:
    """bool [D,S] from bool [D,S]: bars on the day and on at least MIN_PRESENT of its WINDOW days."""
    counts = np.vstack([np.zeros((1, present.shape[1]), int), present.cumsum(axis=0)])
    eligible = np.zeros_like(present)
    eligible[WINDOW - 1 :] = present[WINDOW - 1 :] & (counts[WINDOW:] - counts[:-WINDOW] >= MIN_PRESENT)
    eligible[present.sum(axis=1) < MIN_STOCKS] = False
    return eligible


def forward_returns(prices: np.ndarray) -> np.ndarray:
    """[D,S]: prices(t + HORIZON) / prices(t) − 1, NaN where the horizon runs past the data."""
    returns = np.full(prices.shape, np.nan)
    returns[:-HORIZON] = prices[HORIZON:] / prices[:-HORIZON] - 1
    return returns


def standardised(values: np.ndarray) -> np.ndarray:
    """Winsorised at median ± 3 × 1.4826 × MAD, then z-scored (ddof 1); no spread gives zeros. As the features are."""
    median = np.median(values)
    deviation = LIMIT * np.median(np.abs(values - median))
    cut = np.clip(values, median - deviation, median + deviation)
    spread = cut.std(ddof=1)
    return (cut - cut.mean()) / spread if spread > 0 else np.zeros_like(cut)
