"""The benchmark's GRU in PyTorch, inference mode. Argument 1: JSON with count, window, features, hidden, layers and the folder
that holds weights.bin (as gru-model.mjs orders them) and x.bin.

Reads "<threads>" a line, answers {"ms": ...} for one pass over all sequences; the first line it writes has its version, the batch
that is fastest here, the rate of its matrix product, and its first scores.
"""

import json
import sys
import time

import numpy as np
import torch

told = json.loads(sys.argv[1])
count, window, features, hidden, layers = (told[key] for key in ("count", "window", "features", "hidden", "layers"))
flat = np.fromfile(f"{told['folder']}/weights.bin", dtype=np.float32)
x = torch.from_numpy(np.fromfile(f"{told['folder']}/x.bin", dtype=np.float32).reshape(count, window, features))


def take(*shape):
    global flat
    size = int(np.prod(shape))
    part, flat = flat[:size], flat[size:]
    return part.reshape(shape)


def gates(array):
    """From the order of ONNX, update-reset-new, to PyTorch's, reset-update-new."""
    update, reset, new = np.split(array, 3)
    return torch.from_numpy(np.concatenate([reset, update, new]))


gru = torch.nn.GRU(features, hidden, layers, batch_first=True)
state = {}
for layer in range(layers):
    state[f"weight_ih_l{layer}"] = gates(take(3 * hidden, features if layer == 0 else hidden))
    state[f"weight_hh_l{layer}"] = gates(take(3 * hidden, hidden))
    biases = take(6 * hidden)
    state[f"bias_ih_l{layer}"], state[f"bias_hh_l{layer}"] = gates(biases[: 3 * hidden]), gates(biases[3 * hidden :])
gru.load_state_dict(state)
head, bias = torch.from_numpy(take(hidden, 1).copy()), float(take(1)[0])


def run(batch):
    with torch.inference_mode():
        parts = [gru(x[start : start + batch])[0][:, -1] @ head for start in range(0, count, batch)]
        return torch.cat(parts)[:, 0] + bias


def milliseconds(batch):
    start = time.perf_counter()
    run(batch)
    return 1000 * (time.perf_counter() - start)


def product_rate():
    """GFLOP/s of a matrix product on one thread: tells whether this PyTorch has a BLAS worth comparing with."""
    torch.set_num_threads(1)
    a = torch.ones(512, 512)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * 512**3 / min(times) / 1e9


best = {}
for threads in (1, 2):
    torch.set_num_threads(threads)
    milliseconds(1000)  # warms up
    trials = {batch: milliseconds(batch) for batch in (250, 1000, count)}
    best[threads] = min(trials, key=trials.get)
print(json.dumps({"version": torch.__version__, "batch": best, "productRate": product_rate(), "scores": run(count)[:100].tolist()}), flush=True)
for line in sys.stdin:
    threads = int(line)
    torch.set_num_threads(threads)
    print(json.dumps({"ms": milliseconds(best[threads])}), flush=True)
