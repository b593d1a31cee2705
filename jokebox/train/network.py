"""The LSTM language model in PyTorch. lm/generator.py runs the same weights in NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from jokebox.lm.config import POINTER_MEMORY, ModelConfig, TrainingConfig
from jokebox.lm.tokenizer import END

SENTINEL_BIAS = 5.0  # an untrained network hardly copies


class Carried(NamedTuple):
    """What rows carry from one batch to the next; keys and ids are empty without a pointer."""

    h: Tensor  # (L, B, H)
    c: Tensor  # (L, B, H)
    keys: Tensor  # (M, B, K), of the last tokens
    ids: Tensor  # (M, B), these tokens; -1 is none that can be copied


class Prediction(NamedTuple):
    """The next token at each place: the share of the vocabulary, and of each token to copy."""

    logits: Tensor  # (B, T, V)
    log_weights: Tensor  # (B, T, M + T + 1), the vocabulary's last; (B, T, 0) without a pointer
    ids: Tensor  # (B, M + T), the tokens that the others copy


class Network(nn.Module):
    """Predict the next token: embedding, 1 to 3 LSTM layers, output. V tokens, H units, L layers.

    With a pointer (Merity et al. 2016, pointer sentinel mixture) it can also copy one of the last
    M tokens of the same joke: a query from the hidden state is compared with the key of each, of
    size K, and the sentinel says how much is left for the vocabulary.

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
        self.pointer_size = model.pointer_size
        if model.pointer_size:
            self.query = nn.Linear(hidden, model.pointer_size)  # (K, H) and (K,)
            self.key = nn.Linear(hidden, model.pointer_size, bias=False)  # (K, H)
            self.sentinel = nn.Linear(model.pointer_size, 1)  # (1, K) and (1,)
            nn.init.constant_(self.sentinel.bias, SENTINEL_BIAS)
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

    def forward(self, ids: Tensor, state: Carried) -> tuple[Prediction, Carried]:
        """Return the predictions and the state after the last column; ids are (B, T)."""
        rows, columns = ids.shape
        x = self.embedding(ids)  # (B, T, H)
        x = self._drop(x, self.word_dropout, rows, columns, 1)
        x = self._drop(x, self.embedding_dropout, rows, 1, x.shape[-1])
        x, (h, c) = self.lstm(x, (state.h, state.c))  # (B, T, H)
        x = self._drop(x, self.output_dropout, rows, 1, x.shape[-1])
        log_weights, seen, memory = self._point(x, ids, state)
        return Prediction(self.output(x), log_weights, seen), Carried(h, c, *memory)

    def _point(
        self, x: Tensor, ids: Tensor, state: Carried
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        """Return the log weights and ids of a Prediction, and the memory after the last column."""
        rows, columns = ids.shape
        if not self.pointer_size:
            return x.new_zeros(rows, columns, 0), ids[:, :0], (state.keys, state.ids)
        memory = state.ids.T  # (B, M)
        keys = torch.cat([state.keys.transpose(0, 1), self.key(x)], dim=1)  # (B, M + T, K)
        jokes = (ids == END).cumsum(1)  # (B, T), how many began in this batch
        began = torch.cat([torch.zeros_like(memory), jokes], dim=1)  # (B, M + T)
        seen = torch.cat([memory, ids.masked_fill(ids == END, -1)], dim=1)  # (B, M + T)
        query = self.query(x)  # (B, T, K)
        scores = query @ keys.transpose(1, 2) / self.pointer_size**0.5  # (B, T, M + T)
        place = torch.arange(columns, device=ids.device)[:, None] + POINTER_MEMORY  # (T, 1)
        other = torch.arange(seen.shape[1], device=ids.device)[None]  # (1, M + T)
        near = (other <= place) & (other > place - POINTER_MEMORY)  # (T, M + T)
        can_copy = near & (began[:, None] == jokes[:, :, None]) & (seen >= 0)[:, None]
        scores = scores.float().masked_fill(~can_copy, float("-inf"))
        scores = torch.cat([scores, self.sentinel(query).float()], dim=2)
        # of the joke that the last column is in
        last = seen[:, -POINTER_MEMORY:].masked_fill(
            began[:, -POINTER_MEMORY:] != jokes[:, -1:], -1
        )
        return scores.log_softmax(2), seen, (keys[:, -POINTER_MEMORY:].transpose(0, 1), last.T)

    def _drop(self, x: Tensor, dropout: float, *shape: int) -> Tensor:
        """Return x without a random part: (B, T, H).

        A unit is dropped in all columns of a row (Gal and Ghahramani 2016).
        """
        if not self.training or not dropout:
            return x
        kept = torch.rand(*shape, device=x.device) >= dropout  # broadcasts over x
        return x * (kept / (1 - dropout))

    def zero_state(self, batch: int) -> Carried:
        """Return the state of a model that has read nothing, for `batch` rows."""
        weight = self.output.bias
        shape = (self.lstm.num_layers, batch, self.lstm.hidden_size)
        memory = POINTER_MEMORY if self.pointer_size else 0
        return Carried(
            h=weight.new_zeros(shape),
            c=weight.new_zeros(shape),
            keys=weight.new_zeros(memory, batch, self.pointer_size),
            ids=torch.full((memory, batch), -1, device=weight.device),
        )


def costs(prediction: Prediction, targets: Tensor) -> Tensor:
    """Return what each target (B, T) costs, in nats; a target of -1 costs nothing."""
    logits, log_weights, ids = prediction
    wanted = targets.flatten()
    cost = functional.cross_entropy(
        logits.flatten(0, 1).float(), wanted, ignore_index=-1, reduction="none"
    ).view_as(targets)
    if not log_weights.shape[-1]:
        return cost
    same = ids[:, None] == targets[:, :, None]  # (B, T, M + T)
    copied = (log_weights[:, :, :-1].exp() * same).sum(2)  # (B, T)
    # the log of nothing at all would have no gradient
    log_p = torch.logaddexp(log_weights[:, :, -1] - cost, copied.clamp_min(1e-20).log())
    return -log_p * (targets >= 0)


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


def can_compute(device: torch.device, precision: str) -> bool:
    """Return whether an LSTM can learn at this precision here: oneDNN has no bfloat16 for AVX2."""
    if precision == "float32":
        return True
    lstm = nn.LSTM(8, 8).to(device)
    try:
        with torch.autocast(device.type, torch.bfloat16):
            lstm(torch.zeros(1, 1, 8, device=device))
    except RuntimeError:
        return False
    return True


def has_fast_bfloat16(cpuinfo: str) -> bool:
    """Return whether bfloat16 is faster on a processor: with AMX, or with AMD's AVX512-BF16.

    On AMD's a step took 50 ms instead of 74; an Intel processor with AVX512-BF16 alone was 1.6
    times slower.
    """
    words = set(cpuinfo.split())
    return "amx_bf16" in words or {"AuthenticAMD", "avx512_bf16"} <= words
