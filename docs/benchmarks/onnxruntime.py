"""Speed of ONNX Runtime on the built-in embedder's weights, for comparison.

    pip install numpy onnx onnxruntime sentencepiece tokenizers
    python docs/benchmarks/onnxruntime.py

Embeds providers/e5/testdata/passages.txt (64 passages of about 190 tokens) on
one thread, in float32 and in int8 as onnxruntime.quantization.quantize_dynamic
makes it by default, one passage at a time and eight at a time, and prints
tokens per second, <s>, </s> and the prefix included and padding not. Compare:

    go test ./providers/e5 -run '^$' -bench Passages -cpu 1
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = pathlib.Path(__file__).resolve().parents[2]
# In place of this script's folder, where it would hide the package of its name.
sys.path[0] = str(ROOT / "providers" / "e5" / "testdata")

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime.quantization import quantize_dynamic  # noqa: E402
from reference import PREFIXES, Model, Tokenizers, embed, encoder, framed, session  # noqa: E402


def measure(run, passages, size, rounds):
    """The best of so many rounds, in tokens per second, and the vectors."""
    ordered = sorted(passages, key=len)
    batches = [ordered[i:i + size] for i in range(0, len(ordered), size)]
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        vectors = np.concatenate([embed(run, batch) for batch in batches])
        best = min(best, time.perf_counter() - start)
    return sum(map(len, passages)) / best, vectors


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    rounds = arguments.parse_args().rounds
    model = Model()
    tokenizers = Tokenizers(model)
    text = (ROOT / "providers" / "e5" / "testdata" / "passages.txt").read_text(encoding="utf-8")
    passages = [framed(model, tokenizers.ids(PREFIXES["passage"] + line)) for line in text.splitlines()]
    print(f"ONNX Runtime {onnxruntime.__version__}, one thread, {len(passages)} passages, {sum(map(len, passages))} tokens")
    exact = None
    with tempfile.TemporaryDirectory() as folder:
        full, small = os.path.join(folder, "float32.onnx"), os.path.join(folder, "int8.onnx")
        onnx.save(encoder(model), full)
        quantize_dynamic(full, small)
        for name, path in (("float32", full), ("int8", small)):
            run = session(path, threads=1)
            for size in (1, 8):
                speed, vectors = measure(run, passages, size, rounds)
                exact = vectors if exact is None else exact
                cosine = (vectors * exact).sum(axis=1).mean()
                print(f"{name:8} {size} at a time: {speed:6.0f} tokens/s, mean cosine with float32 {cosine:.4f}")


if __name__ == "__main__":
    main()
