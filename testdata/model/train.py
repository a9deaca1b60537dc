"""Training, by as many processes of one thread as there are cores.

    train.py WORK --minutes 60 [--tokens 20e6] [--base BASE.gguf]

One thread each, since small matrices and a machine with other work leave
threads waiting for each other. The processes share the weights; each takes the
next rows of a step until all are taken, so a slow one holds nobody up for long.

The learning rate rises over the first steps, stays, and falls to zero over the
last third of the minutes or the tokens, whichever end first. A checkpoint is
written every two minutes and at SIGTERM; the same command goes on from it.
Rows depend on the seed and their number alone.
"""

import argparse
import math
import os
import pathlib
import signal
import threading
import time

import torch
import torch.multiprocessing as mp

import gguf
from network import Network, Shape
from optimizer import Optimizer
from samples import Samples
from tokenizer import Tokenizer

LENGTH = 512  # tokens the network sees at once, unless --length says more
ROWS = 4  # rows of one forward pass
CHECKPOINT_SECONDS = 120
WARM_UP_STEPS = 40


def options():
    o = argparse.ArgumentParser()
    o.add_argument("work", type=pathlib.Path)
    o.add_argument("--minutes", type=float, default=math.inf, help="wall time, that before a resumption included")
    o.add_argument("--tokens", type=float, default=math.inf)
    o.add_argument("--base", help="GGUF whose weights to go on from")
    o.add_argument("--seed", type=int, default=1)
    o.add_argument("--length", type=int, default=LENGTH)
    o.add_argument("--rows", type=int, default=16, help="rows of a step")
    o.add_argument("--workers", type=int, default=os.cpu_count())
    o.add_argument("--muon-rate", type=float, default=0.01)
    o.add_argument("--adam-rate", type=float, default=0.001)
    o.add_argument("--falling", type=float, default=0.35, help="share of the time in which the rate falls")
    for name in ("width", "layers", "heads", "kv_heads", "feed_forward"):
        o.add_argument("--" + name.replace("_", "-"), type=int, default=getattr(Shape, name))
    return o.parse_args()


def new_network(o, tokenizer):
    size = len(tokenizer.pieces)
    shape = Shape(size, o.width, o.layers, o.heads, o.kv_heads, o.feed_forward)
    network = Network(shape, o.seed)
    if o.base:
        metadata, tensors = gguf.read(o.base)
        network.from_gguf(tensors)
        old = Tokenizer.from_gguf(metadata)
        with torch.no_grad():  # a new token begins as the mean of those it was written with
            for i in range(len(old.pieces), size):
                parts = old.encode(tokenizer.pieces[i])
                network.embedding[i] = network.embedding[parts].mean(0)
    return network


def work(rank, o, network, optimizer, tokenizer, s):
    """One of the processes. s holds what they share."""
    torch.set_num_threads(1)
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the first process
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    samples = Samples(o.work / "train.jsonl", tokenizer, o.length + 1)
    names = list(optimizer.parameters)
    passes = o.rows // ROWS
    while True:
        s.barrier.wait()  # the weights are those of the last step; the clock is read
        if s.stop.value:
            return
        step, scale = s.step.value, s.scale.value
        for p in network.parameters():
            p.grad = s.gradients[rank][id(p)]
            p.grad.zero_()
        while True:
            with s.taken.get_lock():
                mine = s.taken.value
                s.taken.value += 1
            if mine >= passes:
                break
            first = (step * passes + mine) * ROWS
            rows = torch.tensor([samples.row(f"{o.seed} {first + i}") for i in range(ROWS)])
            loss = network.loss(rows[:, :-1], rows[:, 1:]) / passes
            loss.backward()
            s.loss[mine] = loss.item()
        s.barrier.wait()
        for name in names[rank :: o.workers]:
            p = optimizer.parameters[name]
            gradient = sum(g[id(p)] for g in s.gradients)
            optimizer.update(name, gradient, step + 1, scale)
        s.barrier.wait()


def end_with(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


class Shared:
    pass


def main():
    o = options()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.load(o.work / "tokenizer.json")
    network = new_network(o, tokenizer).share_memory()
    optimizer = Optimizer(dict(network.named_parameters()), o.muon_rate, o.adam_rate)
    for state in optimizer.state.values():
        for tensor in state:
            tensor.share_memory_()

    path = o.work / "checkpoint.pt"
    step, before = 0, 0.0
    if path.exists():
        saved = torch.load(path, weights_only=False)
        step, before = saved["step"], saved["seconds"]
        network.load_state_dict(saved["network"])
        for name, tensors in saved["optimizer"].items():
            for tensor, old in zip(optimizer.state[name], tensors):
                tensor.copy_(old)
        print(f"going on from step {step}, {before / 60:.1f} minutes", flush=True)

    context = mp.get_context("fork")
    s = Shared()
    s.barrier = context.Barrier(o.workers + 1)
    s.step, s.taken, s.scale, s.stop = (context.Value(kind, 0) for kind in "qqdb")
    s.loss = context.Array("d", o.rows // ROWS)
    s.gradients = [
        {id(p): torch.zeros_like(p).share_memory_() for p in network.parameters()} for _ in range(o.workers)
    ]
    workers = [
        context.Process(target=work, args=(rank, o, network, optimizer, tokenizer, s), daemon=True)
        for rank in range(o.workers)
    ]
    for worker in workers:
        worker.start()
    ended = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))

    start = saved_at = time.monotonic()
    average = None
    row_tokens = o.rows * o.length

    def seconds():
        return before + time.monotonic() - start

    def save():
        new = path.with_suffix(".new")
        torch.save(
            {"step": step, "seconds": seconds(), "network": network.state_dict(), "optimizer": optimizer.state,
             "shape": network.s, "tokens": step * row_tokens}, new)  # fmt: skip
        os.replace(new, path)

    while True:
        done = max(seconds() / 60 / o.minutes, step * row_tokens / o.tokens)
        s.stop.value = done >= 1 or bool(ended)
        s.scale.value = min(1, (step + 1) / WARM_UP_STEPS, (1 - done) / o.falling)
        s.step.value, s.taken.value = step, 0
        s.barrier.wait()
        if s.stop.value:
            break
        s.barrier.wait()
        s.barrier.wait()
        step += 1
        loss = sum(s.loss)
        average = loss if average is None else average + (loss - average) * 0.02
        if step % 10 == 0:
            print(f"step {step}  {step * row_tokens / 1e6:.2f} M tokens  {seconds() / 60:.1f} min  "
                  f"rate {s.scale.value:.3f}  loss {loss:.3f}  average {average:.3f}", flush=True)  # fmt: skip
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            save()
            saved_at = time.monotonic()
    save()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
