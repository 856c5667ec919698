"""An export whose truth is known: random walks in which one feature says a little of the next days' returns."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Optional, Sequence

import numpy as np

FEATURE_NAMES = [f"feature{number}" for number in range(12)]
PLANTED = 3
"""The feature that carries the signal."""
MEMORY = 0.9
"""How much of the hidden state behind the planted feature is left a day later."""


INDUSTRIES = [f"CI0050{number:02d}" for number in range(1, 11)]


def write_export(
    directory: Path,
    days: int,
    stocks: int,
    strength: float,
    seed: int,
    industries: Sequence[Optional[str]] = INDUSTRIES,
) -> None:
    """Writes the four files; the stocks belong to the industries in turn, or to none where there is but None. A stock's daily return is noise of 2 % plus `strength` times yesterday's hidden state, which
    the planted feature shows through noise as large as itself; a tenth of the features and some days are missing."""
    random = np.random.default_rng(seed)
    state = np.zeros((days, stocks))
    for day in range(1, days):
        state[day] = MEMORY * state[day - 1] + np.sqrt(1 - MEMORY**2) * random.standard_normal(stocks)
    returns = 0.02 * random.standard_normal((days, stocks))
    returns[1:] += strength * state[:-1]
    features = random.standard_normal((days, stocks, len(FEATURE_NAMES)))
    features[:, :, PLANTED] = (state + random.standard_normal((days, stocks))) / np.sqrt(2)
    features[random.random(features.shape) < 0.1] = np.nan
    present = random.random((days, stocks)) > 0.02
    features[~present] = np.nan
    prices = 10 * np.cumprod(1 + returns, axis=0)
    prices[~present] = np.nan
    write_arrays(directory, features, prices, present, industries)


def write_arrays(
    directory: Path,
    features: np.ndarray,
    prices: np.ndarray,
    present: np.ndarray,
    industries: Sequence[Optional[str]] = INDUSTRIES,
) -> None:
    days, stocks = present.shape
    directory.mkdir(parents=True, exist_ok=True)
    np.save(directory / "features.npy", features.astype(np.float32))
    np.save(directory / "prices.npy", prices)
    np.save(directory / "present.npy", present.astype(np.uint8))
    index = {
        "featureSpec": "intraday-v1",
        "specVersion": 1,
        "dates": weekdays(days),
        "codes": [f"{600000 + stock}.SH" for stock in range(stocks)],
        "industries": [industries[stock % len(industries)] for stock in range(stocks)],
        "features": FEATURE_NAMES,
        "scheme": "CITIC_L1",
        "dataVersion": 1,
        "notes": [],
    }
    (directory / "index.json").write_text(json.dumps(index), encoding="utf8")


def weekdays(count: int) -> list[str]:
    days = (datetime.date(2025, 1, 1) + datetime.timedelta(day) for day in range(2 * count))
    return [day.isoformat() for day in days if day.weekday() < 5][:count]
