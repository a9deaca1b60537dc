"""Writes a checkpoint as a GGUF file that llama.cpp, Ollama and airside load.

    export.py WORK OUT.gguf [NAME] [LICENCE]
"""

import pathlib
import sys

import torch

import gguf
from gguf import ARRAY, BOOL, FLOAT32, INT32, STRING, UINT32
from network import Network, Shape
from tokenizer import BEGIN, CONTROLS, END, UNKNOWN, Tokenizer
from train import LENGTH


def metadata(shape: Shape, tokenizer: Tokenizer, name, licence):
    pre, suf, mid, eot = map(tokenizer.control, CONTROLS)
    llama = {
        "context_length": 2 * LENGTH,  # beyond what it was trained on quality falls, but nothing breaks
        "embedding_length": shape.width,
        "block_count": shape.layers,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.layer_norm_rms_epsilon": shape.epsilon,
        "rope.dimension_count": shape.head_width,
        "rope.freq_base": shape.rope_base,
        "vocab_size": shape.vocabulary,
    }
    special = {
        "bos": BEGIN, "eos": END, "unknown": UNKNOWN,
        # Both the older and the newer names of the insert tokens.
        "prefix": pre, "suffix": suf, "middle": mid, "eot": eot,
        "fim_pre": pre, "fim_suf": suf, "fim_mid": mid,
    }  # fmt: skip
    return [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, name),
        ("general.license", STRING, licence),
        ("general.file_type", UINT32, 7),  # mostly Q8_0
        *[("llama." + k, FLOAT32 if isinstance(v, float) else UINT32, v) for k, v in llama.items()],
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.pre", STRING, "default"),
        ("tokenizer.ggml.tokens", (ARRAY, STRING), tokenizer.pieces),
        ("tokenizer.ggml.scores", (ARRAY, FLOAT32), tokenizer.scores),
        ("tokenizer.ggml.token_type", (ARRAY, INT32), tokenizer.kinds),
        *[(f"tokenizer.ggml.{k}_token_id", UINT32, v) for k, v in special.items()],
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.ggml.add_space_prefix", BOOL, False),
    ]


def main(work, out, name="airside-tiny", licence="see its card"):
    work = pathlib.Path(work)
    tokenizer = Tokenizer.load(work / "tokenizer.json")
    saved = torch.load(work / "checkpoint.pt", weights_only=False)
    network = Network(saved["shape"])
    network.load_state_dict(saved["network"])
    gguf.write(out, metadata(saved["shape"], tokenizer, name, licence), network.to_gguf())
    count = sum(p.numel() for p in network.parameters())
    print(f"{out}: {count:,} parameters, {saved['tokens'] / 1e6:.1f} M tokens, {pathlib.Path(out).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
