import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from training.errors import TrainingError
from training.panel import carried_forward, load_panel
from training.tests.synthetic_export import write_arrays


class PanelTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)
        features = np.arange(2 * 3 * 12, dtype=np.float64).reshape(2, 3, 12)
        features[1, 2, 0] = np.nan
        self.prices = np.array([[10.0, np.nan, 30.0], [11.0, 20.0, np.nan]])
        write_arrays(self.directory, features, self.prices, ~np.isnan(self.prices))

    def change_index(self, **fields: object) -> None:
        path = self.directory / "index.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

    def test_missing_features_become_the_centre_and_prices_are_carried(self) -> None:
        panel = load_panel(self.directory)
        self.assertEqual(panel.features[1, 2].tolist(), [0.0, *range(61, 72)])
        self.assertEqual(panel.features[0, 0].tolist(), list(range(12)))
        np.testing.assert_array_equal(panel.prices, [[10, np.nan, 30], [11, 20, 30]])
        self.assertEqual(panel.present.tolist(), [[True, False, True], [True, True, False]])

    def test_prices_are_carried_over_gaps_of_any_length_but_not_backwards(self) -> None:
        nan = np.nan
        prices = np.array([[nan, 1.0], [2.0, nan], [nan, nan], [nan, 4.0]])
        np.testing.assert_array_equal(carried_forward(prices), [[nan, 1], [2, 1], [2, 1], [2, 4]])

    def test_what_does_not_fit_is_refused(self) -> None:
        for field, value, told in (
            ("featureSpec", "intraday-v2", "intraday-v2"),
            ("specVersion", 2, "version 2"),
            ("features", ["one"], "1 of them"),
            ("dates", ["2025-01-02", "2025-01-01"], "dates"),
            ("dates", ["2025-01-01"], "(1, 3, 12)"),
            ("industries", [None], "1 industries for 3"),
        ):
            with self.subTest(field=field, value=value):
                path = self.directory / "index.json"
                before = path.read_text()
                self.change_index(**{field: value})
                with self.assertRaises(TrainingError) as raised:
                    load_panel(self.directory)
                self.assertIn(told, str(raised.exception))
                path.write_text(before)

    def test_impossible_numbers_and_missing_files_are_refused(self) -> None:
        np.save(self.directory / "prices.npy", np.where(self.prices == 30, 0, self.prices))
        with self.assertRaisesRegex(TrainingError, "not positive"):
            load_panel(self.directory)
        (self.directory / "prices.npy").unlink()
        with self.assertRaisesRegex(TrainingError, "prices.npy"):
            load_panel(self.directory)
