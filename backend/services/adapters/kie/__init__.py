"""KIE.ai."""
