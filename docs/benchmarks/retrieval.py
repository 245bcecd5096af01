"""Measures retrieval on LibreOffice's help in six languages, and prints the tables.

    apt-get install --no-install-recommends libreoffice-help-{en-us,de,fr,ja,ru,zh-cn}
    python3 docs/benchmarks/retrieval.py FOLDER [--pages 3000] [--questions 500]

Builds the program and the pages and questions of libreoffice_questions.py in
FOLDER, has the program ingest them, and asks every question with its eval
command, each language in its own pages and then the questions of the other
languages in the English pages, where the right one is the same page. What is
there already is used, so that a run that was interrupted goes on.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "ja": "Japanese", "ru": "Russian", "zh": "Chinese"}


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def serve(program, folder):
    """Starts the program and returns it with its address."""
    config = folder / "config.yaml"
    config.write_text(f"browse: {{roots: ['{folder}']}}\n")
    data = folder / "data"
    log = open(folder / "serve.log", "w")
    process = subprocess.Popen([program, "serve", "--config", config, "--data-dir", data, "--port", "0"], stdout=log, stderr=log)
    while True:
        time.sleep(0.2)
        if process.poll() is not None:
            sys.exit(f"the program ended; see {folder / 'serve.log'}")
        run = data / "run.json"
        if run.exists() and (found := json.loads(run.read_text())).get("pid") == process.pid:
            return process, found["url"] + "/api/v1"


def ingest(api, folder):
    """Has every language ingested and waits until all passages have vectors."""
    for language in LANGUAGES:
        try:
            dataset = call(f"{api}/datasets/{language}")
        except urllib.error.HTTPError:
            pages = str(folder / language / "pages")
            dataset = call(f"{api}/datasets/", {"name": language, "dtype": "local_file",
                                                "configuration": {"filePaths": [pages], "watch": False}})
        while True:
            status = call(f"{api}/ingestion/datasets/{dataset['id']}/status")
            if status["done"] and status["chunks_total"] > 0:
                break
            time.sleep(2)
        print(f"{LANGUAGES[language]}: {status['chunks_total']} passages", flush=True)


def across(folder, language):
    """The questions of a language, to be found in the pages of another."""
    path = folder / language / "across.jsonl"
    with open(path, "w", encoding="utf-8") as out:
        for line in open(folder / language / "questions.jsonl", encoding="utf-8"):
            question = json.loads(line)
            question["expect"] = {"file": question["expect"]["file"]}
            out.write(json.dumps(question, ensure_ascii=False) + "\n")
    return path


def evaluate(program, api, dataset, questions):
    out = subprocess.run([program, "eval", "--url", api.removesuffix("/api/v1"), "--dataset", dataset,
                          "--questions", questions, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def number(value, sign=""):
    return f"{value:{sign}.3f}".replace("0.", ".", 1)


def interval(i, sign=""):
    return f"{number(i['value'], sign)} [{number(i['low'], sign)}, {number(i['high'], sign)}]"


def table(found):
    print("\n| | search | hit@1 | hit@5 | MRR@10 | nDCG@10 | hybrid is better by (MRR@10) | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, result in found.items():
        better = {d["than"]: interval(d, "+") for d in result["mrr_differences"]}
        for i, m in enumerate(result["modes"]):
            mode = f"**{m['mode']}**" if i == 0 else m["mode"]
            cells = [interval(m[k]) for k in ("hit_at_1", "hit_at_5", "mrr_at_10", "ndcg_at_10")]
            print("|", " | ".join([name if i == 0 else "", mode, *cells, better.get(m["mode"], ""),
                                   f"{m['p50_ms']:.0f}", f"{m['p95_ms']:.0f}"]), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pages", type=int, default=3000, help="pages of each language at most; 2,035 are fit")
    parser.add_argument("--questions", type=int, default=500, help="questions of each language at most")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "syft-space"
    subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT, check=True)
    if not (folder / "zh" / "questions.jsonl").exists():
        subprocess.run([sys.executable, ROOT / "docs" / "benchmarks" / "libreoffice_questions.py", folder,
                        "--pages", str(arguments.pages), "--questions", str(arguments.questions)], check=True)
    process, api = serve(program, folder)
    try:
        ingest(api, folder)
        table({name: evaluate(program, api, language, folder / language / "questions.jsonl")
               for language, name in LANGUAGES.items()})
        table({f"{name} in English": evaluate(program, api, "en", across(folder, language))
               for language, name in LANGUAGES.items() if language != "en"})
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
