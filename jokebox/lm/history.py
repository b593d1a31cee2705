"""What a run has shown so far: its two loss curves, and what it answered to one fixed prompt."""

from __future__ import annotations

from dataclasses import dataclass, replace

Point = tuple[int, float]  # a step, and bits per byte
Sample = tuple[int, str]  # a step, and a text
MOST_POINTS = 20_000  # of the training curve: a chart has some hundreds of columns


@dataclass(frozen=True)
class Frame:
    """What a run was like at one of its evaluations."""

    step: int
    text: str  # its answer to the fixed prompt
    bits_per_byte: float | None  # of the validation jokes


@dataclass(frozen=True)
class History:
    """Hold the loss curves and the samples of a run, each in the order of its steps."""

    prompt: str = ""  # what each sample is an answer to
    training: tuple[Point, ...] = ()
    validation: tuple[Point, ...] = ()
    samples: tuple[Sample, ...] = ()

    def with_training(self, step: int, bits_per_byte: float) -> History:
        """Return the history with one more point of the training curve.

        If it has MOST_POINTS, every other one of them is left out.
        """
        points = self.training if len(self.training) < MOST_POINTS else self.training[::2]
        return replace(self, training=(*points, (step, bits_per_byte)))

    def with_validation(self, step: int, bits_per_byte: float) -> History:
        """Return the history with one more point of the validation curve."""
        return replace(self, validation=(*self.validation, (step, bits_per_byte)))

    def until(self, step: int) -> History:
        """Return the history without what came after `step`."""
        return replace(
            self,
            training=tuple(point for point in self.training if point[0] <= step),
            validation=tuple(point for point in self.validation if point[0] <= step),
            samples=tuple(sample for sample in self.samples if sample[0] <= step),
        )

    def with_sample(self, step: int, text: str) -> History:
        """Return the history with one more sample."""
        return replace(self, samples=(*self.samples, (step, text)))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The evaluations of the run that have a sample, in the order of their steps."""
        scores = dict(self.validation)
        return tuple(Frame(step, text, scores.get(step)) for step, text in self.samples)
