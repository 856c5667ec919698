"""The panel that `lundong features export` writes: features, prices and presence by date and stock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import numpy as np

from .errors import TrainingError

FEATURE_SPEC = "intraday-v1"
SPEC_VERSION = 1
FEATURES = 12


@dataclass(frozen=True)
class Panel:
    """D trading days (ascending) by S stocks (ascending) by F features."""

    dates: list[str]
    codes: list[str]
    industries: list[Optional[str]]
    scheme: str
    data_version: int
    notes: list[str]
    features: np.ndarray
    """float32 [D,S,F], z-scores across the stocks of a date; a missing one is 0, the centre of its cross-section."""
    prices: np.ndarray
    """float64 [D,S], total-return chain; days without bars carry the last price, NaN before a stock's first bars."""
    present: np.ndarray
    """bool [D,S], whether the stock had bars."""


def load_panel(directory: Path) -> Panel:
    """Reads and checks a folder written by `lundong features export`; raises TrainingError where it does not fit."""
    try:
        index = json.loads((directory / "index.json").read_text(encoding="utf8"))
        arrays = {name: np.load(directory / f"{name}.npy") for name in ("features", "prices", "present")}
    except (OSError, ValueError) as error:
        raise TrainingError(f"{directory} is no export of features: {error}. Write one with `lundong features export`.")
    spec = (index["featureSpec"], index["specVersion"], len(index["features"]))
    if spec != (FEATURE_SPEC, SPEC_VERSION, FEATURES):
        raise TrainingError(
            f"{directory} holds features {spec[0]} version {spec[1]} ({spec[2]} of them); "
            f"this trains {FEATURE_SPEC} version {SPEC_VERSION} ({FEATURES}). Export again with the matching program."
        )
    dates, codes, industries = index["dates"], index["codes"], index["industries"]
    days, stocks = len(dates), len(codes)
    expected = {"features": (days, stocks, FEATURES), "prices": (days, stocks), "present": (days, stocks)}
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise TrainingError(f"{name}.npy has shape {arrays[name].shape}, index.json says {shape}. Export again.")
    for name, values in (("dates", dates), ("codes", codes)):
        if any(a >= b for a, b in zip(values, values[1:])):
            raise TrainingError(f"{name} of {directory}/index.json do not ascend. Export again.")
    if len(industries) != stocks:
        raise TrainingError(f"index.json has {len(industries)} industries for {stocks} codes. Export again.")
    features, prices = arrays["features"], arrays["prices"]
    if np.isinf(features).any() or np.isinf(prices).any() or (prices <= 0).any():
        raise TrainingError(f"{directory} holds infinite features, or prices that are not positive. Export again.")
    return Panel(
        dates=dates,
        codes=codes,
        industries=industries,
        scheme=index["scheme"],
        data_version=index["dataVersion"],
        notes=index["notes"],
        features=np.nan_to_num(features.astype(np.float32), nan=0.0),
        prices=carried_forward(prices),
        present=arrays["present"].astype(bool),
    )


def carried_forward(prices: np.ndarray) -> np.ndarray:
    """The last price known on each day: a suspended stock is worth what it last traded at. [D,S] to [D,S]."""
    days = np.arange(len(prices))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(prices), 0, days), axis=0)
    return np.take_along_axis(prices, last, axis=0)
