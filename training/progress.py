"""A line on stderr that says how far a long run has come."""

from __future__ import annotations

import sys
import time

WIDTH = 30


class Progress:
    """On a terminal one line is rewritten; elsewhere a line is written whenever a model is done."""

    def __init__(self, models: int) -> None:
        self._models = models
        self._started = time.monotonic()
        self._shown = -1

    def show(self, models_done: int, rounds: int) -> None:
        terminal = sys.stderr.isatty()
        if not terminal and models_done == self._shown:
            return
        self._shown = models_done
        filled = WIDTH * models_done // self._models
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        line = (
            f"[{'#' * filled}{'.' * (WIDTH - filled)}] {models_done} of {self._models} models, "
            f"{rounds} rounds, {minutes}:{seconds:02d}"
        )
        end = "\n" if not terminal or models_done == self._models else ""
        sys.stderr.write(f"\r{line}{end}" if terminal else f"{line}{end}")
        sys.stderr.flush()
