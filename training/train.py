"""The whole run: one model per fold, several at a time, each with its manifest and its scores for the parity check."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

from .dataset import Samples, make_samples
from .errors import TrainingError
from .export import export
from .fit import fit
from .manifest import build_manifest, write_json
from .panel import load_panel
from .parity import parity_path, parity_record
from .progress import Progress
from .walk_forward import MIN_TRAINING_DAYS, Fold, make_folds


def train(data: Path, models: Path, seed: int, max_rounds: int, jobs: int) -> list[str]:
    """Writes models/<name>.onnx, .json and parity/<name>.json for every month that can be; returns the names.

    A model does not depend on `jobs`, the number of processes: each is trained by one thread from its own seed.
    """
    folds = folds_of(make_samples(load_panel(data)))
    (models / "parity").mkdir(parents=True, exist_ok=True)
    processes = multiprocessing.get_context("spawn")
    rounds = processes.Value("i", 0)
    progress = Progress(len(folds))
    with ProcessPoolExecutor(jobs, processes, _start_worker, (data, rounds)) as pool:
        # The longest first, so that no process is left with it at the end.
        waiting = {pool.submit(_train_fold, fold, models, seed, max_rounds) for fold in reversed(folds)}
        while waiting:
            done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            progress.show(len(folds) - len(waiting), rounds.value)
    return [fold.name for fold in folds]


def folds_of(samples: Samples) -> list[Fold]:
    folds = make_folds(samples.panel.dates, samples.scored_days())
    if not folds:
        raise TrainingError(
            f"{len(samples.panel.dates)} trading days from {samples.panel.dates[0]} to {samples.panel.dates[-1]} leave "
            f"no month with {MIN_TRAINING_DAYS} days to train on before it. Export a longer range."
        )
    return folds


_samples: Samples
_rounds: multiprocessing.Value


def _start_worker(data: Path, rounds: "multiprocessing.Value") -> None:
    global _samples, _rounds
    _samples = make_samples(load_panel(data))
    _rounds = rounds


def _train_fold(fold: Fold, models: Path, seed: int, max_rounds: int) -> None:
    def count_round() -> None:
        with _rounds.get_lock():
            _rounds.value += 1

    fitted = fit(_samples, fold, seed, max_rounds, count_round)
    file = models / f"{fold.name}.onnx"
    export(fitted.model, file)
    write_json(models / f"{fold.name}.json", build_manifest(_samples, fold, fitted, seed, file))
    write_json(parity_path(models, fold.name), parity_record(fitted.model))
