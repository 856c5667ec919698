import unittest

from training.dataset import HORIZON
from training.tests.synthetic_export import weekdays
from training.walk_forward import MIN_TRAINING_DAYS, make_folds, month_end

DATES = weekdays(325)  # 2025-01-01 to 2026-03-31
FOLDS = make_folds(DATES, list(range(39, len(DATES))))


class WalkForwardTest(unittest.TestCase):
    def test_starts_with_the_first_month_that_leaves_enough_to_train_on(self) -> None:
        # Before 2025-08-01, day 152, labels of days 39 … 141 have ended: 103, less 10 left out, 4:1.
        first = FOLDS[0]
        self.assertEqual((first.name, DATES.index("2025-08-01")), ("gru-2025-08", 152))
        self.assertEqual((first.training[0], first.training[-1]), (39, 112))
        self.assertEqual((first.validation[0], first.validation[-1]), (123, 141))
        # Before 2025-07-01, day 129, there are 80 days, and 56 of them to train on.
        self.assertLess((80 - HORIZON) * 4 // 5, MIN_TRAINING_DAYS)

    def test_no_label_reaches_what_comes_next(self) -> None:
        for fold in FOLDS:
            with self.subTest(fold=fold.name):
                self.assertLess(fold.training[-1] + HORIZON, fold.validation[0])
                self.assertEqual(fold.labels_to, fold.validation[-1] + HORIZON)
                self.assertLess(DATES[fold.labels_to], fold.valid_from)
                self.assertEqual(fold.labels_to + 1, fold.unseen[0])
                self.assertGreaterEqual(len(fold.training), MIN_TRAINING_DAYS)
                self.assertAlmostEqual(len(fold.training) / len(fold.validation), 4, delta=0.25)

    def test_months_follow_one_another_and_the_last_stays_open(self) -> None:
        months = ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]
        self.assertEqual([fold.month for fold in FOLDS], months)
        self.assertEqual([day for fold in FOLDS for day in fold.unseen], list(range(152, len(DATES))))
        self.assertEqual((FOLDS[6].valid_from, FOLDS[6].valid_to), ("2026-02-01", "2026-02-28"))
        self.assertEqual((FOLDS[7].valid_from, FOLDS[7].valid_to), ("2026-03-01", "2026-05-31"))
        self.assertTrue(all(fold.training[0] == 39 for fold in FOLDS))

    def test_days_that_cannot_be_scored_are_left_out(self) -> None:
        folds = make_folds(DATES, [day for day in range(39, len(DATES)) if day not in (60, 141, 152)])
        self.assertNotIn(60, folds[0].training)
        self.assertEqual(folds[0].validation[-1], 140)
        self.assertEqual(folds[0].unseen[0], 153)

    def test_too_short_a_range_gives_no_fold(self) -> None:
        self.assertEqual(make_folds(DATES[:152], list(range(39, 152))), [])

    def test_month_ends(self) -> None:
        self.assertEqual(month_end("2025-12", 2), "2026-02-28")
        self.assertEqual(month_end("2023-12", 2), "2024-02-29")
        self.assertEqual(month_end("2026-10", 2), "2026-12-31")
