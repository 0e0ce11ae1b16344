"""How the KL weight and the learning rate change over a run.

Positions are fractions of the run, so that a run of 5 minutes and one of 50 epochs
follow the same course.
"""

import math

from molvae.config import KLConfig, OptimizerConfig


def kl_weight(progress: float, config: KLConfig) -> float:
    """beta at `progress` in [0, 1] of the run; it stays at `maximum` from `config.end` on."""
    if config.shape == "constant":
        return config.maximum
    if progress < config.start:
        return config.minimum
    if progress >= config.end:
        return config.maximum
    position = (progress - config.start) / (config.end - config.start)
    return config.minimum + (config.maximum - config.minimum) * _rise(position, config)


def learning_rate(step: int, progress: float, config: OptimizerConfig) -> float:
    """Linear warm-up over the first steps times a cosine decay over the run."""
    warmup = min(1.0, (step + 1) / max(1, config.warmup_steps))
    cosine = 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
    decay = config.final_fraction + (1.0 - config.final_fraction) * cosine
    return config.learning_rate * warmup * decay


def _rise(position: float, config: KLConfig) -> float:
    """Share of the way from minimum to maximum at `position` in [0, 1) of the rise."""
    match config.shape:
        case "linear":
            return position
        case "cosine":
            return 0.5 * (1.0 - math.cos(math.pi * position))
        case "sigmoid":
            return _sigmoid_rise(position)
        case "cyclical":
            within = (position * config.cycles) % 1.0
            return min(1.0, within / config.cycle_rise)
        case "constant" | "target":
            return 1.0


def _sigmoid_rise(position: float, steepness: float = 12.0) -> float:
    """A logistic curve stretched to run from exactly 0 to exactly 1."""
    low, high = _logistic(-0.5 * steepness), _logistic(0.5 * steepness)
    return (_logistic(steepness * (position - 0.5)) - low) / (high - low)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
