"""The LSTM language model in PyTorch. lm/generator.py runs the same weights in NumPy."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from jokebox.lm.config import ModelConfig, TrainingConfig

Carried = tuple[Tensor, Tensor]  # h and c, each (L, B, H)


class Network(nn.Module):
    """Predict the next token: embedding, 1 to 3 LSTM layers, output. V tokens, H units, L layers.

    If it is tied (Press and Wolf 2017, Inan et al. 2017), the rows of the embedding are the output
    weights too. Untied, it is the tutorial's network with PyTorch's own starting values.
    """

    def __init__(self, vocabulary: int, model: ModelConfig, training: TrainingConfig) -> None:
        super().__init__()
        hidden = model.hidden_size
        self.embedding = nn.Embedding(vocabulary, hidden)  # (V, H)
        self.lstm = nn.LSTM(hidden, hidden, num_layers=model.layers, batch_first=True)
        self.set_dropout(training)
        self.output = nn.Linear(hidden, vocabulary)  # (V, H) and (V,)
        if model.tied:
            self.output.weight = self.embedding.weight
            self._initialise()

    def set_dropout(self, training: TrainingConfig) -> None:
        """Switch off as much of the network as `training` says."""
        self.word_dropout = training.word_dropout
        self.embedding_dropout = training.embedding_dropout
        self.lstm.dropout = training.layer_dropout if self.lstm.num_layers > 1 else 0.0
        self.output_dropout = training.output_dropout

    def _initialise(self) -> None:
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        hidden = self.lstm.hidden_size
        for name, bias in self.lstm.named_parameters():
            if name.startswith("bias_hh"):
                # forget gate at 1: a new model keeps its memory (Jozefowicz et al. 2015)
                with torch.no_grad():
                    bias[hidden : 2 * hidden] += 1.0

    def set_output_bias(self, counts: Tensor) -> None:
        """Start the output bias at the log of the word frequencies (V,).

        The first steps need not be spent on learning them: 2.190 bits per byte became 2.151 in the
        same six epochs.
        """
        with torch.no_grad():
            self.output.bias.copy_(torch.log((counts + 0.1) / (counts + 0.1).sum()))

    def apply_temperature(self, temperature: float) -> None:
        """Divide the logits of a tied network by `temperature` for good (Guo et al. 2017).

        The embedding shrinks with the output weights, so the first layer's weights grow by as much.
        """
        with torch.no_grad():
            self.embedding.weight.div_(temperature)
            self.output.bias.div_(temperature)
            self.lstm.get_parameter("weight_ih_l0").mul_(temperature)

    def forward(self, ids: Tensor, state: Carried) -> tuple[Tensor, Carried]:
        """Return logits (B, T, V) and the state after the last column; ids are (B, T)."""
        rows, columns = ids.shape
        x = self.embedding(ids)  # (B, T, H)
        x = self._drop(x, self.word_dropout, rows, columns, 1)
        x = self._drop(x, self.embedding_dropout, rows, 1, x.shape[-1])
        x, state = self.lstm(x, state)  # (B, T, H)
        x = self._drop(x, self.output_dropout, rows, 1, x.shape[-1])
        return self.output(x), state  # (B, T, V)

    def _drop(self, x: Tensor, dropout: float, *shape: int) -> Tensor:
        """Return x without a random part: (B, T, H).

        A unit is dropped in all columns of a row (Gal and Ghahramani 2016).
        """
        if not self.training or not dropout:
            return x
        kept = torch.rand(*shape, device=x.device) >= dropout  # broadcasts over x
        return x * (kept / (1 - dropout))

    def zero_state(self, batch: int) -> Carried:
        """Return the state of a model that has read nothing: twice (L, B, H)."""
        weight = self.output.bias
        shape = (self.lstm.num_layers, batch, self.lstm.hidden_size)
        return weight.new_zeros(shape), weight.new_zeros(shape)


def make_optimizer(network: Network, training: TrainingConfig) -> torch.optim.AdamW:
    """Return AdamW without decay of biases. With a decay of 0 it is the tutorial's Adam."""
    weights = list(network.parameters())
    groups = [
        {"params": [w for w in weights if w.dim() > 1], "weight_decay": training.weight_decay},
        {"params": [w for w in weights if w.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=training.learning_rate, fused=True)


def pick_device() -> torch.device:
    """Return CUDA if there is a device, else MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def pick_precision(device: torch.device) -> str:
    """Return bfloat16 if it is faster, else float32; by the processor's flags, never by timing.

    A resumed run has to come to the same answer.
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    cpuinfo = Path("/proc/cpuinfo")
    if device.type == "cpu" and cpuinfo.exists():
        fast = has_fast_bfloat16(cpuinfo.read_text(errors="replace"))
        return "bfloat16" if fast else "float32"
    return "float32"


def has_fast_bfloat16(cpuinfo: str) -> bool:
    """Return whether bfloat16 is faster on a processor: with AMX, or with AMD's AVX512-BF16.

    On AMD's a step took 50 ms instead of 74; an Intel processor with AVX512-BF16 alone was 1.6
    times slower.
    """
    words = set(cpuinfo.split())
    return "amx_bf16" in words or {"AuthenticAMD", "avx512_bf16"} <= words
