"""The tokenizer: SentencePiece's BPE as llama.cpp runs it, on a vocabulary of
pieces with scores. It merges, over the whole text, the two neighbours whose
joined piece has the best score, until no two are left.

    tokenizer.py WORK SIZE [BASE.gguf]     writes WORK/tokenizer.json

trains on WORK/train.jsonl, from single characters or, with BASE, on top of that
model's vocabulary, whose tokens keep their numbers.
"""

import collections
import heapq
import json
import pathlib
import re
import sys

import numpy as np

import gguf

SPACE = "▁"  # stands for a space inside pieces
CONTROLS = ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"]  # as CodeLlama names them
UNKNOWN, BEGIN, END = 0, 1, 2
NORMAL, KIND_UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6

# What no merge may cross while the vocabulary is trained: a line break and its
# indentation, a word with one space in front, a number, a run of punctuation.
WORDS = re.compile(r"\n[\t▁]*|▁?[A-Za-z]+|[0-9]|▁+|▁?[^\sA-Za-z0-9▁]{1,4}|\s+|.", re.S)
# Characters of each language that the merges are counted on.
SAMPLE = 1_500_000


class Tokenizer:
    def __init__(self, pieces, scores, kinds):
        self.pieces, self.scores, self.kinds = pieces, scores, kinds
        self.ids = {p: i for i, p in enumerate(pieces)}
        self.merges = {p: (-scores[i], i) for p, i in self.ids.items() if kinds[i] == NORMAL}
        self.bytes = [self.ids[f"<0x{b:02X}>"] for b in range(256)]
        self.cache = {}
        # joined[a, b]: some piece has the character b after a. Elsewhere a text
        # can be cut without changing its tokens. Characters past ASCII are one
        # class, joined with everything if any piece has one.
        self.joined = np.zeros((129, 129), bool)
        for piece in self.merges:
            classes = [min(ord(c), 128) if c != SPACE else 32 for c in piece]
            self.joined[classes[:-1], classes[1:]] = True

    @classmethod
    def from_gguf(cls, metadata):
        return cls(*(metadata["tokenizer.ggml." + key] for key in ("tokens", "scores", "token_type")))

    @classmethod
    def load(cls, path):
        return cls(**json.loads(pathlib.Path(path).read_text()))

    def save(self, path):
        pathlib.Path(path).write_text(json.dumps(dict(pieces=self.pieces, scores=self.scores, kinds=self.kinds)))

    def control(self, piece):
        return self.ids[piece]

    def encode(self, text):
        if not text:
            return []
        codes = np.minimum(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"), 128)
        cuts = np.flatnonzero(~self.joined[codes[:-1], codes[1:]]) + 1
        text, out, start, cache = text.replace(" ", SPACE), [], 0, self.cache
        for end in [*cuts.tolist(), len(text)]:
            chunk = text[start:end]
            start = end
            ids = cache.get(chunk)
            if ids is None:
                ids = self.merge(chunk)
                if len(cache) < 1_000_000:
                    cache[chunk] = ids
            out += ids
        return out

    def merge(self, text):
        symbols, merges = list(text), self.merges
        following, before = list(range(1, len(text) + 1)), list(range(-1, len(text) - 1))
        queue = []

        def add(i):
            j = following[i]
            if j < len(symbols):
                found = merges.get(symbols[i] + symbols[j])
                if found:
                    heapq.heappush(queue, (found[0], i, len(symbols[i]) + len(symbols[j])))

        for i in range(len(symbols)):
            add(i)
        while queue:
            _, i, size = heapq.heappop(queue)
            j = following[i]
            if not symbols[i] or j >= len(symbols) or len(symbols[i]) + len(symbols[j]) != size:
                continue  # one of the two has been merged since
            symbols[i] += symbols[j]
            symbols[j] = ""
            following[i] = following[j]
            if following[j] < len(symbols):
                before[following[j]] = i
            if before[i] >= 0:
                add(before[i])
            add(i)
        out = []
        for symbol in filter(None, symbols):
            if symbol in merges:
                out.append(merges[symbol][1])
            else:
                out += [self.bytes[b] for b in symbol.replace(SPACE, " ").encode("utf-8", "surrogatepass")]
        return out


def bare(characters):
    """A vocabulary without merges: specials, bytes, then characters."""
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    kinds = [KIND_UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256 + [NORMAL] * len(characters)
    return Tokenizer(pieces + characters, [0.0] * len(pieces) + [-1e6] * len(characters), kinds)


def train(base, words, size):
    """Adds the merges of the most frequent neighbours in words, a count of texts,
    until the vocabulary has size tokens."""
    pieces, scores, kinds = list(base.pieces), list(base.scores), list(base.kinds)
    score = min((s for s, k in zip(scores, kinds) if k == NORMAL and s > -1e6), default=0.0)
    texts = [[pieces[i] for i in base.encode(w)] for w in words]
    counts = list(words.values())
    pairs, where = collections.Counter(), collections.defaultdict(set)

    def count(n, sign):
        text = texts[n]
        for pair in zip(text, text[1:]):
            pairs[pair] += sign * counts[n]
            if sign > 0:
                where[pair].add(n)

    for n in range(len(texts)):
        count(n, 1)
    known = set(pieces)
    while len(pieces) < size:
        (left, right), most = max(pairs.items(), key=lambda p: (p[1], p[0]))
        if most < 2:
            break
        joined = left + right
        if "<0x" in left or "<0x" in right:  # bytes of characters that have no piece
            del pairs[left, right]
            continue
        if joined not in known:
            score -= 1
            known.add(joined)
            pieces.append(joined)
            scores.append(score)
            kinds.append(NORMAL)
        for n in where.pop((left, right)):
            count(n, -1)
            text, out = texts[n], []
            for piece in text:
                if out and out[-1] == left and piece == right:
                    out[-1] = joined
                else:
                    out.append(piece)
            texts[n] = out
            count(n, 1)
        del pairs[left, right]
    return Tokenizer(pieces, scores, kinds)


def main(work, size, base=None):
    work, size = pathlib.Path(work), int(size)
    words, taken = collections.Counter(), collections.Counter()
    with open(work / "train.jsonl") as corpus:
        for line in corpus:
            file = json.loads(line)
            if taken[file["language"]] < SAMPLE:
                taken[file["language"]] += len(file["text"])
                words.update(WORDS.findall(file["text"].replace(" ", SPACE)))
    words = collections.Counter({w: n for w, n in sorted(words.items()) if n > 1 and len(w) < 40})
    if base:
        tokenizer = train(Tokenizer.from_gguf(gguf.read(base)[0]), words, size)
    else:
        characters = [chr(c) for c in range(33, 127)] + ["\n", "\t", SPACE]
        tokenizer = train(bare(characters), words, size - len(CONTROLS))
        tokenizer.pieces += CONTROLS
        tokenizer.scores += [0.0] * len(CONTROLS)
        tokenizer.kinds += [CONTROL] * len(CONTROLS)
    tokenizer.save(work / "tokenizer.json")
    print(f"{len(tokenizer.pieces)} tokens; the last: {' '.join(map(repr, tokenizer.pieces[-20:]))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
