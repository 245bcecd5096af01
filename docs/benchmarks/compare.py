"""Vector search beside Chroma and FAISS, on the same vectors in the same run.

    python3 -m venv V && V/bin/pip install chromadb==1.5.9 faiss-cpu==1.15.1 numpy==2.4.6
    V/bin/python docs/benchmarks/compare.py [DATA]

DATA is the folder that BenchmarkHybridQuery makes (docs/benchmarks.md), by
default the one in the user's cache: 100,000 vectors in vectors.f32, questions in
questions.f32. Every engine adds them, is opened again in a new process, and
answers the questions one at a time on one thread, each with its 100 nearest.
Memory is what the second process has more of after the questions than before it
opened the index, pages of files left out. Prints a table in Markdown.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["ANONYMIZED_TELEMETRY"] = "False"
ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH, NEAREST, BATCH = 384, 100, 5000

import numpy as np  # noqa: E402


def read(data, name):
    return np.fromfile(pathlib.Path(data) / name, dtype=np.float32).reshape(-1, WIDTH)


class Chroma:
    """HNSW with Chroma's defaults, stored."""

    def __init__(self, folder):
        import chromadb

        self.module = chromadb
        self.folder = str(folder)

    def open(self):
        client = self.module.PersistentClient(self.folder)
        self.collection = client.get_or_create_collection("passages", metadata={"hnsw:space": "cosine"})

    def add(self, vectors):
        self.open()
        for at in range(0, len(vectors), BATCH):
            ids = [str(i) for i in range(at, min(at + BATCH, len(vectors)))]
            self.collection.add(ids=ids, embeddings=vectors[at : at + BATCH])

    def ask(self, question):
        found = self.collection.query(query_embeddings=question[None], n_results=NEAREST, include=["distances"])
        return [int(i) for i in found["ids"][0]]


class Faiss:
    """An index that its factory makes, written to one file."""

    def __init__(self, folder, factory):
        import faiss

        faiss.omp_set_num_threads(1)
        self.module, self.factory = faiss, factory
        self.path = str(folder / "index.faiss")

    def open(self):
        self.index = self.module.read_index(self.path)

    def add(self, vectors):
        index = self.module.index_factory(WIDTH, self.factory, self.module.METRIC_INNER_PRODUCT)
        index.add(vectors)
        self.module.write_index(index, self.path)

    def ask(self, question):
        return self.index.search(question[None], NEAREST)[1][0]


ENGINES = {
    "Chroma {chromadb} (HNSW)": Chroma,
    "FAISS {faiss} flat": lambda folder: Faiss(folder, "Flat"),
    "FAISS {faiss} HNSW32": lambda folder: Faiss(folder, "HNSW32"),
}


def own_memory():
    """Megabytes of this process that are no pages of a file."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024


def add(engine, folder, data):
    vectors = read(data, "vectors.f32")
    made = ENGINES[engine](pathlib.Path(folder))
    start = time.perf_counter()
    made.add(vectors)
    return {"add": time.perf_counter() - start}


def ask(engine, folder, data):
    questions = read(data, "questions.f32")
    made = ENGINES[engine](pathlib.Path(folder))
    before, start = own_memory(), time.perf_counter()
    made.open()
    made.ask(questions[0])
    opened = time.perf_counter() - start
    times, found = [], []
    for question in questions:
        start = time.perf_counter()
        found.append([int(i) for i in made.ask(question)[:10]])
        times.append(1000 * (time.perf_counter() - start))
    memory = own_memory() - before
    return {"open": opened, "p50": float(np.percentile(times, 50)), "p95": float(np.percentile(times, 95)),
            "memory": memory, "recall": recall(found, read(data, "vectors.f32"), questions)}


def recall(found, vectors, questions):
    """The share of the ten nearest that were found; equal ones count as each other."""
    hits = 0
    for ids, question in zip(found, questions):
        scores = vectors @ question
        least = np.partition(scores, -10)[-10] - 1e-6
        hits += sum(scores[i] >= least for i in ids)
    return float(hits / (10 * len(questions)))


def separately(*arguments):
    """Runs a step in a process of its own."""
    out = subprocess.run([sys.executable, __file__, "--step", *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def ours(data, pattern, count):
    """Runs the Go benchmark and reads the metrics of its first line."""
    command = ["go", "test", "-run", "^$", "-bench", f"^BenchmarkSearchVector$/^{pattern}$/^file$/^callers=1$",
               "-benchtime", f"{count}x", "./vectorstore/codes"]
    out = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                         env=os.environ | {"SYFT_BENCH_DATA": str(data), "GOMAXPROCS": "1"}).stdout
    line = next(line for line in out.splitlines() if line.startswith("BenchmarkSearchVector/"))
    metrics = {name: float(value) for value, name in re.findall(r"([\d.e+-]+) ([A-Za-z][\w@/-]*)", line)}
    return {"add": metrics["add-s"], "open": metrics.get("open-s"), "p50": metrics["p50-ms"], "p95": metrics["p95-ms"],
            "recall": metrics.get("recall@10", 1.0), "memory": metrics["heap-MB"]}


def row(name, r):
    opened = "-" if r["open"] is None else f"{r['open']:.2f} s"
    print(f"| {name} | {r['add']:.1f} s | {opened} | {r['p50']:.2f} ms | {r['p95']:.2f} ms | {r['recall']:.4f} | {r['memory']:.0f} MB |", flush=True)


def main(data):
    import importlib.metadata as metadata

    versions = {"chromadb": metadata.version("chromadb"), "faiss": metadata.version("faiss-cpu")}
    data = pathlib.Path(data).resolve()
    print(f"{len(read(data, 'vectors.f32')):,} x {WIDTH}, {len(read(data, 'questions.f32'))} questions, one thread\n")
    print("| | add | open + first query | p50 | p95 | recall@10 | memory |\n|---|---|---|---|---|---|---|")
    row("**this project**", ours(data, "codes", 2000))
    row("chromem-go, exact", ours(data, "chromem", 50))
    for engine in ENGINES:
        with tempfile.TemporaryDirectory() as folder:
            result = separately("add", engine, folder, str(data)) | separately("ask", engine, folder, str(data))
        row(engine.format(**versions), result)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps({"add": add, "ask": ask}[sys.argv[2]](*sys.argv[3:])))
    else:
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
        main(sys.argv[1] if len(sys.argv) > 1 else cache / "syft-space-bench")
