"""Walks through the latent space: between molecules, around one, along its directions."""

from molvae.generation.walks.interpolation import interpolate
from molvae.generation.walks.neighborhood import neighbors
from molvae.generation.walks.plane import grid
from molvae.generation.walks.resampling import resample
from molvae.generation.walks.traversal import traverse
from molvae.generation.walks.walk import Walk

__all__ = ["Walk", "grid", "interpolate", "neighbors", "resample", "traverse"]
