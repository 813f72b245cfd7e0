"""Use cases: what the product does."""
