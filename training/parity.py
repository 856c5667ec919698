"""Whether an ONNX file says what the PyTorch module said: fixed input, recorded scores, and a fresh export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .dataset import WINDOW
from .errors import TrainingError
from .export import export
from .manifest import load_models, write_json
from .model import GruScorer
from .panel import FEATURES

BATCH = 50
TOLERANCE = 1e-5
INPUT_RULE = "x[i] = float32((i * 2473 mod 4001) / 1000 - 2), i counting through [batch, window, feature] in C order"


def fixed_input() -> np.ndarray:
    """float32 [BATCH,WINDOW,FEATURES] from -2 to 2: whole-number arithmetic and one division, the same in any language
    to the last bit, which a sine would not be."""
    i = np.arange(BATCH * WINDOW * FEATURES, dtype=np.int64)
    return ((i * 2473 % 4001) / 1000 - 2).astype(np.float32).reshape(BATCH, WINDOW, FEATURES)


def parity_path(models: Path, name: str) -> Path:
    """In a folder of its own, so that `models/*.json` are the manifests."""
    return models / "parity" / f"{name}.json"


def parity_record(model: GruScorer) -> dict:
    scores = model.score(fixed_input())
    return {"input": INPUT_RULE, "shape": [BATCH, WINDOW, FEATURES], "scores": [float(score) for score in scores]}


def parity(models: Path, out: Path) -> list[str]:
    """Reads every model's weights back into PyTorch and scores the fixed input; writes out/<name>.onnx, exported
    afresh, and out/parity/<name>.json. Returns the names; raises TrainingError where recorded scores are not met."""
    (out / "parity").mkdir(parents=True, exist_ok=True)
    names = []
    for model in load_models(models):
        name = model.manifest["name"]
        recorded = json.loads(parity_path(models, name).read_text(encoding="utf8"))["scores"]
        record = parity_record(model.scorer)
        difference = float(np.abs(np.array(record["scores"]) - np.array(recorded)).max())
        if not difference <= TOLERANCE:
            raise TrainingError(f"{name}: PyTorch's scores differ from the recorded ones by up to {difference:.2e}.")
        export(model.scorer, out / f"{name}.onnx")
        write_json(parity_path(out, name), record)
        names.append(name)
    return names
