import dataclasses
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

from training.dataset import HORIZON, Samples, make_samples
from training.evaluation import stock_result
from training.fit import fit
from training.panel import load_panel
from training.walk_forward import Fold, make_folds
from training.tests.synthetic_export import write_export

DAYS, STOCKS = 175, 30


def synthetic_samples(strength: float, seed: int) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        write_export(Path(folder), DAYS, STOCKS, strength, seed)
        return make_samples(load_panel(Path(folder)))


def only_fold(samples: Samples) -> Fold:
    """August 2025, days 152 to 174."""
    return make_folds(samples.panel.dates, samples.scored_days())[0]


def short_fold(samples: Samples) -> Fold:
    """The same with its last ten days of training alone, which is quick."""
    fold = only_fold(samples)
    return dataclasses.replace(fold, training=fold.training[-10:])


def weights(samples: Samples, seed: int = 1) -> np.ndarray:
    state = fit(samples, short_fold(samples), seed, max_rounds=2).model.state_dict()
    return np.concatenate([one.numpy().ravel() for one in state.values()])


class RecoveryTest(unittest.TestCase):
    def unseen_rank_ics(self, strength: float, seed: int) -> np.ndarray:
        samples = synthetic_samples(strength, seed)
        fold = only_fold(samples)
        model = fit(samples, dataclasses.replace(fold, training=fold.training[::2]), 1, max_rounds=4).model
        days = [day for day in fold.unseen if day < DAYS - HORIZON]
        return np.array([stock_result(samples, day, model.score(samples.windows(day))).rank_ic for day in days])

    def test_a_planted_signal_is_found_on_dates_that_were_not_seen(self) -> None:
        # Ten days' returns: 0.006 × 6.5 from the state, 0.063 noise. Knowing the state, the correlation would be 0.5.
        gru = self.unseen_rank_ics(0.006, 5)
        self.assertEqual(len(gru), 13)
        self.assertGreater(gru.mean(), 0.25)

    def test_where_there_is_no_signal_none_is_found(self) -> None:
        # 30 stocks: the standard error of the mean is 0.19 at the most, where all 13 days say the same.
        gru = self.unseen_rank_ics(0.0, 6)
        self.assertLess(abs(gru.mean()), 0.19)


class FitTest(unittest.TestCase):
    def test_a_seed_gives_one_model_and_another_seed_another(self) -> None:
        samples = synthetic_samples(0.002, 7)
        first = weights(samples)
        np.testing.assert_array_equal(first, weights(samples))
        self.assertFalse(np.array_equal(first, weights(samples, seed=2)))

    def test_nothing_from_the_first_unseen_day_on_reaches_the_model(self) -> None:
        samples = synthetic_samples(0.002, 7)
        fold = only_fold(samples)
        first = weights(samples)

        def changed_from(day: int) -> np.ndarray:
            panel = samples.panel
            other = dataclasses.replace(panel, features=panel.features.copy(), prices=panel.prices.copy())
            other.features[day:] = 3
            other.prices[day:] *= np.linspace(0.5, 2, STOCKS)
            return weights(make_samples(other))

        np.testing.assert_array_equal(first, changed_from(fold.unseen[0]))
        # The day before ends the last label of validation, which picks the round; training ends earlier.
        self.assertFalse(np.array_equal(first, changed_from(fold.training[-1] + HORIZON)))
        np.testing.assert_array_equal(first, changed_from(fold.training[-1] + HORIZON + 1))

    def test_training_stops_when_validation_no_longer_improves(self) -> None:
        samples = synthetic_samples(0.002, 7)
        rank_ics = iter([0.1, 0.3, 0.2, 0.3, 0.1, 0.5])
        with mock.patch("training.fit.PATIENCE", 3), mock.patch(
            "training.fit.validation_rank_ic", lambda *_: next(rank_ics)
        ):
            fitted = fit(samples, short_fold(samples), 1)
        self.assertEqual((fitted.best_round, fitted.rounds), (2, 5))
