import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from training.__main__ import main
from training.tests.synthetic_export import write_export


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["training", *arguments]):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            return main(), out.getvalue(), err.getvalue()


class CommandsTest(unittest.TestCase):
    """Train, check and report on a small export: one month unseen, one model."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.data, cls.models = str(cls.folder / "export"), str(cls.folder / "models")
        write_export(cls.folder / "export", 170, 22, 0.004, 8)
        cls.trained = run("train", "--data", cls.data, "--models", cls.models, "--max-rounds", "2", "--jobs", "1")

    def test_train_writes_model_manifest_and_scores(self) -> None:
        self.assertEqual(self.trained[0], 0)
        self.assertIn("1 of 1 models", self.trained[2])
        manifest = json.loads((self.folder / "models/gru-2025-08.json").read_text())
        self.assertEqual(
            {key: manifest[key] for key in ("trainedFrom", "trainedTo", "labelsTo", "validFrom", "validTo", "seed")},
            {
                "trainedFrom": "2025-02-25",
                "trainedTo": "2025-07-17",
                "labelsTo": "2025-07-31",
                "validFrom": "2025-08-01",
                "validTo": "2025-10-31",
                "seed": 1,
            },
        )
        self.assertEqual((manifest["window"], manifest["features"], manifest["horizonDays"]), (40, 12, 10))
        self.assertEqual(manifest["metrics"]["validation"]["dates"], 19)
        [month] = manifest["metrics"]["outOfSample"]["months"]
        self.assertEqual((month["month"], month["dates"]), ("2025-08", 8))

    def test_parity_reads_back_and_exports_the_same_file(self) -> None:
        status, out, _ = run("parity", "--models", self.models, "--out", str(self.folder / "fresh"))
        self.assertEqual((status, out[:8]), (0, "1 models"))
        for name in ("gru-2025-08.onnx", "parity/gru-2025-08.json"):
            self.assertEqual((self.folder / "fresh" / name).read_bytes(), (self.folder / "models" / name).read_bytes())

    def test_parity_refuses_scores_that_are_not_the_models(self) -> None:
        path = self.folder / "models/parity/gru-2025-08.json"
        before = path.read_text()
        record = json.loads(before)
        record["scores"][49] += 2e-5
        path.write_text(json.dumps(record))
        status, _, err = run("parity", "--models", self.models, "--out", str(self.folder / "refused"))
        path.write_text(before)
        self.assertEqual(status, 1)
        self.assertIn("2.00e-05", err)

    def test_report_tells_the_months_figures(self) -> None:
        page = self.folder / "report.md"
        status, _, err = run(
            "report", "--data", self.data, "--models", self.models, "--other-seeds", self.models, "--out", str(page)
        )
        self.assertEqual((status, err), (0, ""))
        manifest = json.loads((self.folder / "models/gru-2025-08.json").read_text())
        [month] = manifest["metrics"]["outOfSample"]["months"]
        expected = ["2025-08", "8", f"{month['observations']}", f"{month['ic']:+.3f}", f"{month['rankIc']:+.3f}"]
        rows = [[cell.strip() for cell in line.split("|")[1:6]] for line in page.read_text().splitlines()]
        self.assertIn(expected, rows)

    def test_report_refuses_models_of_another_export(self) -> None:
        write_export(self.folder / "longer", 220, 22, 0.004, 8)
        status, _, err = run("report", "--data", str(self.folder / "longer"), "--models", self.models)
        self.assertEqual(status, 1)
        self.assertIn("gru-2025-09: labels to no such model", err)

    def test_an_export_that_knows_no_industry_is_trained_on_and_reported(self) -> None:
        data, models, page = (str(self.folder / f"alone{part}") for part in ("", "-models", ".md"))
        write_export(Path(data), 170, 22, 0.004, 8, industries=[None])
        status, _, _ = run("train", "--data", data, "--models", models, "--max-rounds", "1", "--jobs", "1")
        self.assertEqual(status, 0)
        validation = json.loads(Path(models, "gru-2025-08.json").read_text())["metrics"]["validation"]
        self.assertEqual([validation[f"industry{name}"] for name in ("Ic", "RankIc", "Spread")], [None] * 3)
        self.assertIsInstance(validation["rankIc"], float)
        status, _, err = run("report", "--data", data, "--models", models, "--out", page)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("- **Industries**: no figures; fewer than 5 are known on any day.", Path(page).read_text())

    def test_too_short_an_export_is_refused_in_words(self) -> None:
        write_export(self.folder / "short", 100, 22, 0.004, 8)
        status, _, err = run("train", "--data", str(self.folder / "short"), "--models", self.models)
        self.assertEqual(status, 1)
        self.assertIn("100 trading days", err)
