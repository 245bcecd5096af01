"""Writes ../gen/centre.bin: the mean of the unit vectors of unrelated passages.

Usage: make_centre.py FOLDER, a folder of text files with one passage a line.
Thirty lines of every file count, so give every language and subject a file of
its own. The centre in use is of 120 files from Debian 12: LibreOffice and GNOME
help, manual pages, fortunes, Freeciv, WordNet's glosses, the Anarchist FAQ and
languages.txt, in some fifty languages. It need not be exact, only near
the middle of the vectors that come.
"""

import pathlib
import sys

import numpy as np

from reference import PREFIXES, Model, Tokenizers, embed, encoder, framed, session

HERE = pathlib.Path(__file__).parent
PER_FILE = 30


def main():
    model = Model()
    tokenizers, run = Tokenizers(model), session(encoder(model).SerializeToString())
    texts = []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.txt")):
        texts += path.read_text(encoding="utf-8").splitlines()[:PER_FILE]
    batches = sorted((framed(model, tokenizers.ids(PREFIXES["passage"] + text)) for text in texts), key=len)
    vectors = np.concatenate([embed(run, batches[i:i + 16]) for i in range(0, len(batches), 16)])
    centre = vectors.astype(np.float64).mean(axis=0).astype("<f4")
    (HERE.parent / "gen" / "centre.bin").write_bytes(centre.tobytes())

    pairs = vectors @ vectors.T
    cosines = pairs[~np.eye(len(pairs), dtype=bool)]
    print(f"{len(texts)} passages, |centre| {np.linalg.norm(centre):.4f}, "
          f"cosines of pairs {cosines.mean():.4f} with deviation {cosines.std():.4f}")


if __name__ == "__main__":
    main()
