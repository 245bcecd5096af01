"""Pages of LibreOffice's help with questions, in six languages.

    apt-get install --no-install-recommends libreoffice-help-{en-us,de,fr,ja,ru,zh-cn}
    python3 docs/benchmarks/libreoffice_questions.py OUT [--pages 600] [--questions 300] [en de fr ja ru zh]

Writes OUT/<language>/pages/*.txt and OUT/<language>/questions.jsonl, which
"syft-space eval" reads. The questions are the titles of pages and of sections,
which their writers chose for what stands below them. A title that is asked is
taken out of the text, so the words must be found in the prose or the meaning
must do. Only titles are asked that stand once among all titles of all pages of
the language, that are no shorter than two words (five characters of Chinese or
Japanese), and that are translated, as is the paragraph below.

The pages are the same in every language: those that have between 300 and 8,000
characters of text in English, in the order of the hash of their path. Most
pages are thus left out, which makes the task easier than the whole help is. The text is MPL-2.0 and not kept here.
"""

import argparse
import collections
import hashlib
import html.parser
import json
import pathlib
import random
import re

HELP = pathlib.Path("/usr/share/libreoffice/help")
FOLDERS = {"en": "en-US", "de": "de", "fr": "fr", "ja": "ja", "ru": "ru", "zh": "zh-CN"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BREAKS = HEADINGS | {"p", "li", "tr", "pre", "div", "table", "br"}
QUOTED = 40  # characters of a section's first paragraph that the right passage holds
SEED = 20260101


class Page(html.parser.HTMLParser):
    """The text of a page: blocks of (is a heading, text), links to related pages left out."""

    def __init__(self, source):
        super().__init__()
        self.blocks, self.text, self.heading = [], [], False
        self.depth, self.skip = 0, None
        start = source.find('<div id="DisplayArea"')
        end = source.find('<div id="DonationFrame"')
        self.feed(source[start : end if end > 0 else len(source)])
        self.flush()

    def flush(self):
        text = " ".join("".join(self.text).split())
        if text:
            self.blocks.append((self.heading, text))
        self.text = []

    def handle_starttag(self, tag, attrs):
        if tag == "div":
            self.depth += 1
            if self.skip is None and dict(attrs).get("class") == "relatedtopics":
                self.skip = self.depth
        if tag in BREAKS:
            self.flush()
        if tag in HEADINGS:
            self.heading = True

    def handle_endtag(self, tag):
        if tag in BREAKS:
            self.flush()
        if tag in HEADINGS:
            self.heading = False
        if tag == "div":
            if self.skip == self.depth:
                self.skip = None
            self.depth -= 1

    def handle_data(self, data):
        if self.skip is None:
            self.text.append(data)


def read(language):
    """All pages of a language by their path."""
    root = HELP / FOLDERS[language] / "text"
    return {
        str(path.relative_to(root)): Page(path.read_text(encoding="utf-8")).blocks
        for path in sorted(root.rglob("*.html"))
    }


def folded(text):
    return re.sub(r"\W+", " ", text.casefold()).strip()


def prose(blocks):
    return sum(len(text) for heading, text in blocks if not heading)


def choose(pages, count):
    """Paths of pages of a useful length, in an order that says nothing of them."""
    fit = [path for path, blocks in pages.items() if blocks and blocks[0][0] and 300 <= prose(blocks) <= 8000]
    return sorted(fit, key=lambda path: hashlib.sha256(path.encode()).digest())[:count]


def askable(text):
    cjk = len(re.findall(r"[\u3040-\u9fff]", text))
    return cjk >= 5 or (cjk == 0 and len(text.split()) >= 2)


def candidates(pages, chosen, english):
    """All (path, block, question line) that may be asked."""
    seen = collections.Counter(folded(text) for blocks in pages.values() for heading, text in blocks if heading)
    for path in chosen:
        blocks = pages[path]
        for i, (heading, text) in enumerate(blocks):
            if not heading or seen[folded(text)] > 1 or not askable(text) or folded(text) in english:
                continue
            below = next((text for is_heading, text in blocks[i + 1 :] if not is_heading), "")
            if folded(below) in english:
                continue
            expect = {"file": name(path)}
            if i > 0:
                if blocks[i + 1 : i + 2] != [(False, below)] or len(below) < QUOTED:
                    continue
                expect["contains"] = below[:QUOTED].strip()
            yield path, i, {"question": text, "expect": expect}


def name(path):
    """A file name that says nothing of what the page is about."""
    return hashlib.sha256(path.encode()).hexdigest()[:12] + ".txt"


def write(out, pages, chosen, asked):
    folder = out / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    gone = {(path, i) for path, i, _ in asked}
    for path in chosen:
        kept = [text for i, (_, text) in enumerate(pages[path]) if (path, i) not in gone]
        (folder / name(path)).write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    with open(out / "questions.jsonl", "w", encoding="utf-8") as f:
        for _, _, line in asked:
            f.write(json.dumps(line, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("languages", nargs="*", default=list(FOLDERS))
    parser.add_argument("--pages", type=int, default=600, help="pages of each language")
    parser.add_argument("--questions", type=int, default=300, help="questions of each language at most")
    args = parser.parse_intermixed_args()
    english = read("en")
    chosen = choose(english, args.pages)
    texts = {folded(text) for blocks in english.values() for _, text in blocks}
    for language in args.languages:
        pages = english if language == "en" else read(language)
        here = [path for path in chosen if path in pages]
        found = list(candidates(pages, here, set() if language == "en" else texts))
        asked = random.Random(SEED).sample(found, min(args.questions, len(found)))
        write(args.out / language, pages, here, asked)
        characters = sum(prose(pages[path]) for path in here)
        print(f"{language}: {len(here)} pages, {characters} characters, {len(asked)} questions of {len(found)}")


if __name__ == "__main__":
    main()
