"""What can go wrong in this room. Kept apart so that a caller may name them without loading torch."""

from __future__ import annotations


class ModelError(ValueError):
    """Base of all: weights, texts or a corpus that cannot be used; the message says what to do next."""
