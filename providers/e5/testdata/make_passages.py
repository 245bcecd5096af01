"""Writes passages.txt and texts.jsonl.gz from LibreOffice's help (MPL-2.0).

Usage: make_passages.py FOLDER, into which Debian 12's packages
libreoffice-help-* were unpacked (apt-get download; dpkg-deb -x), each into a
folder of its language. passages.txt has 64 passages of about 190 tokens, one a
line, for speed; texts.jsonl.gz has 500 texts of all lengths with their kind,
query or passage, for make_embeddings.py.
"""

import gzip
import html.parser
import json
import pathlib
import random
import sys

from reference import PREFIXES, Model, Tokenizers

HERE = pathlib.Path(__file__).parent
RANDOM = random.Random(190)


class Page(html.parser.HTMLParser):
    """The text of a help page's body, by paragraphs."""

    BREAKS = {"p", "h1", "h2", "h3", "h4", "li", "td", "div", "br", "pre"}

    def __init__(self, text):
        super().__init__()
        self.paragraphs, self.words, self.inside, self.hidden = [], [], False, 0
        self.feed(text)
        self.handle_endtag("p")

    def handle_starttag(self, tag, attributes):
        self.inside = self.inside or ("id", "DisplayArea") in attributes
        self.hidden += tag in ("script", "style")
        self.handle_endtag(tag if tag in self.BREAKS else "")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")
        if tag in self.BREAKS:
            if self.words and self.inside and self.words[:2] != ["Title", "is:"]:
                self.paragraphs.append(" ".join(self.words))
            self.words = []

    def handle_data(self, data):
        if not self.hidden:
            self.words += data.split()


class Help:
    """Pages by language, each given out once."""

    def __init__(self, folder):
        self.pages = {}
        for language in sorted(folder.iterdir()):
            paths = sorted(language.glob("usr/share/libreoffice/help/*/text/**/*.html"))
            RANDOM.shuffle(paths)
            self.pages[language.name] = iter(paths)

    def paragraphs(self, language, characters):
        """The paragraphs of a page of so many characters at least, from its second on."""
        for path in self.pages[language]:
            found = Page(path.read_text(encoding="utf-8")).paragraphs[1:]
            if sum(map(len, found)) >= characters:
                return found
        sys.exit(f"the help in {language} has too few long pages")


def cut(text, tokens, count):
    """The longest beginning of text that has at most so many tokens."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low].strip()


def main():
    pages, tokenizers = Help(pathlib.Path(sys.argv[1])), Tokenizers(Model())

    def count(text):
        return len(tokenizers.ids(text)) + 2

    def passage(language, tokens):
        text = " ".join(pages.paragraphs(language, 7 * tokens))
        return cut(text, tokens - count(PREFIXES["passage"]) + 2, count)

    order = ["en-us"] * 20 + ["de", "fr", "ja", "ru", "zh-cn", "es", "ko", "hi", "el", "vi", "pl"] * 4
    lines = [passage(language, RANDOM.randrange(170, 211)) for language in order]
    (HERE / "passages.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lengths = [count(PREFIXES["passage"] + line) for line in lines]
    print(f"{len(lines)} passages of {min(lengths)} to {max(lengths)} tokens, {sum(lengths)} in all")

    texts = [("query", ""), ("passage", ""), ("passage", "a"), ("query", "\U0001F600"), ("passage", " \t\n"),
             ("query", "ERR_SSL_PROTOCOL_ERROR"), ("passage", "x" * 3000), ("query", "\U00012000" * 10)]
    texts += [("passage", line) for line in (HERE / "languages.txt").read_text(encoding="utf-8").splitlines()]
    names = sorted(pages.pages)
    while len(texts) < 160:
        first = pages.paragraphs(names[len(texts) % len(names)], 200)
        texts.append(("query", cut(max(first, key=len), RANDOM.randrange(4, 40), count)))
    while len(texts) < 500:
        i = len(texts)
        texts.append(("passage", passage(names[i % len(names)], 512 if i % 40 == 0 else RANDOM.randrange(8, 540))))
    with gzip.GzipFile(HERE / "texts.jsonl.gz", "wb", mtime=0) as out:
        for kind, text in texts:
            out.write(json.dumps([kind, text], ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    main()
