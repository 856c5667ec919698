import math
import tempfile
import unittest
from pathlib import Path

import numpy as np

from training.dataset import make_samples
from training.evaluation import (
    DayResult,
    correlation,
    industry_result,
    newey_west_t,
    non_overlapping_t,
    quantile_spread,
    rank_correlation,
    ranks,
    summarise,
)
from training.panel import load_panel
from training.tests.synthetic_export import write_export


class CorrelationTest(unittest.TestCase):
    def test_ranks_share_their_mean_where_values_are_equal(self) -> None:
        self.assertEqual(ranks(np.array([30.0, 10, 20, 20, 5])).tolist(), [5, 2, 3.5, 3.5, 1])

    def test_pearson_and_spearman_of_known_values(self) -> None:
        a, b = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 10])
        # Centred −1.5 −0.5 0.5 1.5 and −3 −1 −2 6: 13 / sqrt(5 × 50). Ranks 1 3 2 4: 1 − 6 × 2 / 60.
        self.assertAlmostEqual(correlation(a, b), 13 / math.sqrt(250), places=14)
        self.assertAlmostEqual(rank_correlation(a, b), 0.8, places=14)

    def test_what_does_not_vary_correlates_with_nothing(self) -> None:
        self.assertTrue(math.isnan(correlation(np.ones(3), np.array([1.0, 2, 3]))))

    def test_spread_is_of_the_highest_and_lowest_fifth(self) -> None:
        values = np.array([5.0, 1, 2, 3, 4, 10, 9, 8, 7, 6, 0])
        returns = values / 100
        # Eleven values: two in a fifth, 10 and 9 against 0 and 1.
        self.assertAlmostEqual(quantile_spread(values, returns), 0.095 - 0.005, places=14)


    def test_a_fifth_of_four_is_none(self) -> None:
        self.assertTrue(math.isnan(quantile_spread(np.arange(4.0), np.arange(4.0))))
        self.assertEqual(quantile_spread(np.arange(5.0), np.arange(5.0)), 4.0)


class IndustryTest(unittest.TestCase):
    def test_fewer_than_five_industries_have_no_figures(self) -> None:
        for count in (0, 1, 4, 5):
            with self.subTest(industries=count), tempfile.TemporaryDirectory() as folder:
                names = [f"CI0050{number + 1:02d}" for number in range(count)] or [None]
                write_export(Path(folder), 60, 22, 0.004, 3, industries=names)
                samples = make_samples(load_panel(Path(folder)))
                day = samples.labelled_days()[0]
                result = industry_result(samples, day, np.arange(float(len(samples.stocks(day)))))
                figures = (result.ic, result.rank_ic, result.spread)
                self.assertEqual(result.count, count)
                self.assertEqual([math.isnan(figure) for figure in figures], [count < 5] * 3)


class TStatisticTest(unittest.TestCase):
    def test_newey_west_of_a_series_worked_by_hand(self) -> None:
        # Mean 2; centred −1 0 1 0; autocovariances (sums / 4) 0.5, 0, −0.25; weights 2/3 and 1/3 at two lags.
        variance = 0.5 + 2 * (2 / 3) * 0 + 2 * (1 / 3) * -0.25
        expected = 2 / math.sqrt(variance / 4)
        self.assertAlmostEqual(newey_west_t(np.array([1.0, 2, 3, 2]), lags=2), expected, places=12)

    def test_overlap_shrinks_the_statistic_as_it_must(self) -> None:
        random = np.random.default_rng(1)
        steps = random.standard_normal(20_009) + 0.02
        overlapping = np.convolve(steps, np.ones(10) / 10, "valid")
        plain = overlapping.mean() / overlapping.std(ddof=1) * math.sqrt(len(overlapping))
        honest = steps.mean() / steps.std(ddof=1) * math.sqrt(len(steps))
        self.assertAlmostEqual(plain / honest, math.sqrt(10), delta=0.15)
        # Bartlett's weights leave some of the overlap out: sqrt(10 / 6.7) at ten lags, too high still.
        self.assertAlmostEqual(newey_west_t(overlapping) / honest, 1.2, delta=0.1)

    def test_too_short_a_series_has_no_statistic(self) -> None:
        self.assertTrue(math.isnan(newey_west_t(np.arange(10.0), lags=10)))

    def test_every_tenth_value(self) -> None:
        series = np.arange(25.0)
        count, mean, t = non_overlapping_t(series)
        self.assertEqual((count, mean), (3, 10.0))
        self.assertAlmostEqual(t, 10 / 10 * math.sqrt(3), places=12)


class SummaryTest(unittest.TestCase):
    def test_means_over_days_and_the_sum_of_observations(self) -> None:
        total = summarise([DayResult("a", 100, 0.1, 0.2, 0.01), DayResult("b", 50, 0.3, 0.4, 0.03)])
        self.assertEqual((total.days, total.observations), (2, 150))
        self.assertAlmostEqual(total.ic, 0.2)
        self.assertAlmostEqual(total.rank_ic, 0.3)
        self.assertAlmostEqual(total.icir, 0.2 / math.sqrt(0.02))
        self.assertAlmostEqual(total.rank_icir, 0.3 / math.sqrt(0.02))
        self.assertAlmostEqual(total.spread, 0.02)

    def test_means_leave_out_days_without_the_figure(self) -> None:
        none = float("nan")
        total = summarise([DayResult("a", 9, 0.1, none, 0.01), DayResult("b", 9, 0.3, none, none)])
        self.assertEqual((total.days, total.rank_ic, total.rank_icir, total.spread), (2, None, None, 0.01))
        self.assertAlmostEqual(total.ic, 0.2)

    def test_one_day_has_no_ratio(self) -> None:
        total = summarise([DayResult("a", 100, 0.1, 0.2, 0.01)])
        self.assertEqual((total.icir, total.rank_icir), (None, None))
