"""The network: llama (Touvron et al., 2023, https://arxiv.org/abs/2302.13971) with
grouped-query attention, SwiGLU, RMS norms, rotary positions on interleaved pairs
and a tied output. Weights are float32, everything computed with them bfloat16."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


# Queries are taken in so many blocks, each with the keys up to its end, which
# saves most of what the causal mask would throw away.
ATTENTION_BLOCKS = 4


@dataclass
class Shape:
    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 8
    kv_heads: int = 4
    feed_forward: int = 768
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head_width(self):
        return self.width // self.heads


def norm(x, weight, epsilon):
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon) * weight).to(x.dtype)


def rotate(x, turns):
    """Turns the pairs (0, 1), (2, 3), … of the last dimension, as complex numbers."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.s = s
        kv = s.kv_heads * s.head_width
        # Matrices with the same input are one, for fewer and larger products.
        # `parts` tells the optimizer where to cut them apart again.
        self.qkv = nn.Parameter(torch.empty(s.width + 2 * kv, s.width))
        self.qkv.parts = (s.width, kv, kv)
        self.out = nn.Parameter(torch.empty(s.width, s.width))
        self.gate_up = nn.Parameter(torch.empty(2 * s.feed_forward, s.width))
        self.gate_up.parts = (s.feed_forward, s.feed_forward)
        self.down = nn.Parameter(torch.empty(s.width, s.feed_forward))
        self.attention_norm = nn.Parameter(torch.ones(s.width))
        self.ffn_norm = nn.Parameter(torch.ones(s.width))

    def forward(self, x, turns, mask):
        s, bf = self.s, torch.bfloat16
        h = norm(x, self.attention_norm, s.epsilon)
        q, k, v = F.linear(h, self.qkv.to(bf)).split(self.qkv.parts, -1)
        x = x + F.linear(self.attention(q, k, v, turns, mask), self.out.to(bf))
        h = norm(x, self.ffn_norm, s.epsilon)
        gate, up = F.linear(h, self.gate_up.to(bf)).split(self.gate_up.parts, -1)
        return x + F.linear(F.silu(gate) * up, self.down.to(bf))

    def attention(self, q, k, v, turns, mask):
        """Two products and a softmax: the built-in attention is many times slower
        in bfloat16 on a processor."""
        s, (batch, length, _) = self.s, q.shape
        group, pairs = s.heads // s.kv_heads, batch * s.kv_heads
        q = rotate(q.view(batch, length, s.heads, s.head_width), turns) * s.head_width**-0.5
        k = rotate(k.view(batch, length, s.kv_heads, s.head_width), turns)
        q = q.view(batch, length, s.kv_heads, group, s.head_width).permute(0, 2, 3, 1, 4)
        k = k.permute(0, 2, 3, 1).reshape(pairs, s.head_width, length)
        v = v.view(batch, length, s.kv_heads, s.head_width).transpose(1, 2).reshape(pairs, length, s.head_width)
        out = []
        step = -(-length // ATTENTION_BLOCKS)
        for start in range(0, length, step):
            end = min(start + step, length)
            # The queries that share a key head lie behind each other in one product.
            block = q[:, :, :, start:end].reshape(pairs, group * (end - start), s.head_width)
            bias = mask[start:end, :end].repeat(group, 1)
            weights = torch.softmax(torch.baddbmm(bias, block, k[:, :, :end]), -1)
            out.append(torch.bmm(weights, v[:, :end]).view(batch, s.kv_heads, group, end - start, s.head_width))
        return torch.cat(out, 3).permute(0, 3, 1, 2, 4).reshape(batch, length, s.width)


class Network(nn.Module):
    def __init__(self, s: Shape, seed=1):
        super().__init__()
        self.s = s
        self.embedding = nn.Parameter(torch.empty(s.vocabulary, s.width))
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = nn.Parameter(torch.ones(s.width))
        generator = torch.Generator().manual_seed(seed)
        nn.init.normal_(self.embedding, std=0.02, generator=generator)
        for layer in self.layers:
            for matrix, scale in ((layer.qkv, 1), (layer.gate_up, 1), (layer.out, s.layers), (layer.down, s.layers)):
                std = (matrix.shape[1] * scale) ** -0.5 / 2
                nn.init.normal_(matrix, std=std, generator=generator)

    def forward(self, tokens):
        """Logits of the token after each of tokens [batch, length]."""
        s, length = self.s, tokens.shape[1]
        bf = torch.bfloat16
        inverse = s.rope_base ** (-torch.arange(0, s.head_width, 2) / s.head_width)
        angle = torch.arange(length)[:, None, None] * inverse
        turns = torch.polar(torch.ones_like(angle), angle)
        mask = torch.full((length, length), float("-inf"), dtype=bf).triu(1)
        x = F.embedding(tokens, self.embedding).to(bf)
        for layer in self.layers:
            x = layer(x, turns, mask)
        return F.linear(norm(x, self.norm, s.epsilon), self.embedding.to(bf))

    def loss(self, tokens, targets):
        """Mean cross entropy in nats; a target of -1 does not count."""
        logits = self(tokens).float()
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-1)

    # The tensors as llama.cpp names them.

    def to_gguf(self):
        out = {"token_embd.weight": self.embedding}
        for i, layer in enumerate(self.layers):
            q, k, v = layer.qkv.split(layer.qkv.parts)
            gate, up = layer.gate_up.split(layer.gate_up.parts)
            named = {
                "attn_norm": layer.attention_norm, "attn_q": q, "attn_k": k, "attn_v": v,
                "attn_output": layer.out, "ffn_norm": layer.ffn_norm,
                "ffn_gate": gate, "ffn_up": up, "ffn_down": layer.down,
            }  # fmt: skip
            out |= {f"blk.{i}.{name}.weight": tensor for name, tensor in named.items()}
        out["output_norm.weight"] = self.norm
        return {name: tensor.detach().numpy() for name, tensor in out.items()}

    @torch.no_grad()
    def from_gguf(self, tensors):
        """Takes the weights of a model of the same shape. A vocabulary that is
        smaller there leaves the rest of the embedding as it is."""
        get = lambda name: torch.from_numpy(tensors[name + ".weight"])
        old = get("token_embd")
        self.embedding[: len(old)] = old
        for i, layer in enumerate(self.layers):
            block = lambda *names: torch.cat([get(f"blk.{i}.{name}") for name in names])
            layer.attention_norm.copy_(block("attn_norm"))
            layer.qkv.copy_(block("attn_q", "attn_k", "attn_v"))
            layer.out.copy_(block("attn_output"))
            layer.ffn_norm.copy_(block("ffn_norm"))
            layer.gate_up.copy_(block("ffn_gate", "ffn_up"))
            layer.down.copy_(block("ffn_down"))
        self.norm.copy_(get("output_norm"))
