"""How well values ranked what came after: information coefficients, spreads, and t-statistics that mind overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional

import numpy as np

from .dataset import HORIZON, Samples

QUANTILES = 5
REVERSAL_DAYS = 5
MOMENTUM_DAYS = 20
MIN_INDUSTRIES = QUANTILES
"""Of fewer, a fifth is not even one and a correlation tells nothing; an export without members knows none."""


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share their mean rank. [n] to [n]."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return (last - (counts - 1) / 2)[inverse]


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; NaN where one side does not vary."""
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else float("nan")


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's; NaN where one side does not vary."""
    return correlation(ranks(a), ranks(b))


def quantile_spread(values: np.ndarray, returns: np.ndarray) -> float:
    """Mean return of the highest fifth by value minus that of the lowest; equal values stand in the given order. NaN
    where a fifth is not even one."""
    size = len(values) // QUANTILES
    if size == 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    return float(returns[order[-size:]].mean() - returns[order[:size]].mean())


@dataclass(frozen=True)
class DayResult:
    """One cross-section. IC is Pearson's and Rank IC Spearman's correlation of value and return; spread a fraction."""

    date: str
    count: int
    ic: float
    rank_ic: float
    spread: float


def day_result(date: str, values: np.ndarray, returns: np.ndarray) -> DayResult:
    values = values.astype(np.float64)
    return DayResult(
        date, len(values), correlation(values, returns), rank_correlation(values, returns), quantile_spread(values, returns)
    )


def stock_result(samples: Samples, day: int, values: np.ndarray) -> DayResult:
    """`values` [n] are of the day's stocks, against their returns over the next HORIZON days."""
    return day_result(samples.panel.dates[day], values, samples.forward_returns(day))


def industry_result(samples: Samples, day: int, values: np.ndarray) -> DayResult:
    """The same for industries: equal means of the values and of the returns of their stocks on the day. Where these are
    fewer than MIN_INDUSTRIES all figures are NaN."""
    names = np.array([samples.panel.industries[stock] or "" for stock in samples.stocks(day)])
    of_known = names != ""
    _, group = np.unique(names[of_known], return_inverse=True)
    sizes = np.bincount(group)
    if len(sizes) < MIN_INDUSTRIES:
        return DayResult(samples.panel.dates[day], len(sizes), *[float("nan")] * 3)
    means = [np.bincount(group, weights=one[of_known]) / sizes for one in (values, samples.forward_returns(day))]
    return day_result(samples.panel.dates[day], *means)


def reversal(samples: Samples, day: int) -> np.ndarray:
    """Baseline [n]: minus the return of the last REVERSAL_DAYS days."""
    return -past_return(samples, day, REVERSAL_DAYS)


def momentum(samples: Samples, day: int) -> np.ndarray:
    """Baseline [n]: the return of the last MOMENTUM_DAYS days."""
    return past_return(samples, day, MOMENTUM_DAYS)


def past_return(samples: Samples, day: int, days: int) -> np.ndarray:
    stocks = samples.stocks(day)
    return samples.panel.prices[day, stocks] / samples.panel.prices[day - days, stocks] - 1


@dataclass(frozen=True)
class Summary:
    """Over the days of one month, or of all. Means are over the days that have the figure; null where none has."""

    days: int
    observations: int
    ic: Optional[float]
    rank_ic: Optional[float]
    icir: Optional[float]
    """Mean IC over its standard deviation (ddof 1), per day, not annualised; null where there is no deviation."""
    rank_icir: Optional[float]
    spread: Optional[float]


def summarise(results: Iterable[DayResult]) -> Summary:
    results = list(results)
    daily = np.array([(result.ic, result.rank_ic, result.spread) for result in results]).reshape(-1, 3)
    ics, rank_ics, spreads = (known(series) for series in daily.T)
    return Summary(
        days=len(results),
        observations=sum(result.count for result in results),
        ic=mean(ics),
        rank_ic=mean(rank_ics),
        icir=information_ratio(ics),
        rank_icir=information_ratio(rank_ics),
        spread=mean(spreads),
    )


def known(series: np.ndarray) -> np.ndarray:
    """The values of a daily series that are not NaN."""
    return series[~np.isnan(series)]


def mean(series: np.ndarray) -> Optional[float]:
    """None where there is nothing to take it of."""
    return float(series.mean()) if len(series) > 0 else None


def information_ratio(series: np.ndarray) -> Optional[float]:
    """Mean over standard deviation (ddof 1); None where there is no deviation."""
    deviation = series.std(ddof=1) if len(series) > 1 else 0.0
    return float(series.mean() / deviation) if deviation > 0 else None


def newey_west_t(series: np.ndarray, lags: int = HORIZON) -> float:
    """t-statistic of the mean of a daily series with Newey and West's standard error (1987), Bartlett weights.

    Labels of neighbouring days share all but one of their HORIZON days, so daily figures are far from independent and
    the plain t-statistic is about sqrt(HORIZON) too large. NaN where the series has no more than `lags` values.
    """
    n = len(series)
    if n <= lags:
        return float("nan")
    centred = series - series.mean()
    variance = centred @ centred / n
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag]) / n
    return float(series.mean() / np.sqrt(variance / n))


def non_overlapping_t(series: np.ndarray, step: int = HORIZON) -> tuple[int, float, float]:
    """Count, mean and plain t-statistic of every `step`-th value, the first included: their labels share no day. NaN
    where there is no value, no deviation."""
    chosen = series[::step]
    n = len(chosen)
    if n == 0:
        return 0, float("nan"), float("nan")
    deviation = chosen.std(ddof=1) if n > 1 else 0.0
    return n, float(chosen.mean()), float(chosen.mean() / deviation * np.sqrt(n)) if deviation > 0 else float("nan")
