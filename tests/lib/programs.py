# SPDX-License-Identifier: MIT
"""The rows of the matrix: how a program is run, and how it is asked to make a request.

    Once      is started anew for each request
    Resident  goes on: for each line that it reads it makes a request and says a line about it
    Daemon    goes on: for each request that is made to it, it makes one of its own

A Daemon may also be the server that another row asks (Served). In the words, environment and files of a row
these stand for what they say: @HOST@, @PORT@ and @URL@, of the server that is asked; @SERVER@, its directory,
if it is Served; @DIRECTORY@, the program's own; @LISTEN@, the port of a Daemon.
"""
import errno
import glob
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

from harness import Result, clean_environment, wait_until
from servers import Port

# Servers may be where a user's PATH does not lead.
PATH = os.pathsep.join((os.environ.get('PATH', os.defpath), '/usr/local/sbin', '/usr/sbin', '/sbin',
                        *sorted(glob.glob('/usr/lib/postgresql/*/bin'), reverse=True)))

ERRORS = sorted({os.strerror(number) for number in errno.errorcode})


def accepts(port):
    with socket.socket() as sock:
        return sock.connect_ex((port.host, port.number)) == 0


def python_with(module):
    """The packages of the system are there for its own interpreter."""
    for python in (sys.executable, '/usr/bin/python3'):
        if os.path.exists(python) and subprocess.run([python, '-c', f'import {module}'], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    raise unittest.SkipTest(f'{module} is not installed')


def filled(text, values):
    return re.sub(r'@([A-Z]+)@', lambda name: values.get(name[1], name[0]), text)


class Program:
    """What the rows have in common.

    `good`: what its answer has in it; `files`: texts by name, in its directory; `needs`: other programs; `server`:
    makes the Port that it asks; `as_nobody`: it will not be root.
    """

    def __init__(self, *words, good='hello', files=None, env=None, needs=(), server=Port, as_nobody=False):
        self.words = words
        self.good = good
        self.files = files or {}
        self.env = env or {}
        self.needs = (words[0], *needs)
        self.server = server
        self.lowered = as_nobody and os.geteuid() == 0

    def values(self, case, port):
        directory = case.directory_of_a_program()
        if self.lowered:
            case.give_to_nobody(directory)
        return {'HOST': port.host, 'PORT': str(port.number), 'URL': port.url, 'DIRECTORY': directory,
                'SERVER': getattr(port, 'directory', directory)}

    def start(self, case, values, **how):
        for name, text in self.files.items():
            with open(os.path.join(values['DIRECTORY'], name), 'w', encoding='utf-8') as file:
                file.write(filled(text, values))
        env = {'HOME': values['DIRECTORY'], 'PATH': PATH}
        env.update((name, filled(text, values)) for name, text in self.env.items())
        if self.lowered:
            how.update(case.how_for_nobody(how))
        return case.start([filled(word, values) for word in self.words], env=env, cwd=values['DIRECTORY'], **how)

    def result(self, case, process, values):
        """Waits for its end."""
        out, err = process.communicate(timeout=60)
        case.finish(process)
        return self.plain(Result(process.returncode, out, err), values)

    def plain(self, result, values):
        """The result without what differs from run to run."""
        return Result(result.status, self.blurred(result.out, values), self.blurred(result.err, values))

    def blurred(self, text, values):
        for name in ('DIRECTORY', 'LISTEN'):
            if name in values:
                text = text.replace(values[name], f'@{name}@')
        return re.sub(r'after \d+ ms', 'after some ms', text)

    def is_good(self, result):
        return result.status == 0 and self.good in result.out


class Once(Program):
    def ask(self, case, port, **how):
        values = self.values(case, port)
        return self.result(case, self.start(case, values, **how), values)

    def end(self, case):
        return []


class Lasting(Program):
    """A process for each way of starting it; the case keeps them, with their values."""

    def running(self, case, port, **how):
        key = (self, case.panel, how.get('preload', True), how.get('rules'))
        if key not in case.running:
            values = self.values(case, port)
            case.running[key] = (self.begin(case, values, **how), values)
        return case.running[key]

    def end(self, case):
        """What they say and return in the end."""
        running = list(case.running.values())
        case.running.clear()
        return [self.last_words(case, process, values) for process, values in running]


class Resident(Lasting):
    def begin(self, case, values, **how):
        return self.start(case, values, stdin=subprocess.PIPE, bufsize=1, **how)

    def ask(self, case, port, **how):
        process, values = self.running(case, port, **how)
        process.stdin.write('\n')
        return self.plain(Result(0, process.stdout.readline(), ''), values)

    def last_words(self, case, process, values):
        return self.result(case, process, values)


class Daemon(Lasting):
    """`request`: a row that is run, bare, for each request that is made to it. One that is only Served has none.

    `ready`: the words of a command that succeeds once it serves, where it listens earlier than that. `log`: what of
    its log is the same from run to run; `stop`: the signal on which it ends when all is logged, if that is another.
    """

    def __init__(self, *words, request=None, ready=(), log=None, stop=signal.SIGTERM, **how):
        super().__init__(*words, **how)
        self.request = request
        self.ready = ready
        self.log = log
        self.stop = stop
        self.needs += request.needs if request else ()

    def begin(self, case, values, **how):
        return self.serve(case, values, Port(case), **how)

    def serve(self, case, values, port, **how):
        values['LISTEN'] = str(port.number)
        process = self.start(case, values, **how)
        wait_until(lambda: process.poll() is not None or (accepts(port) and self.is_ready(values)), bound=60,
                   what=f'{self.words[0]} to listen')
        if process.poll() is not None:
            raise AssertionError(f'{self.words[0]} has ended: {process.communicate()}')
        return process

    def is_ready(self, values):
        words = [filled(word, values) for word in self.ready]
        return not words or subprocess.run(words, env=dict(clean_environment(), PATH=PATH), stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL).returncode == 0

    def ask(self, case, port, **how):
        _, values = self.running(case, port, **how)
        return self.request.result(case, self.request.start(case, values, preload=False), values)

    def is_good(self, result):
        return self.request.is_good(result)

    def last_words(self, case, process, values):
        """Its log has times in it: what is compared is the errors that it speaks of, and `log`. Of us it says nothing."""
        process.send_signal(self.stop)
        result = self.result(case, process, values)
        said = result.out + result.err
        case.assertNotIn('cutout', said)
        case.assertIn(min(result.status, 0), (0, -signal.SIGTERM), f'{self.words} died: {result.err}')
        found = re.findall(self.log, said) if self.log else []
        case.assertTrue(found or not self.log, said)
        return result.status, [error for error in ERRORS if error in said], found


class Served(Port):
    """A Port whose server is a Daemon, bare."""

    def __init__(self, case, daemon):
        super().__init__(case, kind=None)
        self.case = case
        self.daemon = daemon
        self.values = daemon.values(case, self)
        self.directory = self.values['DIRECTORY']
        self.process = None

    def start(self):
        self.process = self.daemon.serve(self.case, self.values, self, preload=False)
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.case.finish(self.process)
            self.process = None
        return self


def served_by(daemon):
    return lambda case: Served(case, daemon)
