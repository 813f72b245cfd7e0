"""``Content-Disposition`` both ways (RFC 6266, RFC 8187): what a sender calls a file, and what a reader saves it as."""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote_to_bytes

from backend.core.errors import InvalidRequest
from backend.core.media_types import EXTENSIONS, MediaFormat

PARAMETER = re.compile(r""";[ \t]*([a-zA-Z*-]{1,20})[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s";]+)[ \t]*""")
DISPOSITION = re.compile(r"[a-zA-Z-]{1,20}[ \t]*")
EXTENDED_VALUE = re.compile(r"(utf-8|iso-8859-1)'[a-zA-Z0-9-]*'((?:[!#$&+.^_`|~0-9a-zA-Z-]|%[0-9a-fA-F]{2})*)", re.I)
BEYOND_FALLBACK = re.compile(r"[^ !#-:<-\[\]-~]")
NO_NAME = "file"


def parse_name(header: str | None) -> str:
    """Return the file name of a request's header, or nothing. ``filename*`` counts before ``filename``.

    Raises InvalidRequest for a header that is not formed as the standards say.
    """
    if header is None:
        return ""
    parameters = _parse_parameters(header)
    if "filename*" in parameters:
        return _decode_extended(parameters["filename*"])
    plain = parameters.get("filename", "")
    return re.sub(r"\\(.)", r"\1", plain[1:-1]) if plain.startswith('"') else plain


def make_disposition(name: str, served: MediaFormat, *, inline: bool) -> str:
    """Return the header of an answer: the name with an ending that fits the type, whatever the name claims."""
    plain = name or NO_NAME
    if PurePosixPath(plain).suffix.lower() not in EXTENSIONS[served]:
        plain += served.extension
    return _dispose("inline" if inline else "attachment", plain)


def make_attachment(name: str) -> str:
    """Return the header of an answer that is to be saved under this name."""
    return _dispose("attachment", name)


def _dispose(how: str, name: str) -> str:
    fallback = BEYOND_FALLBACK.sub("_", name)
    return f"{how}; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def _parse_parameters(header: str) -> dict[str, str]:
    found = DISPOSITION.match(header)
    at = found.end() if found else 0
    parameters: dict[str, str] = {}
    while found and at < len(header):
        found = PARAMETER.match(header, at)
        if found and found[1].lower() not in parameters:
            parameters[found[1].lower()] = found[2]
            at = found.end()
        else:
            found = None
    if not found:
        raise InvalidRequest(field="content-disposition")
    return parameters


def _decode_extended(value: str) -> str:
    found = EXTENDED_VALUE.fullmatch(value)
    if found is None:
        raise InvalidRequest(field="content-disposition")
    try:
        return unquote_to_bytes(found[2]).decode(found[1])
    except UnicodeDecodeError:
        raise InvalidRequest(field="content-disposition") from None
