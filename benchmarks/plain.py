"""jokebox with one more preset, `plain`: a textbook LSTM with dropout.

It has untied weights, torch's own initialisation and a constant learning rate; the text is read in
rows, as by `standard`.
"""

from __future__ import annotations

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train.presets import PRESETS, Preset

PRESETS["plain"] = Preset(
    "two layers of 256 and nothing but dropout",
    ModelConfig(layers=2, hidden_size=256, tied=False),
    TrainingConfig(
        batch_size=32,
        constant_rate=True,
        learning_rate=2e-3,
        weight_decay=0.0,
        word_dropout=0.0,
        embedding_dropout=0.0,
        layer_dropout=0.3,
        output_dropout=0.3,
    ),
)

if __name__ == "__main__":
    from jokebox.__main__ import main

    main()
