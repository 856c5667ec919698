"""`python3 -m training <command>`, from the repository's root."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .errors import TrainingError
from .fit import MAX_ROUNDS
from .parity import parity
from .report import write_report
from .train import train

SEED = 1
"""Chosen before any result was seen; other seeds only show how much chance there is in a result."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m training", description="Trains, checks and reports GRU models.")
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("train", help="train a model per unseen month of an export")
    one.add_argument("--data", type=Path, required=True, help="folder written by `lundong features export`")
    one.add_argument("--models", type=Path, default=Path("models"), help="folder to write (default: models)")
    one.add_argument("--seed", type=int, default=SEED, help=f"default: {SEED}")
    one.add_argument("--max-rounds", type=int, default=MAX_ROUNDS, help=f"default: {MAX_ROUNDS}; few for a quick trial")
    one.add_argument("--jobs", type=int, default=2, help="models trained at a time (default: 2); changes no result")

    one = commands.add_parser("report", help="write what the models were worth on dates they had not seen")
    one.add_argument("--data", type=Path, required=True, help="the export that the models were trained on")
    one.add_argument("--models", type=Path, default=Path("models"), help="folder of the models (default: models)")
    one.add_argument("--other-seeds", type=Path, nargs="*", default=[], help="folders of models of other seeds")
    one.add_argument("--out", type=Path, default=Path("docs/gru-report.md"), help="default: docs/gru-report.md")

    one = commands.add_parser("parity", help="read models back into PyTorch, compare scores, export them afresh")
    one.add_argument("--models", type=Path, default=Path("models"), help="folder of the models (default: models)")
    one.add_argument("--out", type=Path, required=True, help="folder for the fresh files and their scores")

    given = parser.parse_args()
    try:
        if given.command == "train":
            names = train(given.data, given.models, given.seed, given.max_rounds, given.jobs)
            print(f"{len(names)} models in {given.models}: {', '.join(names)}")
        elif given.command == "report":
            write_report(given.data, given.models, given.other_seeds, given.out)
            print(f"wrote {given.out}")
        else:
            names = parity(given.models, given.out)
            print(f"{len(names)} models score as recorded; exported afresh into {given.out}")
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
