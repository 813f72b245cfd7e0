"""The drawing process: reads orders from standard input, one JSON object a line, and answers each with one line.

It ends when its input does, so it never outlives the sandbox; an order that fails is answered, not fatal.
"""

import sys

import orjson

from backend.sandbox.render.order import RenderOrder, from_wire
from backend.sandbox.render.picture import draw_picture
from backend.sandbox.render.sound import write_speech
from backend.sandbox.render.video import draw_video


def main() -> None:
    """Draw until there are no more orders."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(orjson.dumps({"error": carry_out(from_wire(orjson.loads(line)))}) + b"\n")
        sys.stdout.buffer.flush()


def carry_out(order: RenderOrder) -> str | None:
    """Draw one order; returns what is wrong with it, or None."""
    try:
        match order.kind:
            case "picture":
                draw_picture(order)
            case "video":
                draw_video(order)
            case "speech":
                write_speech(order.target, order.prompt, order.seed)
    except ValueError as error:
        return str(error)
    return None


if __name__ == "__main__":
    main()
