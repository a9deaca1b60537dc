"""Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) for the
matrices between the layers, AdamW for the embedding and the norms."""

import torch


def orthogonal(g, steps=5):
    """Newton and Schulz: the nearest matrix to g whose singular values are all about 1."""
    x = g.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Optimizer:
    """Updates parameters, a dict by name, in place from gradients of the same names."""

    def __init__(self, parameters, muon_rate, adam_rate, decay=0.01):
        self.parameters, self.decay = parameters, decay
        self.muon_rate, self.adam_rate = muon_rate, adam_rate
        self.state = {
            name: [torch.zeros_like(p) for _ in range(1 if self.is_matrix(name) else 2)]
            for name, p in parameters.items()
        }

    @staticmethod
    def is_matrix(name):
        return name.startswith("layers.") and not name.endswith("norm")

    @torch.no_grad()
    def update(self, name, gradient, step, scale):
        """One update of one parameter; step counts from 1, scale multiplies the learning rate."""
        p, state = self.parameters[name], self.state[name]
        if self.is_matrix(name):
            rate = self.muon_rate * scale
            (momentum,) = state
            momentum.lerp_(gradient, 0.05)
            direction = gradient.lerp(momentum, 0.95)
            p.mul_(1 - rate * self.decay)
            parts = getattr(p, "parts", (len(p),))
            for target, part in zip(p.split(parts), direction.split(parts)):
                target.add_(orthogonal(part), alpha=-rate * max(1, part.shape[0] / part.shape[1]) ** 0.5)
            return
        rate = self.adam_rate * scale
        mean, square = state
        mean.lerp_(gradient, 0.1)
        square.lerp_(gradient.square(), 0.05)
        unbiased = (square / (1 - 0.95**step)).sqrt_().add_(1e-8)
        p.addcdiv_(mean, unbiased, value=-rate / (1 - 0.9**step))
