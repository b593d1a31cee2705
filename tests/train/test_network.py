from __future__ import annotations

import pytest
import torch

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train.network import Network, has_fast_bfloat16


@pytest.mark.parametrize(
    ("vendor", "flags", "fast"),
    [
        ("GenuineIntel", "avx512f avx512_bf16 amx_bf16", True),
        ("GenuineIntel", "avx512f avx512_bf16", False),
        ("AuthenticAMD", "avx512f avx512_bf16", True),
        ("AuthenticAMD", "avx2", False),
    ],
)
def test_bfloat16_is_chosen_on_processors_on_which_it_was_measured_to_be_faster(
    vendor: str, flags: str, fast: bool
) -> None:
    cpuinfo = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags} xsaves\n"
    assert has_fast_bfloat16(cpuinfo) is fast


def test_a_temperature_divides_the_logits() -> None:
    network = Network(50, ModelConfig(2, 16), TrainingConfig()).eval()
    network.set_output_bias(torch.arange(50.0))
    ids = torch.arange(12).reshape(2, 6)
    before, _ = network(ids, network.zero_state(2))
    network.apply_temperature(1.25)
    after, _ = network(ids, network.zero_state(2))
    torch.testing.assert_close(after.logits, before.logits / 1.25)


def test_dropout_can_be_switched_off() -> None:
    network = Network(50, ModelConfig(1, 16), TrainingConfig())
    none = TrainingConfig(word_dropout=0, embedding_dropout=0, output_dropout=0)
    network.set_dropout(none)
    ids = torch.arange(12).reshape(2, 6)
    first, again = (network(ids, network.zero_state(2))[0].logits for _ in range(2))
    assert torch.equal(first, again)
