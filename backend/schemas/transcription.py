"""Recordings and their text."""

from backend.schemas.base import Output


class TranscriptionOut(Output):
    """What is said in a recording; empty where nothing is."""

    text: str


class TranscriptionModelOut(Output):
    """The model that turns recordings into text, what one costs, and how long it may be."""

    model_id: str
    name: str
    demo: bool
    """True for the sandbox, which does not listen."""
    price_mc: int
    seconds_max: int
    bytes_max: int
