"""Molecules in files become a corpus: read, prepared, stored, served in batches."""
