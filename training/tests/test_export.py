import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch

from training.errors import TrainingError
from training.export import check, export, read_back
from training.model import GruScorer
from training.parity import fixed_input


class ExportTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "model.onnx"
        torch.manual_seed(11)
        self.model = GruScorer()
        export(self.model, self.path)

    def test_what_is_read_back_scores_exactly_alike_and_exports_to_the_same_bytes(self) -> None:
        read = read_back(self.path)
        scores = self.model.score(fixed_input())
        self.assertGreater(scores.std(), 0.01)
        np.testing.assert_array_equal(read.score(fixed_input()), scores)
        again = self.path.with_name("again.onnx")
        export(read, again)
        self.assertEqual(again.read_bytes(), self.path.read_bytes())

    def test_no_batch_size_is_in_the_file(self) -> None:
        graph = onnx.load(str(self.path)).graph
        self.assertEqual([axis.dim_param for axis in graph.input[0].type.tensor_type.shape.dim], ["batch", "", ""])
        self.assertEqual([axis.dim_param for axis in graph.output[0].type.tensor_type.shape.dim], ["batch"])
        self.assertEqual([node.op_type for node in graph.node], ["Transpose", "GRU", "Squeeze", "Gemm", "Squeeze"])

    def test_a_file_with_another_contract_is_refused(self) -> None:
        proto = onnx.load(str(self.path))
        proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 50
        onnx.save(proto, str(self.path))
        with self.assertRaisesRegex(TrainingError, "50, 40, 12"):
            check(self.path)

    def test_a_file_of_another_origin_cannot_be_read_back(self) -> None:
        proto = onnx.load(str(self.path))
        proto.graph.initializer[0].name = "weight"
        onnx.save(proto, str(self.path))
        with self.assertRaisesRegex(TrainingError, "gru.input"):
            read_back(self.path)

    def test_the_fixed_input_is_the_stated_rule(self) -> None:
        x = fixed_input()
        i = (7 * 40 + 3) * 12 + 5
        self.assertEqual(x[7, 3, 5], np.float32(i * 2473 % 4001 / 1000 - 2))
        self.assertLess(abs(float(x.mean())), 0.01)
