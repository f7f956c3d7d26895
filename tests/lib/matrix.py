# SPDX-License-Identifier: MIT
"""The matrix of programs that people use: a table names them, and tests_of() makes two tests of each row.

`… is not disturbed`: under circuits that never open, and whatever becomes of its server, the program does,
says and returns what it does bare. `… trips and recovers`: recovery.py. A program that is not installed, or
that `cutout doctor` says is not covered, is skipped by its name. The rows are those of programs.py.
"""
import contextlib
import json
import os
import shutil

from harness import OBJECT
from programs import PATH
from recovery import RecoveryCase
from servers import answer, answer_on, hang_up

NEVER_OPENS = '* failures=65535'

NOBODY = 65534
AS_NOBODY = ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups')


class MatrixCase(RecoveryCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.running = {}
        self.programs = 0
        self.ports = []

    def directory_of_a_program(self):
        self.programs += 1
        directory = self.path(f'program-{self.programs}')
        os.mkdir(directory)
        return directory

    def give_to_nobody(self, path):
        os.chown(path, NOBODY, NOBODY)

    def how_for_nobody(self, how):
        """It reaches the object, and its panel is its own."""
        changed = {'under': AS_NOBODY}
        if how.get('preload', True):
            changed['preload'] = self.path('libcutout.so')
            if not os.path.exists(changed['preload']):  # never over one that a program has mapped
                shutil.copy(OBJECT, changed['preload'])
            self.give_to_nobody(os.path.dirname(self.panel))
        return changed

    def skip_without(self, program):
        for name in program.needs:
            path = name if os.path.exists(name) else shutil.which(name, path=PATH)
            if path is None:
                self.skipTest(f'{name} is not installed')
            if os.access(path, os.X_OK):
                self.skip_uncovered(name, path)

    def skip_uncovered(self, name, path):
        answer = json.loads(self.command('doctor', '--json', path).out)
        if answer['covered'] == 'no':
            self.skipTest(f'{name} is not covered: {answer["findings"][0]["reason"]}')

    def port_of_a_server(self):
        self.ports.append(self.program.server(self))
        return self.ports[-1]

    @contextlib.contextmanager
    def at_work(self, program):
        """In the end all is stopped in peace: what was killed may leave files and shared memory behind."""
        self.skip_without(program)
        self.program = program
        try:
            yield
        finally:
            program.end(self)
            for port in self.ports:
                port.stop()

    def is_not_disturbed(self, program):
        with self.at_work(program):
            port = self.port_of_a_server()
            for situation, set_up in self.situations(port):
                set_up()
                bare = program.ask(self, port, preload=False)
                self.assertEqual(program.is_good(bare), situation == 'answers', bare)
                self.assertEqual(list(program.ask(self, port, rules=NEVER_OPENS)), list(bare), situation)
                port.stop()
            ends = program.end(self)
            self.assertEqual(ends, ends[:1] * len(ends))
            totals = self.breaker(port)['totals']
            self.assertGreater(min(totals['successes'], totals['failures']), 0, totals)

    def situations(self, port):
        yield 'refuses', port.stop
        yield 'answers', port.start
        if port.kind in (answer, answer_on):
            yield 'hangs up', lambda: port.start(hang_up)
        yield 'refuses', port.stop

    def does_trip_and_recover(self, program):
        with self.at_work(program):
            self.trips_and_recovers(lambda port, **how: program.is_good(program.ask(self, port, **how)))


def tests_of(programs):
    """Decorates a MatrixCase: two tests for each row of a table by names."""
    def decorate(case):
        for name, program in programs.items():
            setattr(case, f'test_{name}_is_not_disturbed', lambda self, row=program: self.is_not_disturbed(row))
            setattr(case, f'test_{name}_trips_and_recovers', lambda self, row=program: self.does_trip_and_recover(row))
        return case
    return decorate
