"""Fits one model to one fold, stopping when validation no longer improves."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch

from .dataset import Samples
from .evaluation import rank_correlation
from .model import GruScorer
from .walk_forward import Fold

LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-2
GRADIENT_NORM = 1.0
MAX_ROUNDS = 30
PATIENCE = 10
"""Rounds without a better validation Rank IC after which training stops."""


@dataclass(frozen=True)
class Fitted:
    model: GruScorer
    best_round: int
    rounds: int


def fit(
    samples: Samples, fold: Fold, seed: int, max_rounds: int = MAX_ROUNDS, on_round: Callable[[], None] = lambda: None
) -> Fitted:
    """The model of the round with the best mean Rank IC over the validation days; the first of equals.

    One step a training day: the mean square of score − label over that day's stocks. The order of days, the first
    weights and what dropout leaves out follow from `seed` alone; one thread, so the machine's cores change nothing.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    model = GruScorer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best_weights, best_rank_ic, best_round = copy.deepcopy(model.state_dict()), -np.inf, 0
    rounds = 0
    while rounds < max_rounds and rounds - best_round < PATIENCE:
        rounds += 1
        model.train()
        for day in order.permutation(fold.training):
            optimizer.zero_grad()
            scores = model(torch.from_numpy(samples.windows(day)))
            torch.nn.functional.mse_loss(scores, torch.from_numpy(samples.labels(day))).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_NORM)
            optimizer.step()
        rank_ic = validation_rank_ic(model, samples, fold)
        if rank_ic > best_rank_ic:
            best_weights, best_rank_ic, best_round = copy.deepcopy(model.state_dict()), rank_ic, rounds
        on_round()
    model.load_state_dict(best_weights)
    model.eval()
    return Fitted(model, best_round, rounds)


def validation_rank_ic(model: GruScorer, samples: Samples, fold: Fold) -> float:
    """Mean over the validation days of the rank correlation of scores and returns."""
    return float(
        np.mean(
            [rank_correlation(model.score(samples.windows(day)), samples.forward_returns(day)) for day in fold.validation]
        )
    )
