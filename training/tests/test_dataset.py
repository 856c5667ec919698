import dataclasses
import tempfile
import unittest
from pathlib import Path

import numpy as np

from training.dataset import HORIZON, MIN_STOCKS, WINDOW, eligible_stocks, forward_returns, make_samples, standardised
from training.panel import Panel, load_panel
from training.tests.synthetic_export import write_export


def synthetic_panel(days: int, stocks: int) -> Panel:
    with tempfile.TemporaryDirectory() as folder:
        write_export(Path(folder), days, stocks, 0.0, 3)
        return load_panel(Path(folder))


class EligibilityTest(unittest.TestCase):
    def test_bars_on_the_day_and_on_32_of_its_40_days(self) -> None:
        present = np.ones((42, MIN_STOCKS + 4), bool)
        present[10:18, 0] = False  # 32 of the first window
        present[10:19, 1] = False  # 31
        present[40, 2] = False
        eligible = eligible_stocks(present)
        self.assertFalse(eligible[: WINDOW - 1].any())
        self.assertEqual(eligible[39, :4].tolist(), [True, False, True, True])
        self.assertEqual(eligible[40, :4].tolist(), [True, False, False, True])
        self.assertEqual(eligible[41, :4].tolist(), [True, False, True, True])

    def test_a_day_with_bars_of_too_few_stocks_has_no_samples(self) -> None:
        present = np.ones((41, MIN_STOCKS), bool)
        present[40, 0] = False
        eligible = eligible_stocks(present)
        self.assertEqual(eligible.sum(axis=1)[39:].tolist(), [MIN_STOCKS, 0])


class LabelTest(unittest.TestCase):
    def test_returns_run_over_the_next_ten_days(self) -> None:
        prices = np.arange(10.0, 25.0)[:, None] ** 2
        returns = forward_returns(prices)
        self.assertEqual(returns[0, 0], 20**2 / 10**2 - 1)
        self.assertEqual(returns[4, 0], 24**2 / 14**2 - 1)
        self.assertTrue(np.isnan(returns[5:]).all())

    def test_standardised_cuts_at_three_deviations_and_scales(self) -> None:
        # Median 3, MAD 1: 100 is cut to 3 + 3 × 1.4826 = 7.4478.
        cut = np.array([1, 2, 3, 4, 7.4478])
        expected = (cut - cut.mean()) / cut.std(ddof=1)
        np.testing.assert_allclose(standardised(np.array([1.0, 2, 3, 4, 100])), expected, rtol=0, atol=1e-12)

    def test_without_spread_labels_are_zero(self) -> None:
        self.assertEqual(standardised(np.full(4, 0.1)).tolist(), [0.0] * 4)
        # More than half alike: the median deviation is 0, and everything is cut to the median.
        self.assertEqual(standardised(np.array([1.0, 1, 1, 9])).tolist(), [0.0] * 4)


class SamplesTest(unittest.TestCase):
    def test_windows_hold_the_forty_days_up_to_the_scored_one_oldest_first(self) -> None:
        samples = make_samples(synthetic_panel(60, 30))
        day = next(day for day in range(45, 60) if not samples.eligible[day].all())
        windows, stocks = samples.windows(day), samples.stocks(day)
        self.assertEqual(windows.shape, (len(stocks), WINDOW, 12))
        self.assertLess(len(stocks), 30)
        for row, stock in enumerate(stocks):
            np.testing.assert_array_equal(windows[row, -1], samples.panel.features[day, stock])
            np.testing.assert_array_equal(windows[row, 0], samples.panel.features[day - WINDOW + 1, stock])

    def test_days_without_labels_are_scored_but_not_labelled(self) -> None:
        samples = make_samples(synthetic_panel(60, 30))
        self.assertEqual(samples.scored_days(), list(range(39, 60)))
        self.assertEqual(samples.labelled_days(), list(range(39, 60 - HORIZON)))
        labels = samples.labels(45)
        self.assertAlmostEqual(float(labels.mean()), 0, places=6)
        self.assertAlmostEqual(float(labels.std(ddof=1)), 1, places=6)

    def test_nothing_after_a_day_reaches_its_windows_and_nothing_after_the_horizon_its_label(self) -> None:
        panel = synthetic_panel(60, 30)
        day = 45
        later = dataclasses.replace(panel, features=panel.features.copy(), prices=panel.prices.copy())
        later.features[day + 1 :] = 9
        later.prices[day + HORIZON + 1 :] *= np.linspace(1, 2, 30)
        before, after = make_samples(panel), make_samples(later)
        np.testing.assert_array_equal(before.windows(day), after.windows(day))
        np.testing.assert_array_equal(before.labels(day), after.labels(day))
        self.assertFalse(np.array_equal(before.windows(day + 1), after.windows(day + 1)))
        self.assertFalse(np.array_equal(before.labels(day + 1), after.labels(day + 1)))
