"""Ways to talk to providers, behind the ports of ``base.py``."""
