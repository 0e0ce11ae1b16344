"""Invertible networks with a known Jacobian determinant (Rezende & Mohamed 2015)."""

from molvae.model.flows.base import Chain, Flow, Transformed
from molvae.model.flows.coupling import Coupling, Mixing, coupling_flow

__all__ = ["Chain", "Coupling", "Flow", "Mixing", "Transformed", "coupling_flow"]
