"""Masks that keep a model from writing what is no molecule."""

from molvae.generation.constraint.smiles import SmilesConstraint, SmilesRows, constraint_for

__all__ = ["SmilesConstraint", "SmilesRows", "constraint_for"]
