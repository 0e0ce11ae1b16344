"""Invertible networks with a known Jacobian determinant (Rezende & Mohamed 2015)."""

from molvae.model.flows.autoregressive import Autoregressive, autoregressive_flow
from molvae.model.flows.base import Chain, Flow, Transformed
from molvae.model.flows.coupling import Coupling, Mixing, coupling_flow

__all__ = [
    "Autoregressive",
    "Chain",
    "Coupling",
    "Flow",
    "Mixing",
    "Transformed",
    "autoregressive_flow",
    "coupling_flow",
]
