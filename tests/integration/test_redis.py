"""Locks on a real Valkey."""

import pytest

from backend.core.redis import RedisClient


async def test_a_lock_has_one_owner_at_a_time(redis: RedisClient) -> None:
    token = await redis.acquire_lock("paint", 5)

    assert token is not None
    assert await redis.acquire_lock("paint", 5) is None
    assert await redis.release_lock("paint", token) is True
    assert await redis.acquire_lock("paint", 5) is not None


async def test_only_the_owner_releases_and_extends(redis: RedisClient) -> None:
    token = await redis.acquire_lock("paint", 5)

    assert token is not None
    assert await redis.release_lock("paint", "somebody") is False
    assert await redis.extend_lock("paint", "somebody", 9) is False
    assert await redis.extend_lock("paint", token, 60) is True
    assert await redis.get_client().pttl("latent:lock:paint") > 50_000


async def test_an_expired_lock_taken_by_another_is_neither_released_nor_extended(redis: RedisClient) -> None:
    first = await redis.acquire_lock("paint", 5)
    await redis.get_client().pexpire("latent:lock:paint", 0)  # its time is over
    second = await redis.acquire_lock("paint", 5)

    assert first is not None
    assert second is not None
    assert await redis.extend_lock("paint", first, 60) is False
    assert await redis.release_lock("paint", first) is False
    assert await redis.get_client().get("latent:lock:paint") == second.encode()


@pytest.mark.parametrize("timeout", [0, -1])
async def test_a_lock_without_an_end_is_refused(redis: RedisClient, timeout: float) -> None:
    with pytest.raises(ValueError, match="time to live"):
        await redis.acquire_lock("paint", timeout)


async def test_close_lets_the_next_use_connect_again(redis: RedisClient) -> None:
    before = redis.get_client()
    await redis.close()

    assert redis.get_client() is not before
    assert await redis.health_check() is True


async def test_health_check_says_no_without_a_server() -> None:
    client = RedisClient("unix:///nowhere/valkey.sock")

    assert await client.health_check() is False
    await client.close()
