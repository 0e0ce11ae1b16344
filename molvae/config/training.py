"""Settings of how a model is fitted."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from molvae.settings import Count, Fraction, Positive, Settings, Share, Size


class KLConfig(Settings):
    """The weight beta on the KL term over a run; positions are fractions of the run."""

    shape: Literal["constant", "linear", "sigmoid", "cosine", "cyclical", "target"] = "linear"
    """How beta rises from `minimum` to `maximum`; `target` moves it so that the KL stays there."""
    maximum: Annotated[float, Field(ge=0.0)] = 1.0
    """beta at the end: below 1 reconstructs better, above 1 samples better."""
    minimum: Annotated[float, Field(ge=0.0)] = 0.0
    """beta before the rise."""
    start: Fraction = 0.0
    """Where the rise begins."""
    end: Fraction = 0.5
    """Where `maximum` is reached."""
    cycles: Size = 4
    """Number of rises, for `cyclical` (Fu et al. 2019)."""
    cycle_rise: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Share of a cycle spent rising, for `cyclical`."""
    target: Positive | None = None
    """KL in nats a molecule that is held, for `target`, whatever `minimum` and `maximum` are
    (Rezende & Viola 2018)."""
    free_bits: Annotated[float, Field(ge=0.0)] = 0.0
    """Nats of KL that cost nothing (Kingma et al. 2016); 0 for none."""
    free_bits_per: Literal["dimension", "total"] = "dimension"
    """Whether each latent dimension has these nats free, or all together."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum must not exceed maximum")
        if self.start > self.end:
            raise ValueError("start must not exceed end")
        if (self.shape == "target") != (self.target is not None):
            missing = (
                'shape = "target" needs target, the nats to hold'
                if self.target is None
                else f'target = {self.target:g} needs shape = "target", not {self.shape!r}'
            )
            raise ValueError(
                f"{missing}: for example --set train.kl.shape=target --set train.kl.target=20"
            )
        if self.target is not None and self.free_bits > 0.0:
            raise ValueError("target and free_bits both keep the KL up: choose one")
        return self


class ObjectiveConfig(Settings):
    """What is minimized beside the reconstruction error."""

    kind: Literal["elbo", "iwae", "total_correlation", "factor", "mmd", "adversarial"] = "elbo"
    """The evidence lower bound (beta-VAE); a bound of several samples; one that weighs the total
    correlation of the dimensions, by mini-batch (beta-TCVAE) or by a critic (FactorVAE);
    InfoVAE, whose aggregated posterior is brought to the prior by MMD; or the adversarial
    autoencoder, where a critic does that. The KL costs beta in all of them."""
    samples: Size = 8
    """Samples of z for each molecule, for `iwae`."""
    weight: Annotated[float, Field(ge=0.0)] = 10.0
    """Of the total correlation beyond its share of the KL, the MMD or the critic, in nats."""
    critic_size: Size = 512
    """Width of the critic's layers."""
    critic_rate: Positive = 1e-4
    """Learning rate of the critic."""


class NoiseConfig(Settings):
    """How the molecule that the encoder reads is corrupted in training; the target is not."""

    drop: Share = 0.0
    """Share of the tokens left out (Vincent et al. 2008)."""
    swap: Share = 0.0
    """Share of the tokens exchanged with their right neighbor."""
    randomize: Fraction = 0.0
    """Share of the molecules read in a random atom order instead of the canonical one."""


class OptimizerConfig(Settings):
    """Adam and the course of its learning rate."""

    name: Literal["adam", "adamw"] = "adamw"
    """The optimizer."""
    learning_rate: Positive = 1e-3
    """The highest, after the warm-up."""
    warmup_steps: Count = 100
    """Steps of the linear rise to it."""
    final_fraction: Fraction = 0.01
    """Learning rate at the end of the cosine decay, as a share of `learning_rate`."""
    betas: tuple[Share, Share] = (0.9, 0.99)
    """Memory of Adam's two running means."""
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0
    """Decoupled from the gradient in `adamw`, added to it in `adam`."""
    clip_norm: Positive = 5.0
    """Gradients are scaled down to this global norm."""


class ValidationConfig(Settings):
    """What is measured while training."""

    every_steps: Size = 500
    """Steps between two validations."""
    molecules: Size = 2_000
    """How many validation molecules are read each time."""
    samples: Count = 256
    """How many molecules are sampled to estimate validity; 0 for none."""
    patience: Count = 0
    """Stop after this many validations without a better one; 0 never stops early. Better is a
    lower negative ELBO, its KL weighted by `kl.maximum` as in training at the end of the run;
    with `kl.target`, reconstruction + the KL above the target."""


class TrainConfig(Settings):
    """How the model is fitted."""

    batch_size: Size = 256
    """Molecules in a step."""
    max_epochs: Size | None = None
    """Stop after this many passes over the molecules."""
    max_steps: Size | None = None
    """Stop after this many steps."""
    max_minutes: Positive | None = None
    """Stop after this time. The first limit reached ends the run; one is needed."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What is computed in; `auto` is bfloat16 where the processor is fast at it."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    checkpoint_every_steps: Size = 500
    """Steps between two checkpoints, for --resume."""
    keep_checkpoints: Size = 2
    """How many checkpoints stay."""
    tensorboard: bool = False
    """Also write what TensorBoard shows."""
    ema: Share = 0.0
    """Memory of the running mean of the weights, which is validated and saved; 0 for none."""
    scheduled_sampling: Fraction = 0.0
    """Share of the decoder's inputs that are its own draws at the end of the run; rises to it
    linearly from 0 (Bengio et al. 2015)."""
    objective: ObjectiveConfig = ObjectiveConfig()
    noise: NoiseConfig = NoiseConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    kl: KLConfig = KLConfig()
    validation: ValidationConfig = ValidationConfig()
