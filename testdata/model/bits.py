"""Bits per byte of held-out text, computed here: to be equal, but for the rounding
of weights and sums, to what cmd/bench/evaluate says of the exported file.

    bits.py WORK LANGUAGE BYTES
"""

import json
import math
import pathlib
import sys

import torch

from network import Network
from tokenizer import BEGIN, Tokenizer
from train import LENGTH


@torch.no_grad()
def main(work, language, limit):
    work = pathlib.Path(work)
    tokenizer = Tokenizer.load(work / "tokenizer.json")
    saved = torch.load(work / "checkpoint.pt", weights_only=False)
    network = Network(saved["shape"])
    network.load_state_dict(saved["network"])
    files = [f for f in map(json.loads, open(work / "held.jsonl")) if f["language"] == language]
    files.sort(key=lambda f: (f["repository"], f["path"]))
    bits = size = 0
    for i in range(len(files)):  # the same stretches as evaluate's
        text = files[i * 7919 % len(files)]["text"].encode()
        text = text[len(text) // 2 :]
        text = text[text.find(b"\n") + 1 :][: 5 * LENGTH].decode(errors="ignore")
        tokens = [BEGIN, *tokenizer.encode(text)[: LENGTH - 1]]
        row = torch.tensor([tokens])
        bits += network.loss(row[:, :-1], row[:, 1:]).item() * (len(tokens) - 1) / math.log(2)
        pieces = [tokenizer.pieces[t] for t in tokens[1:]]
        size += sum(1 if p.startswith("<0x") and len(p) == 6 else len(p.replace("▁", " ").encode()) for p in pieces)
        if size >= int(limit):
            break
    print(f"{bits / size:.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
