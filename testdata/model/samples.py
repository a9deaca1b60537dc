"""Training samples: one row of tokens from one place of one file.

Half are plain: the beginning of sequence, then the text. The others are inserts
in CodeLlama's format (Rozière et al., 2023, https://arxiv.org/abs/2308.12950;
Bavarian et al., 2022, https://arxiv.org/abs/2207.14255), in two orders:

    suffix first    <s> ▁<PRE> ▁<SUF> suffix ▁<MID> prefix middle ▁<EOT>
    prefix first    <s> ▁<PRE> prefix ▁<SUF> suffix ▁<MID> middle ▁<EOT>

The middle is mostly what an editor asks for: the rest of a line, or some lines.
"""

import json
import random
import re

from tokenizer import BEGIN, CONTROLS

# How often a sample is of a language. Go first: it is what airside itself is
# asked for most; the rest by how much they are written.
SHARES = {"go": 0.36, "python": 0.18, "typescript": 0.14, "javascript": 0.06, "rust": 0.10, "java": 0.07, "c": 0.09}
PLAIN, SUFFIX_FIRST = 0.5, 0.35  # the rest is prefix first
SUFFIX_CHARACTERS = 400
EDGE = re.compile(r"\b|(?<=[^\w\s])(?=[^\w\s])")  # where one lexical token ends


class Samples:
    def __init__(self, corpus, tokenizer, length, shares=SHARES):
        """length is the number of tokens in a row."""
        self.tokenizer, self.length = tokenizer, length
        self.pre, self.suf, self.mid, self.eot = map(tokenizer.control, CONTROLS)
        texts = {}
        with open(corpus) as file:
            for line in file:
                entry = json.loads(line)
                texts.setdefault(entry["language"], []).append(entry["text"])
        self.languages = [l for l in shares if l in texts]
        self.weights = [shares[l] for l in self.languages]
        self.texts = [texts[l] for l in self.languages]
        self.sizes = [[len(t) for t in group] for group in self.texts]
        self.sums = [_running(sizes) for sizes in self.sizes]

    def row(self, seed):
        """The row of a seed: length tokens, filled up with further samples."""
        r = random.Random(seed)
        out = []
        while len(out) < self.length:
            out += self.sample(r, self.length - len(out))
        return out[: self.length]

    def sample(self, r, room):
        (group,) = r.choices(range(len(self.languages)), self.weights)
        (text,) = r.choices(self.texts[group], cum_weights=self.sums[group])
        form = r.random()
        # 5 characters a token are more than there will be.
        if form < PLAIN or room < 64:
            at = r.randrange(-room, len(text)) if r.random() < 0.9 else 0
            at = max(0, at)
            return [BEGIN] + self.tokenizer.encode(text[at : at + 5 * room])[: room - 1]
        start, end = self.middle(r, text)
        encode = self.tokenizer.encode
        middle = encode(text[start:end])[: room // 2]
        suffix = encode(text[end : end + r.randrange(SUFFIX_CHARACTERS)])[: room // 4]
        prefix = encode(text[max(0, start - 5 * room) : start])
        keep = room - 5 - len(middle) - len(suffix)
        prefix = prefix[max(0, len(prefix) - keep) :]
        if form < PLAIN + SUFFIX_FIRST:
            return [BEGIN, self.pre, self.suf, *suffix, self.mid, *prefix, *middle, self.eot]
        return [BEGIN, self.pre, *prefix, self.suf, *suffix, self.mid, *middle, self.eot]

    @staticmethod
    def middle(r, text):
        """Where an insert lies: [start, end)."""
        at = r.randrange(len(text))
        line = text.rfind("\n", 0, at) + 1
        line_end = (text.find("\n", at) + 1 or len(text) + 1) - 1
        kind = r.random()
        if kind < 0.2:  # anything, from letter to letter
            return at, min(len(text), at + r.randrange(1, 200))
        indent = line + len(text[line:line_end]) - len(text[line:line_end].lstrip())
        if kind < 0.4:  # whole lines
            end = line_end
            for _ in range(r.randrange(4)):
                end = (text.find("\n", end + 1) + 1 or len(text) + 1) - 1
            return min(indent, end), end
        edges = [m.start() for m in EDGE.finditer(text, indent, line_end)]
        start = r.choice(edges) if edges else indent
        # A space goes with the word behind it: the middle begins with it.
        while start > indent and text[start - 1] == " ":
            start -= 1
        if kind < 0.5 and edges:  # within a line
            return start, max(start, r.choice(edges))
        return start, line_end


def _running(sizes):
    total, out = 0, []
    for size in sizes:
        total += size
        out.append(total)
    return out
