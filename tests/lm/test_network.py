from __future__ import annotations

import pytest

from jokebox.lm.network import has_fast_bfloat16


@pytest.mark.parametrize(
    ("vendor", "flags", "fast"),
    [
        ("GenuineIntel", "avx512f avx512_bf16 amx_bf16", True),
        ("GenuineIntel", "avx512f avx512_bf16", False),
        ("AuthenticAMD", "avx512f avx512_bf16", True),
        ("AuthenticAMD", "avx2", False),
    ],
)
def test_bfloat16_is_chosen_where_it_was_measured_to_be_faster(
    vendor: str, flags: str, fast: bool
) -> None:
    cpuinfo = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags} xsaves\n"
    assert has_fast_bfloat16(cpuinfo) is fast
