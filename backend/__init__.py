"""Latent (显影室): chat, pictures and videos in one self-hosted studio."""

__version__ = "0.1.0"
