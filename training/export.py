"""The ONNX file of a model: written node by node, checked, and read back.

Nothing is traced. A traced model carries whatever Python numbers met the tensors, a batch size first of all, and then
answers wrongly for other batches without an error. The five nodes here know no batch size, and come out the same
whichever PyTorch wrote them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .dataset import WINDOW
from .errors import TrainingError
from .model import HIDDEN, GruScorer
from .panel import FEATURES

OPSET = 14
IR_VERSION = 8
INPUT, OUTPUT = "x", "score"
WEIGHTS = ("gru.input", "gru.recurrent", "gru.bias", "head.weight", "head.bias")


def export(model: GruScorer, path: Path) -> None:
    """Writes `x` float32 [batch,WINDOW,FEATURES] → `score` float32 [batch] and checks what was written."""
    nodes = [
        helper.make_node("Transpose", [INPUT], ["steps"], "window_first", perm=[1, 0, 2]),
        helper.make_node(
            "GRU",
            ["steps", "gru.input", "gru.recurrent", "gru.bias"],
            ["", "last_state"],
            "gru",
            hidden_size=HIDDEN,
            # As PyTorch does it: the reset gate acts on the recurrent product, not on the state before it.
            linear_before_reset=1,
        ),
        helper.make_node("Squeeze", ["last_state", "first_axis"], ["state"], "drop_direction"),
        helper.make_node("Gemm", ["state", "head.weight", "head.bias"], ["scores"], "head", transB=1),
        helper.make_node("Squeeze", ["scores", "last_axis"], [OUTPUT], "drop_column"),
    ]
    constants = {"first_axis": np.array([0], np.int64), "last_axis": np.array([1], np.int64)}
    graph = helper.make_graph(
        nodes,
        "gru_scorer",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", WINDOW, FEATURES])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch"])],
        [numpy_helper.from_array(value, name) for name, value in {**_to_onnx(model), **constants}.items()],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="lundong training")
    path.write_bytes(proto.SerializeToString(deterministic=True))
    check(path)


def check(path: Path) -> None:
    """Raises where the file is no valid ONNX, or its shapes, followed through the graph, are not the contract's."""
    proto = onnx.load(str(path))
    onnx.checker.check_model(proto, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True).graph
    for values, name, shape in (
        (inferred.input, INPUT, ["batch", WINDOW, FEATURES]),
        (inferred.output, OUTPUT, ["batch"]),
    ):
        found = [
            (value.name, [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim])
            for value in values
        ]
        if found != [(name, shape)]:
            raise TrainingError(f"{path} has {found} where [({name!r}, {shape})] is due. Export it again.")


def read_back(path: Path) -> GruScorer:
    """The module whose weights an ONNX file of `export` holds."""
    weights = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
    missing = [name for name in WEIGHTS if name not in weights]
    if missing:
        raise TrainingError(f"{path} lacks the weights {', '.join(missing)}: it was not written by `training train`.")
    bias_input, bias_recurrent = np.split(weights["gru.bias"][0], 2)
    state = {
        "gru.weight_ih_l0": _gates_swapped(weights["gru.input"][0]),
        "gru.weight_hh_l0": _gates_swapped(weights["gru.recurrent"][0]),
        "gru.bias_ih_l0": _gates_swapped(bias_input),
        "gru.bias_hh_l0": _gates_swapped(bias_recurrent),
        "head.weight": weights["head.weight"],
        "head.bias": weights["head.bias"],
    }
    model = GruScorer()
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in state.items()})
    return model.eval()


def _to_onnx(model: GruScorer) -> dict[str, np.ndarray]:
    """The weights in ONNX's shapes, the direction (there is one) first: W [1,3H,F], R [1,3H,H], B [1,6H]."""
    state = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    bias = np.concatenate([_gates_swapped(state["gru.bias_ih_l0"]), _gates_swapped(state["gru.bias_hh_l0"])])
    arrays = (
        _gates_swapped(state["gru.weight_ih_l0"])[None],
        _gates_swapped(state["gru.weight_hh_l0"])[None],
        bias[None],
        state["head.weight"],
        state["head.bias"],
    )
    return dict(zip(WEIGHTS, arrays))


def _gates_swapped(rows: np.ndarray) -> np.ndarray:
    """PyTorch stacks the gates reset, update, new; ONNX update, reset, hidden. The swap is its own inverse."""
    reset, update, new = np.split(rows, 3)
    return np.concatenate([update, reset, new])
