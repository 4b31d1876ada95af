"""The line to PostgreSQL below SQLAlchemy: what nobody waits for is kept back and said together with the next question.

psycopg's cursors take 35 µs a statement in Python alone, its own pipeline mode no less; libpq, which it wraps, takes 3.
"""

import select
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Dialect

from store.plans import BACK, RELEASE, SAVEPOINT, Plan, Row

MOST_UNSAID = 500  # statements kept back
OK, IDLE, IN_TRANSACTION = 0, 0, (2, 3)  # libpq's states of a connection, and of a transaction: idle, open, failed
SYNC, FAILED = 10, (7, 11)  # of an answer: the end of what was said together; an error, not done because of one

Saying = Callable[[], None]


class PostgresLine:
    """A server: what is told is kept back and said together with what is next asked, in one round trip.

    libpq's pipeline: what stands behind a failure is not done, up to the Sync with which everything said ends.
    """

    def __init__(self, dialect: Dialect, raw: Any) -> None:
        psycopg: Any = dialect.loaded_dbapi
        self.kind, self.failures = dialect.name, psycopg.Error
        self.dialect = type(dialect)(paramstyle="numeric_dollar", dbapi=psycopg)  # type: ignore[call-arg]
        self._raw, self._libpq = raw, raw.pgconn
        self._values, self._text = psycopg.adapt.Transformer(raw), psycopg.adapt.PyFormat.TEXT
        self._failure, self._lost = psycopg.errors.error_from_result, psycopg.OperationalError
        self._prepared: set[bytes] = set()
        self._unsaid: list[Saying] = []
        self._trips = 0
        self._heard, self._either = select.poll(), select.poll()
        self._heard.register(self._libpq.socket, select.POLLIN)
        self._either.register(self._libpq.socket, select.POLLIN | select.POLLOUT)

    def ask(self, plan: Plan, values: Row) -> Any:
        self.tell(plan, values)
        return self._say()

    def tell(self, plan: Plan, values: Row) -> None:
        if plan.name not in self._prepared:
            self._prepare(plan)
        given = plan.parameters(values)
        dumped = self._values.dump_sequence(given, [self._text] * len(given))
        self._keep(partial(self._libpq.send_query_prepared, plan.name, dumped))

    def tell_many(self, plan: Plan, rows: Iterable[Row]) -> None:
        for values in rows:
            self.tell(plan, values)
            if len(self._unsaid) > MOST_UNSAID:
                self.settle()

    def rows(self, answer: Any) -> list[Any]:
        self._values.set_pgresult(answer)
        found: list[Any] = self._values.load_rows(0, answer.ntuples, tuple)
        return found

    def count(self, answer: Any) -> int:
        return answer.command_tuples or 0

    def types(self, answer: Any) -> Sequence[Any]:
        return [answer.ftype(number) for number in range(answer.nfields)]

    def settle(self) -> None:
        if self._unsaid:
            self._say()

    def forget(self) -> None:
        self._unsaid.clear()

    def open(self) -> int:
        self.settle()  # a failure of what was told before would be taken for one of what comes
        self._keep(self._command(SAVEPOINT))
        return self._trips

    def release(self) -> None:
        self._keep(self._command(RELEASE))
        self._say()

    def undo(self, place: int) -> None:
        self._unsaid.clear()
        if place != self._trips and self._libpq.transaction_status in IN_TRANSACTION:  # else it was never said
            self._unsaid += [self._command(BACK), self._command(RELEASE)]
            self._say()

    def _command(self, words: str) -> Saying:
        return partial(self._libpq.send_query_params, words.encode(), None)

    def _keep(self, saying: Saying) -> None:
        if not self._unsaid and self._libpq.transaction_status == IDLE:
            self._unsaid.append(self._command("BEGIN"))
        self._unsaid.append(saying)

    def _prepare(self, plan: Plan) -> None:
        self.settle()  # so that a failure falls into the right savepoint
        self._check([self._libpq.prepare(plan.name, plan.sql.encode())])
        self._prepared.add(plan.name)

    def _say(self) -> Any:
        """Say what was kept back and hear how it went; returns the last answer."""
        sayings, self._unsaid = self._unsaid, []
        self._trips += 1
        try:
            answers = self._exchange(sayings)
        except BaseException:
            self._raw.close()  # in the middle of an exchange: nobody could tell what the next answer is to
            raise
        self._check(answers)
        return answers[-1]

    def _check(self, answers: list[Any]) -> None:
        failed = next((answer for answer in answers if answer.status in FAILED), None)
        if self._libpq.status != OK:
            raise self._lost(failed.get_error_message() if failed else "the server has gone")
        if failed:
            raise self._failure(failed)

    def _exchange(self, sayings: list[Saying]) -> list[Any]:
        libpq, answers = self._libpq, []
        libpq.enter_pipeline_mode()
        for say in sayings:
            say()
        libpq.pipeline_sync()
        while libpq.flush():  # more than the socket takes at once
            self._either.poll()
            libpq.consume_input()
        while libpq.status == OK:
            while libpq.is_busy():
                self._heard.poll()  # lets other threads run; libpq's own waiting would not
                libpq.consume_input()
            answer = libpq.get_result()
            if answer is not None:
                if answer.status == SYNC:
                    libpq.exit_pipeline_mode()
                    break
                answers.append(answer)
        return answers
