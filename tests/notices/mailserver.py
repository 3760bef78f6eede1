"""A real mail server on loopback, small enough to read, that can misbehave on demand.

`answers` gives what it says at a stage of the talk in place of "yes": "MAIL", "RCPT", "DATA" and
"END", when the whole message is there. An answer is a line such as "451 later"; HANG keeps silent,
DROP hangs up, and TAKE_AND_DROP takes the message and hangs up without a word.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

HANG = "hang"
DROP = "drop"
TAKE_AND_DROP = "take and drop"


@dataclass(frozen=True)
class Taken:
    """One message the server said yes to, or took without a word."""

    to: str
    message: EmailMessage

    @property
    def id(self) -> str:
        return self.message["Message-ID"]

    @property
    def key(self) -> str:
        """Return the id of the notice, which the Message-ID is made of."""
        return self.id.strip("<>").partition("@")[0]


class Held:
    """One message that was handed over whole and waits for what the server says to it."""

    def __init__(self) -> None:
        self.key = ""
        self.came, self.may_go = threading.Event(), threading.Event()
        self.answer = ""

    def let_go(self, answer: str) -> None:
        """Say this to it."""
        self.answer = answer
        self.may_go.set()


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail and remembers it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken: list[Taken] = []
        self.offered: list[str] = []  # the key of each whole message, as they came, whatever it says to them
        self.answers: dict[str, str] = {}
        self.once: dict[str, str] = {}  # the same, for the next message only
        self.held: Held | None = None
        self.stop = threading.Event()

    def hold_next(self) -> Held:
        """Keep the next message waiting until it is let go."""
        self.held = Held()
        return self.held

    def answer_to(self, one: Taken) -> str:
        """Return what is said to a whole message."""
        held, self.held = self.held, None
        if held is None:
            return self.answer("END")
        held.key = one.key
        held.came.set()
        held.may_go.wait(30)
        return held.answer

    @property
    def port(self) -> int:
        return self.server_address[1]

    def answer(self, stage: str) -> str:
        return self.once.pop(stage, None) or self.answers.get(stage, "250 yes")

    def handle_error(self, request, client_address) -> None:
        """A worker that was killed in the middle of a talk is no news."""


class Talk(socketserver.StreamRequestHandler):
    """One talk with one worker."""

    server: MailServer

    def handle(self) -> None:
        self.say("220 tests")
        to = ""
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "QUIT":
                return self.say("221 bye")
            if word == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
            if word == "DATA":
                if self.say_at("DATA", "354 go on") and not self.take(to):
                    return None
            elif not self.say_at(word):
                return None
        return None

    def take(self, to: str) -> bool:
        """Read one message and answer for it; return whether the talk goes on."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # The worker died: without the last line nothing was handed over.
            lines.append(line.removeprefix(b".").replace(b"\r\n", b"\n"))
        one = Taken(to, message_from_bytes(b"".join(lines), policy=policy.default))
        self.server.offered.append(one.key)
        answer = self.server.answer_to(one)
        if answer.startswith("2") or answer == TAKE_AND_DROP:
            self.server.taken.append(one)
        return self.give(answer)

    def say_at(self, stage: str, yes: str = "250 yes") -> bool:
        answer = self.server.answer(stage)
        return self.give(yes if answer == "250 yes" else answer)

    def give(self, answer: str) -> bool:
        if answer == HANG:
            self.server.stop.wait()
        if answer in (HANG, DROP, TAKE_AND_DROP):
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self.say(answer)
        return True

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def running(kind: type[MailServer] = MailServer) -> Iterator[MailServer]:
    """Run a mail server for as long as the block lasts."""
    with kind() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            server.shutdown()
            thread.join()
