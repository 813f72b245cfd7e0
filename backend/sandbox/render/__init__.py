"""Draws what the sandbox delivers: pictures, clips and sounds. Runs in a process of its own (``process.py``)."""
