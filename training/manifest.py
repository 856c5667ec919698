"""The manifest beside each model: what the registry checks, and what a reader must know of it."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from .dataset import HORIZON, LIMIT, MIN_PRESENT, WINDOW, Samples
from .errors import TrainingError
from .evaluation import DayResult, industry_result, stock_result, summarise
from .export import OPSET, read_back
from .fit import Fitted
from .model import DROPOUT, HIDDEN, LAYERS, GruScorer
from .panel import FEATURE_SPEC, FEATURES, SPEC_VERSION
from .walk_forward import Fold

LABEL = (
    f"total return from the close of the scored day over the next {HORIZON} trading days; across the stocks of a day "
    f"winsorised at median ± {LIMIT / 1.4826:.0f} × 1.4826 × MAD, then z-scored"
)


def build_manifest(samples: Samples, fold: Fold, fitted: Fitted, seed: int, file: Path) -> dict:
    """The manifest of a model whose ONNX file has been written."""
    panel = samples.panel
    industries = len({industry for industry in panel.industries if industry is not None})
    return {
        "name": fold.name,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "featureSpec": FEATURE_SPEC,
        "specVersion": SPEC_VERSION,
        "window": WINDOW,
        "features": FEATURES,
        "universe": (
            f"{len(panel.codes)} stocks of {industries} {panel.scheme} industries, {panel.codes[0]} to "
            f"{panel.codes[-1]}; on a day those with bars on it and on {MIN_PRESENT} of its {WINDOW} days"
        ),
        "label": LABEL,
        "horizonDays": HORIZON,
        "embargoDays": HORIZON,
        "trainedFrom": panel.dates[fold.training[0]],
        "trainedTo": panel.dates[fold.validation[-1]],
        "labelsTo": panel.dates[fold.labels_to],
        "validFrom": fold.valid_from,
        "validTo": fold.valid_to,
        "seed": seed,
        "architecture": {"hidden": HIDDEN, "layers": LAYERS, "dropout": DROPOUT},
        "framework": f"PyTorch {torch.__version__} / ONNX opset {OPSET}",
        "trainedAt": datetime.date.today().isoformat(),
        "metrics": {
            "training": {"dates": len(fold.training), "bestRound": fitted.best_round, "rounds": fitted.rounds},
            "validation": figures(day_results(samples, fold.validation, fitted.model)),
            "outOfSample": {"months": out_of_sample(samples, fold, fitted.model)},
        },
    }


def out_of_sample(samples: Samples, fold: Fold, model: GruScorer) -> list[dict]:
    """Figures of the fold's own month, over its days whose labels have ended; nothing where there are none."""
    labelled = set(samples.labelled_days())
    days = [day for day in fold.unseen if day in labelled]
    return [{"month": fold.month, **figures(day_results(samples, days, model))}] if days else []


def day_results(samples: Samples, days: list[int], model: GruScorer) -> list[tuple[DayResult, DayResult]]:
    """Per day the result over stocks and over industries."""
    results = []
    for day in days:
        scores = model.score(samples.windows(day))
        results.append((stock_result(samples, day, scores), industry_result(samples, day, scores)))
    return results


def figures(results: list[tuple[DayResult, DayResult]]) -> dict:
    """`observations` are stock-days; IC and Rank IC over stocks, then the same over industries."""
    stocks = summarise(stock for stock, _ in results)
    industries = summarise(industry for _, industry in results)
    rounded = {
        "ic": stocks.ic,
        "rankIc": stocks.rank_ic,
        "icir": stocks.icir,
        "rankIcir": stocks.rank_icir,
        "spread": stocks.spread,
        "industryIc": industries.ic,
        "industryRankIc": industries.rank_ic,
        "industrySpread": industries.spread,
    }
    return {
        "dates": stocks.days,
        "observations": stocks.observations,
        **{name: None if value is None else round(value, 6) for name, value in rounded.items()},
    }


@dataclass(frozen=True)
class Model:
    """A model of a folder, its weights read from the ONNX file."""

    manifest: dict
    file: Path
    scorer: GruScorer


def load_models(directory: Path) -> list[Model]:
    """All models of a folder by name; raises TrainingError where there are none, or a file is not the manifest's."""
    models = []
    for path in sorted(directory.glob("*.json")):
        manifest = json.loads(path.read_text(encoding="utf8"))
        file = directory / manifest["file"]
        if hashlib.sha256(file.read_bytes()).hexdigest() != manifest["sha256"]:
            raise TrainingError(f"{file} is not the file that {path} describes: its SHA-256 differs. Train again.")
        models.append(Model(manifest, file, read_back(file)))
    if not models:
        raise TrainingError(f"{directory} holds no manifest (*.json). Train first: python3 -m training train --help")
    return models


def write_json(path: Path, value: dict) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf8")
