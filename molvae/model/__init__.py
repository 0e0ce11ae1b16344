"""The variational autoencoder: tensors in, tensors out; no molecule is seen here."""

from molvae.model.vae import MolVAE

__all__ = ["MolVAE"]
