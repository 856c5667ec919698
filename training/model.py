"""The network: one GRU layer over the window, its last state, one number per stock."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from .panel import FEATURES

HIDDEN = 32
LAYERS = 1
DROPOUT = 0.2


class GruScorer(nn.Module):
    """x float32 [batch,window,FEATURES] to score float32 [batch].

    A score is the label that is expected of the stock: its next return, in standard deviations across stocks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(FEATURES, HIDDEN, num_layers=LAYERS, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x)
        return self.head(self.dropout(states[:, -1])).squeeze(-1)

    def score(self, x: np.ndarray) -> np.ndarray:
        """Scores without training: float32 [n,window,FEATURES] to float32 [n]."""
        self.eval()
        with torch.no_grad():
            return self(torch.from_numpy(x)).numpy()
