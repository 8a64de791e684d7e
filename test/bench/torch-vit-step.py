"""A training step of the transformer of test/experiments/vit, as a PyTorch user would write it.

torch-vit-step.py softmax|leverage|norm|random K THREADS STEPS    prints the milliseconds of the fastest step (batch 64, random images)
"""
import sys
import time

import torch
from torch import nn

by, k, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)
BATCH, TOKENS, PIXELS, D, HEADS, HIDDEN = 64, 50, 16, 64, 4, 128


def scores(K):
    if by == "norm":
        return K.square().sum(-1)
    if by == "random":
        return torch.rand(K.shape[:-1])
    K = K.double()
    R = torch.linalg.cholesky(K.transpose(-1, -2) @ K)
    return torch.linalg.solve_triangular(R, K.transpose(-1, -2), upper=False).square().sum(-2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, HIDDEN), nn.Linear(HIDDEN, D)

    def attend(self, x):
        Q, K, V = self.qkv(x).view(BATCH, TOKENS, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        if by != "softmax":
            with torch.no_grad():
                chosen = scores(K).topk(k, dim=-1).indices.unsqueeze(-1).expand(-1, -1, -1, D // HEADS)
            K, V = K.gather(2, chosen), V.gather(2, chosen)
        A = torch.softmax(Q @ K.transpose(-1, -2) * (D // HEADS) ** -0.5, dim=-1)
        return self.out((A @ V).transpose(1, 2).reshape(BATCH, TOKENS, D))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.down(torch.relu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(PIXELS, D)
        self.cls = nn.Parameter(0.02 * torch.randn(1, 1, D))
        self.position = nn.Parameter(0.02 * torch.randn(1, TOKENS, D))
        self.blocks = nn.Sequential(Block(), Block())
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, 10)

    def forward(self, patches):
        x = torch.cat([self.cls.expand(BATCH, -1, -1), self.embed(patches)], dim=1) + self.position
        return self.head(self.norm(self.blocks(x)[:, 0]))


model = Transformer()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
patches = torch.randn(BATCH, TOKENS - 1, PIXELS)
labels = torch.arange(BATCH) % 10
seconds = []
for _ in range(steps):
    started = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(model(patches), labels).backward()
    optimizer.step()
    seconds.append(time.perf_counter() - started)
print(1000 * min(seconds))
