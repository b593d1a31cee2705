"""What a run has shown so far: its two loss curves, and what it answered to one fixed prompt."""

from __future__ import annotations

from dataclasses import dataclass, replace

Point = tuple[int, float]  # a step, and bits per byte
Sample = tuple[int, str]  # a step, and a text


@dataclass(frozen=True)
class History:
    """Hold the loss curves and the samples of a run, each in the order of its steps."""

    prompt: str = ""  # what each sample is an answer to
    training: tuple[Point, ...] = ()
    validation: tuple[Point, ...] = ()
    samples: tuple[Sample, ...] = ()

    def with_training(self, step: int, bits_per_byte: float) -> History:
        """Return the history with one more point of the training curve."""
        return replace(self, training=(*self.training, (step, bits_per_byte)))

    def with_validation(self, step: int, bits_per_byte: float) -> History:
        """Return the history with one more point of the validation curve."""
        return replace(self, validation=(*self.validation, (step, bits_per_byte)))

    def with_sample(self, step: int, text: str) -> History:
        """Return the history with one more sample."""
        return replace(self, samples=(*self.samples, (step, text)))
