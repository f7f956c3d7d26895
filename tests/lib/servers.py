# SPDX-License-Identifier: MIT
"""Destinations on loopback, good and bad.

A Port keeps its number for as long as it lives: a socket that is bound and does not listen holds it, so
that connects are refused and no other program gets the number. start() puts a server on it, stop() takes
it away again. As a script (`servers.py KIND HOST PORT`) it serves until it is killed, for namespaces.
"""
import contextlib
import errno
import os
import select
import socket
import struct
import sys
import threading
import time

HELLO = b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: %s\r\n\r\nhello\n'


def hears(connection):
    """Whether a whole request comes."""
    connection.settimeout(20)
    request = b''
    while b'\r\n\r\n' not in request:
        data = connection.recv(4096)
        if not data:
            return False
        request += data
    return True


def answer(connection):
    """An HTTP server that says hello."""
    with contextlib.suppress(OSError):
        if hears(connection):
            connection.sendall(HELLO % b'close')
    connection.close()


def answer_on(connection):
    """The same, for as many requests as come; the server's end is the connection's."""
    with contextlib.suppress(OSError):
        while hears(connection):
            connection.sendall(HELLO % b'keep-alive')


def answer_while(answering):
    """As answer_on(), but requests that come while the event is not set are heard in silence."""
    def handle(connection):
        with contextlib.suppress(OSError):
            while hears(connection):
                if answering.is_set():
                    connection.sendall(HELLO % b'keep-alive')
    handle.threaded = True
    return handle


def greet(connection):
    """Says its word and closes at once."""
    connection.sendall(b'hello\n')
    connection.close()


def reset(connection):
    """Accepts, then resets."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connection.close()


def hang_up(connection):
    """Hears the request, then resets."""
    with contextlib.suppress(OSError):
        hears(connection)
    reset(connection)


def dismiss(connection):
    """Hears something, and closes without a word."""
    connection.settimeout(20)
    with contextlib.suppress(OSError):
        connection.recv(65536)
    connection.close()


def echo(connection):
    """Says again what it is told, for as long as it is told something; only `hold` it leaves without an answer."""
    answer_late(0)(connection)


def answer_late(seconds):
    """An echo that takes its time."""
    def handle(connection):
        with contextlib.suppress(OSError):
            while data := connection.recv(65536):
                time.sleep(seconds)
                if data != b'hold':
                    connection.sendall(data)
        connection.close()
    handle.threaded = True
    return handle


def silent(connection):
    """Accepts and never says anything; the connection is kept until the server stops."""
    return connection


# They take their time, each connection in a thread of its own.
for kind in (answer, answer_on, dismiss, hang_up, echo):
    kind.threaded = True

KINDS = {'answer': answer, 'answer-on': answer_on, 'dismiss': dismiss, 'echo': echo, 'greet': greet, 'reset': reset,
         'hang-up': hang_up, 'silent': silent}


def bound(host, number):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind((host, number))
    except OSError:
        sock.close()
        raise
    return sock


class Server:
    """Accepts in a thread of this process until it is stopped; counts what it accepted."""

    def __init__(self, host, number, kind):
        self.accepted = 0
        self.handle = kind
        self.kept = []
        self.listener = bound(host, number)
        self.listener.listen(128)
        self.wake_read, self.wake_write = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            ready, _, _ = select.select([self.listener, self.wake_read], [], [])
            if self.wake_read in ready:
                return
            with contextlib.suppress(OSError):
                connection, _ = self.listener.accept()
                self.accepted += 1
                if self.handle is answer_on:
                    self.kept.append(connection)
                if getattr(self.handle, 'threaded', False):
                    threading.Thread(target=self.handle, args=(connection,), daemon=True).start()
                elif self.handle(connection):
                    self.kept.append(connection)

    def stop(self):
        os.write(self.wake_write, b'x')
        self.thread.join()
        for sock in (self.listener, *self.kept):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes who waits there
            sock.close()
        os.close(self.wake_read)
        os.close(self.wake_write)


class Port:
    """A number on an address of this machine, refused until something is started on it."""

    def __init__(self, case, host='127.0.0.1', number=0, kind=answer):
        self.host = host
        self.kind = kind
        self.holder = bound(host, number)
        self.number = self.holder.getsockname()[1]
        self.family = '6' if ':' in host else '4'
        self.text = f'[{host}]:{self.number}' if ':' in host else f'{host}:{self.number}'
        self.url = f'http://{self.text}/'
        self.server = None
        self.blockers = []
        case.addCleanup(self.close)

    def __str__(self):
        return self.text

    def start(self, kind=None):
        self.server = Server(self.host, self.number, kind or self.kind)
        return self

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None
        for sock in self.blockers:
            sock.close()
        self.blockers = []
        return self

    def swallow(self):
        """From now on SYNs get no answer: the queue of a listener that accepts nothing is full."""
        listener = bound(self.host, self.number)
        listener.listen(0)
        self.blockers = [listener]
        for _ in range(16):
            sock = socket.socket(listener.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            self.blockers.append(sock)
            if sock.connect_ex((self.host, self.number)) not in (0, errno.EINPROGRESS):
                break
            if not select.select([], [sock], [], 0.3)[1]:
                return self
        raise AssertionError('the queue of a listener does not fill up')

    def close(self):
        self.stop()
        self.holder.close()


def same_number(case, *hosts):
    """Ports of the same number on several addresses."""
    for _ in range(50):
        first = Port(case, hosts[0])
        with contextlib.suppress(OSError):
            return [first] + [Port(case, host, first.number) for host in hosts[1:]]
    raise AssertionError(f'no number is free on all of {hosts}')


if __name__ == '__main__':
    server = Server(sys.argv[2], int(sys.argv[3]), KINDS[sys.argv[1]])
    print('ready', flush=True)
    threading.Event().wait()
