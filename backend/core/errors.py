"""What can go wrong, in the domain's words: a stable code, a kind and parameters; no HTTP, no sentences."""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of failure it is; ``api/errors.py`` maps each to one HTTP status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    PAYMENT = "payment"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    RANGE = "range"
    UNPROCESSABLE = "unprocessable"
    LIMIT = "limit"
    UPSTREAM = "upstream"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


Param = str | int | bool | list[str] | None


class AppError(Exception):
    """A failure that the caller may be told about.

    ``code`` is public, stable and a translation key; ``params`` fill the translated sentence and must be
    safe to show. ``retry_after_s`` becomes the ``Retry-After`` header where it is set.
    """

    code: ClassVar[str] = "internal_error"
    kind: ClassVar[Kind] = Kind.INTERNAL

    def __init__(self, *, retry_after_s: int | None = None, **params: Param) -> None:
        self.params: dict[str, Param] = params
        self.retry_after_s = retry_after_s
        super().__init__(self.code)


class NotFound(AppError):
    """The object does not exist, or is not the caller's: the two look the same from outside."""

    code = "not_found"
    kind = Kind.NOT_FOUND


class InvalidRequest(AppError):
    """The request is malformed; ``params`` say where and what."""

    code = "invalid_request"
    kind = Kind.UNPROCESSABLE


class NotSignedIn(AppError):
    """No session, or one that has ended."""

    code = "not_signed_in"
    kind = Kind.UNAUTHENTICATED


class InvalidCredentials(AppError):
    """E-mail and password do not belong together; never tells which of them is wrong."""

    code = "invalid_credentials"
    kind = Kind.UNAUTHENTICATED


class Forbidden(AppError):
    """Signed in, but not allowed to do this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN


class RateLimited(AppError):
    """Too many attempts; ``retry_after_s`` says when the next one counts."""

    code = "rate_limited"
    kind = Kind.LIMIT


class StaleParent(AppError):
    """The message that the command follows is no longer the newest of its conversation."""

    code = "stale_parent"
    kind = Kind.CONFLICT


class ModelUnavailable(AppError):
    """No such model for this caller: unknown, hidden, disabled or without a provider."""

    code = "model_unavailable"
    kind = Kind.NOT_FOUND


class MalformedRequest(AppError):
    """The request's bytes are not what they claim to be: broken JSON, duplicate names, bad characters in a header."""

    code = "malformed_request"
    kind = Kind.INVALID


class AccountPending(AppError):
    """The account waits for an admin's approval."""

    code = "account_pending"
    kind = Kind.FORBIDDEN


class AccountDisabled(AppError):
    """The account was switched off."""

    code = "account_disabled"
    kind = Kind.FORBIDDEN


class SignUpClosed(AppError):
    """New accounts are made by the operator only."""

    code = "sign_up_closed"
    kind = Kind.FORBIDDEN


class EmailTaken(AppError):
    """There is an account with this address."""

    code = "email_taken"
    kind = Kind.CONFLICT


class LastAdmin(AppError):
    """The change would leave the installation without an admin."""

    code = "last_admin"
    kind = Kind.CONFLICT


class WrongPassword(AppError):
    """The current password, asked for as proof, is not right."""

    code = "wrong_password"
    kind = Kind.FORBIDDEN


class TooManyConversations(AppError):
    """The user has as many conversations as one may have."""

    code = "too_many_conversations"
    kind = Kind.LIMIT


class TooManyTasks(AppError):
    """The user, or the conversation, has as many tasks of a kind running as may run at once.

    ``params``: ``kind``, ``scope`` (user, conversation), ``limit``, ``running`` (ids), ``first`` (the one that began
    first, whose slot is likely the next to be free).
    """

    code = "too_many_tasks"
    kind = Kind.LIMIT


class QueueFull(AppError):
    """The user has as many tasks waiting as may wait."""

    code = "queue_full"
    kind = Kind.LIMIT


class NotCancellable(AppError):
    """A provider works on the task and cannot be told to stop; it goes on and is charged if it succeeds."""

    code = "not_cancellable"
    kind = Kind.CONFLICT


class ShotNotRetryable(AppError):
    """The shot is at work, or its clip is there: only one that has ended without a clip can be tried again."""

    code = "shot_not_retryable"
    kind = Kind.CONFLICT


class ShotMissing(AppError):
    """The clip of a shot was deleted, so the film cannot be joined; the shot can be made again."""

    code = "shot_missing"
    kind = Kind.CONFLICT


class OptionRefused(AppError):
    """The model does not take something of the request. ``params``: ``option``, ``reason`` (a key), ``limit``."""

    code = "option_refused"
    kind = Kind.UNPROCESSABLE


class TooManySockets(AppError):
    """The user has as many sockets open as one may have; ``params``: ``limit``."""

    code = "too_many_sockets"
    kind = Kind.LIMIT


class InsufficientCredits(AppError):
    """What is available does not cover it.

    ``params``: ``needed_mc``, ``available_mc``, ``held_mc``, and ``held_by``: ids of what the open holds are for.
    """

    code = "insufficient_credits"
    kind = Kind.PAYMENT


class AmountInvalid(AppError):
    """An amount is no whole number of milli-credits from 1 to the documented maximum."""

    code = "amount_invalid"
    kind = Kind.UNPROCESSABLE


class HoldSettled(AppError):
    """The hold was charged already: it cannot be returned, and pays for nothing more."""

    code = "hold_settled"
    kind = Kind.CONFLICT


class HoldReturned(AppError):
    """The hold was returned already: it cannot be charged, and pays for nothing."""

    code = "hold_returned"
    kind = Kind.CONFLICT


class OverHold(AppError):
    """More would be charged than is held."""

    code = "over_hold"
    kind = Kind.CONFLICT


class AnswerRunning(AppError):
    """The message is still being written; stop it first."""

    code = "answer_running"
    kind = Kind.CONFLICT


class IdempotencyMismatch(AppError):
    """The ``Idempotency-Key`` was used for another request before."""

    code = "idempotency_mismatch"
    kind = Kind.UNPROCESSABLE


class IdempotencyRunning(AppError):
    """The first request with this ``Idempotency-Key`` is still at work."""

    code = "idempotency_running"
    kind = Kind.CONFLICT


class TooManyShares(AppError):
    """The user has as many shares as one may have."""

    code = "too_many_shares"
    kind = Kind.LIMIT


class NothingToShare(AppError):
    """The conversation has no messages yet."""

    code = "nothing_to_share"
    kind = Kind.CONFLICT


class ConversationTooLarge(AppError):
    """The conversation has more messages, or more text, than can be shared or exported; ``reason`` says which."""

    code = "conversation_too_large"
    kind = Kind.TOO_LARGE


class MediaInvalid(AppError):
    """The file is damaged, or is not what it must be; ``reason`` is one stable word."""

    code = "media_invalid"
    kind = Kind.UNPROCESSABLE


class MediaTooLarge(AppError):
    """The file is over a limit; ``reason`` names it: bytes, pixels, frames, duration, tracks, memory, time."""

    code = "media_too_large"
    kind = Kind.TOO_LARGE


class MediaTypeNotAllowed(AppError):
    """Files of this format are not taken, whatever their name says."""

    code = "media_type_not_allowed"
    kind = Kind.MEDIA_TYPE


class QuotaExceeded(AppError):
    """The user's files would take more room than a user has."""

    code = "quota_exceeded"
    kind = Kind.LIMIT


class AssetInUse(AppError):
    """Something is being made from the file."""

    code = "asset_in_use"
    kind = Kind.CONFLICT


class TooManyUploads(AppError):
    """The user has as many uploads running as one may have at once."""

    code = "too_many_uploads"
    kind = Kind.LIMIT


class TooManyTranscriptions(AppError):
    """One of the user's recordings is being listened to already."""

    code = "too_many_transcriptions"
    kind = Kind.LIMIT


class TranscriptionFailed(AppError):
    """The provider made no text of a recording; ``reason`` is its kind of failure. Nothing was charged."""

    code = "transcription_failed"
    kind = Kind.UPSTREAM


class RangeNotSatisfiable(AppError):
    """The request wants a part that the file does not have, or more than one part."""

    code = "range_not_satisfiable"
    kind = Kind.RANGE


class UrlNotAllowed(AppError):
    """The address leads, itself or by redirect, to where this server does not fetch from."""

    code = "url_not_allowed"
    kind = Kind.UNPROCESSABLE


class DownloadFailed(AppError):
    """A provider's result could not be fetched; ``retryable`` tells whether trying again can help."""

    kind = Kind.UPSTREAM
    retryable: ClassVar[bool] = True


class DownloadTimeout(DownloadFailed):
    """The provider's file did not come in time, or came too slowly."""

    code = "provider_timeout"


class DownloadUnreachable(DownloadFailed):
    """The host of the provider's file cannot be reached, or says that it is out of order."""

    code = "provider_unreachable"


class DownloadBroken(DownloadFailed):
    """The provider's file broke off, or came otherwise than it was announced."""

    code = "provider_broken"


class DownloadGone(DownloadFailed):
    """The provider's file is not (or no longer) there, or is refused to us."""

    code = "provider_result_gone"
    retryable = False


class Unavailable(AppError):
    """The service is overloaded or on its way down; trying again later helps."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE


class StartError(Exception):
    """A command cannot start or finish; its text is one clear sentence for the terminal, shown without a trace."""
