"""Shapes of requests, answers and events."""
