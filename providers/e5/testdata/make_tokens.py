"""Writes tokens.jsonl.gz: texts and their ids in the reference (reference.py).

Needs Babel besides, for names from the Unicode CLDR in all its scripts. Every
line is a JSON array of a text and its ids, <s> and </s> not included.
"""

import gzip
import json
import pathlib
import random
import unicodedata

import babel
import babel.dates
import babel.numbers
from babel import localedata

from reference import Model, Tokenizers

HERE = pathlib.Path(__file__).parent
RANDOM = random.Random(20241)
LONG = 10_000


def languages():
    """Article 1 of the Universal Declaration of Human Rights, also decomposed."""
    for line in (HERE / "languages.txt").read_text(encoding="utf-8").splitlines():
        yield line
        yield unicodedata.normalize("NFD", line)
        yield line.upper()
        yield line.replace(" ", "")


def names():
    """Names, dates and sums of money in every language of the CLDR."""
    for code in localedata.locale_identifiers():
        if "_" in code and code.count("_") + len(code.split("_")[1]) != 5:  # a script, but no country
            continue
        locale = babel.Locale.parse(code)
        places, tongues = list(locale.territories.values()), list(locale.languages.values())
        if len(places) < 40:
            continue
        for _ in range(4):
            yield ", ".join(RANDOM.sample(places, 6))
        if len(tongues) > 10:
            yield "; ".join(RANDOM.sample(tongues, 8))
        money = list(locale.currencies.items())
        yield " ".join(f"{RANDOM.randrange(10**6) / 100} {name} ({code})"
                       for code, name in RANDOM.sample(money, min(4, len(money))))
        yield " ".join(locale.months["format"]["wide"].values()) + " " + " ".join(locale.days["format"]["wide"].values())


def software():
    yield from [
        "func (l *lattice) next(dst []int32) ([]int32, bool) {", "ERR_SSL_PROTOCOL_ERROR 0x80070005 --no-sandbox",
        "/usr/share/doc/python3/README.Debian.gz", "https://example.org/a/b?c=d&e=%20f#g",
        "SELECT id, name FROM users WHERE created_at >= '2024-01-01' ORDER BY 2 DESC;",
        '{"key": [1, 2.5e-10, null, true], "nested": {"\\u00e9": "\\n"}}', "snake_case camelCase PascalCase kebab-case",
        "a\tb\nc\r\nd\x0be\x0cf", "<s> </s> <pad> <unk> <mask> [CLS] [SEP]", "<s></s><mask>", "query: passage: ",
        "user@example.org +49 (0)89 1234-567 12:34:56 1,234,567.89 1.234.567,89", "x" * 40 + " " + "=" * 80,
    ]


def hostile():
    yield from ["", " ", "   ", "\t\n", "\u3000", "\u200b", "a", " a", "a ", "  a  b  ", "\u2581", "\u2581\u2581a", "a\u2581b\u2581"]
    spaces = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2009\u2028\u2029\u202f\u205f\u3000\u200b\ufeff"
    for s in spaces:
        yield f"one{s}two{s}{s}three{s * 7}four{s}"
        yield f"{s}{s}lead"
    for code in [*range(0x20), *range(0x7f, 0xa0)]:
        yield f"con{chr(code)}trol {chr(code)} {chr(code) * 3}x"
    for code in [0xad, 0x34f, 0x61c, 0x180e, *range(0x200c, 0x2010), *range(0x202a, 0x202f), *range(0x2060, 0x2065),
                 0xfe0e, 0xfe0f, 0xfff9, 0xfffb, 0xfffc, 0xfffd, 0xe0001, 0xe0020]:
        yield f"in{chr(code)}visible {chr(code)} mark{chr(code)}"
    yield from [
        "\U0001F600", "\U0001F600\U0001F601 \U0001F602", "\U0001F44D\U0001F3FD ok", "\u2764\ufe0f \u263a\ufe0e",
        "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 family", "\U0001F1E9\U0001F1EA\U0001F1EF\U0001F1F5",
        "1\ufe0f\u20e3 #\ufe0f\u20e3", "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
        "\U0001F9D1\U0001F3FB\u200d\U0001F680 launches \U0001F680\U0001F680\U0001F680", "caf\u00e9 cafe\u0301 CAFE\u0301",
        "e\u0301\u0302\u0303 a\u0323\u0302 o\u031b\u0323 \u0301leading", "\u1112\u1161\u11ab\u1100\u1173\u11af \ud55c\uae00",
        "\uff76\uff9e\uff77\uff9e \uff8a\uff9f \uff66\uff9d", "\u304b\u3099 \u30cf\u309a \u3042\u3099",
        "\ufb01\ufb02\ufb03 \ufdfa \ufdfb \ufefb", "\uff21\uff22\uff23\uff11\uff12\uff13\uff01 \u2460\u2473\u2163 \u00bd\u00b2\u2075",
        "\U0001D400\U0001D4D0\U0001D538\U0001D7D8 \u210c\u2115 \u2122\u2120", "\u0928\u093c \u0921\u093c \u0a16\u0a3c \u09af\u09bc",
        "\u0e33 \u0eb3 \u0f73 \u0f75 \u0f77", "\u0149 \u01c4 \u1e9a \u03f4 \u2126 \u212b", "\u00a8\u00b4\u00b8\u02d8\u02dd x\u00a8y",
        "\u3131\u314f \u3260 \u3200 \uffa1\uffc2", "\U00010000\U00010001 \U00012000\U00012001x\U00012002", "\ue000\uf8ff\U000F0000",
        "\ufdd0\ufffe\uffff\U0010FFFF", "\U00010330\U00010331 known \U00010332\U00010333known\U00010334", "\u3300\u337f\u33ff \u32ff",
    ]
    base = "e\u0301"
    for n in (1, 2, 5, 30, 300):
        yield "Z" + "".join(chr(RANDOM.randrange(0x300, 0x370)) for _ in range(n)) + "algo"
        yield base * n
        yield (" " * n).join(["runs", "of", "spaces"])


def words():
    """Words of ten thousand characters."""
    def pick(alphabet):
        return "".join(RANDOM.choice(alphabet) for _ in range(LONG))
    lower = "abcdefghijklmnopqrstuvwxyz"
    yield from ["a" * LONG, "ha" * (LONG // 2), "0123456789" * (LONG // 10), "=" * LONG, "\U0001F600" * LONG, "\u0301" * LONG,
                "\U00012000" * LONG, "e\u0301" * (LONG // 2), "\u2581" * LONG + "x", "\u0e01" * LONG, "\ud55c" * LONG,
                "internationalization" * (LONG // 20), "\ufb01" * LONG, "\x01" * LONG + "y", "\u4e00" * LONG]
    yield from [pick(lower), pick("ab"), pick(lower + lower.upper() + "0123456789+/"), pick("0123456789"),
                pick([chr(c) for c in range(0x4e00, 0x9fa6)]), pick([chr(c) for c in range(0x3041, 0x3097)]),
                pick([chr(c) for c in range(0xac00, 0xd7a4)]), pick([chr(c) for c in range(0x430, 0x450)]),
                pick([chr(c) for c in range(0xe01, 0xe3a)]), pick([chr(c) for c in range(0x621, 0x64b)]),
                pick([chr(c) for c in range(0x905, 0x93a)]), pick(lower + "\U00012000"), pick([chr(c) for c in range(0xa1, 0x370)])]
    text = (HERE / "languages.txt").read_text(encoding="utf-8").split()
    for _ in range(4):
        yield "".join(RANDOM.choices(text, k=LONG // 6))[:LONG]


def noise():
    blocks = [(0x20, 0x7f), (0xa0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x530, 0x700), (0x900, 0xe00), (0xe00, 0x1200),
              (0x1100, 0x1200), (0x1e00, 0x2070), (0x2070, 0x2c00), (0x3000, 0x3400), (0x4e00, 0xa000), (0xac00, 0xd7b0),
              (0xf900, 0x10000), (0x10000, 0x20000), (0x1f300, 0x1fb00)]
    for _ in range(400):
        chosen = RANDOM.sample(blocks, RANDOM.randrange(1, 5))
        text = []
        for _ in range(RANDOM.randrange(1, 80)):
            low, high = RANDOM.choice(chosen)
            text.append(" " if RANDOM.random() < 0.1 else chr(RANDOM.randrange(low, high)))
        yield "".join(text)


def main():
    tokenizers = Tokenizers(Model())
    texts = list(dict.fromkeys([*languages(), *names(), *software(), *hostile(), *words(), *noise()]))
    other = {"sentencepiece": 0, "pipeline": 0}
    with gzip.GzipFile(HERE / "tokens.jsonl.gz", "wb", mtime=0) as out:
        for text in texts:
            ids = tokenizers.ids(text)
            other["sentencepiece"] += tokenizers.sentencepiece(text) != ids
            other["pipeline"] += tokenizers.pipeline(text) != ids
            out.write(json.dumps([text, ids], ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    print(f"{len(texts)} texts; otherwise in SentencePiece alone: {other['sentencepiece']}, "
          f"in Hugging Face alone: {other['pipeline']}")


if __name__ == "__main__":
    main()
