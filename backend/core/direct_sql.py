"""Single statements past SQLAlchemy's session: the same text clauses, run by psycopg itself.

A session, its connection and its result are four fifths of what a short statement costs; a statement that is its own
transaction needs none of them. Clauses are compiled once, so their bind types hold here too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import orjson
import psycopg
from psycopg.errors import Diagnostic
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_loads
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import TextClause
from sqlalchemy.sql.compiler import SQLCompiler

DIALECT = PGDialectAsync_psycopg()  # type: ignore[no-untyped-call]


class Driver(psycopg.AsyncConnection[Any]):
    """A connection of psycopg's that keeps the notices of the unit that it serves."""

    notices: list[Diagnostic]

    def hear(self, notice: Diagnostic) -> None:
        """Keep a notice."""
        self.notices.append(notice)


class Rows(Protocol):
    """What a statement returned, by either way of running it."""

    def one(self) -> Any:
        """Return the only row; raises unless there is exactly one."""
        ...

    def one_or_none(self) -> Any:
        """Return the only row, or None."""
        ...

    def first(self) -> Any:
        """Return the first row, or None."""
        ...

    def scalar_one(self) -> Any:
        """Return the only row's first value."""
        ...

    def scalar_one_or_none(self) -> Any:
        """Return the only row's first value, or None."""
        ...

    def scalars(self) -> Iterable[Any]:
        """Return the first value of each row."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Executor(Protocol):
    """Whatever runs a statement: a session inside its unit of work, or a connection for single ones."""

    async def execute(self, statement: TextClause, params: Mapping[str, Any] | None = None, /) -> Rows:
        """Run a text clause."""
        ...


class DirectRows:
    """The rows of a statement that psycopg ran: named tuples."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def one(self) -> Any:
        """Return the only row; raises ValueError unless there is exactly one."""
        (row,) = self._rows
        return row

    def one_or_none(self) -> Any:
        """Return the only row, or None."""
        return self.one() if self._rows else None

    def first(self) -> Any:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the only row's first value."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """Return the only row's first value, or None."""
        return self.one()[0] if self._rows else None

    def scalars(self) -> Iterator[Any]:
        """Yield the first value of each row."""
        return (row[0] for row in self._rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


class DirectConnection:
    """One connection, for as long as its unit is open; each statement is its own transaction."""

    def __init__(self, driver: Driver) -> None:
        self.notices: list[Diagnostic] = []
        driver.notices = self.notices
        self._cursor = driver.cursor()

    async def execute(self, statement: TextClause, params: Mapping[str, Any] | None = None, /) -> DirectRows:
        """Run a text clause. Raises SQLAlchemyError, without the parameters: they hold texts of conversations."""
        sql, values = _bind(statement, params or {})
        try:
            await self._cursor.execute(sql, values)
            return DirectRows(await self._cursor.fetchall() if self._cursor.description else [])
        except psycopg.Error as error:
            raise DBAPIError.instance(sql.decode(), None, error, psycopg.Error, hide_parameters=True) from error


class DirectPool:
    """Connections for single statements: the least rested first, and all given up when one turns out to be broken."""

    def __init__(
        self,
        url: str,
        *,
        size: int,
        wait_s: float,
        connect: Mapping[str, Any],
        on_broken: Callable[[], Awaitable[None]],
    ) -> None:
        """``wait_s``: how long a statement may wait for its turn; ``connect``: more for psycopg.

        ``on_broken``: awaited when a connection turned out to be broken.
        """
        self._url = url
        self._on_broken = on_broken
        self._wait_s = wait_s
        self._connect = connect
        self._idle: list[Driver] = []
        self._places = asyncio.Semaphore(size)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DirectConnection]:
        """Lend a connection. Raises SQLAlchemyError when none is free in time, or the server is away."""
        await self._take_place()
        try:
            driver = self._idle.pop() if self._idle else await self._open()
            try:
                yield DirectConnection(driver)
            except BaseException:
                await self._judge(driver)
                raise
            self._idle.append(driver)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().close()

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._places.acquire()
        except TimeoutError:
            raise PoolTimeout(f"no connection to the database was free within {self._wait_s:.0f} s") from None

    async def _open(self) -> Driver:
        try:
            driver = await Driver.connect(self._url, autocommit=True, row_factory=namedtuple_row, **self._connect)
        except psycopg.Error as error:
            raise DBAPIError.instance("CONNECT", None, error, psycopg.Error, hide_parameters=True) from error
        driver.add_notice_handler(driver.hear)
        set_json_loads(orjson.loads, driver)
        return driver

    async def _judge(self, driver: Driver) -> None:
        """Keep a connection whose statement failed only if it is at rest; a broken one is rarely alone."""
        if driver.closed:
            await self.close()
            await self._on_broken()
        elif driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            self._idle.append(driver)
        else:
            await driver.close()


_compiled: dict[TextClause, tuple[bytes, SQLCompiler, Mapping[str, Callable[[Any], Any]]]] = {}


def _bind(statement: TextClause, params: Mapping[str, Any]) -> tuple[bytes, Mapping[str, Any]]:
    """Return a clause in psycopg's form, and its values; clauses are constants of the repositories, so few."""
    found = _compiled.get(statement)
    if found is None:
        compiled = statement.compile(dialect=DIALECT)
        found = compiled.string.encode(), compiled, dict(compiled._bind_processors)  # type: ignore[arg-type]
        _compiled[statement] = found
    sql, compiled, processors = found
    values = {**compiled.params, **params} if len(params) < len(compiled.params) else params
    if processors:
        values = {name: processors[name](value) if name in processors else value for name, value in values.items()}
    return sql, values
