#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers that say nothing, to a connect or to a request: what a client gives up is a failure, however it gives up.

The clients wait for the clock and not for the processor: all are run side by side, before the first test.
"""
import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import Case, hooks, main, rule
from impatient import CLIENTS, compile_java
from servers import Port, silent

SIDE_BY_SIDE = 12

ANSWERS_LATE = ('on=response', 'slow-call=300ms')


class Runs(Case):
    """What becomes of three attempts of a client, and of one more. It has no tests, but is used as a Case."""

    def attempts(self, port, client, *options):
        panel = self.new_panel()
        rules = rule(port, 'max-connections=100', *options, failures=3)
        command = client.command(port, self.directory)
        how = dict(rules=rules, panel=panel, env={'HOME': self.directory}, cwd=self.directory)
        processes = [self.start(command, **how) for _ in range(client.times)]
        for process in processes:
            process.communicate(timeout=60)
        given_up = self.breaker(port, panel)
        self.execute(command, **how)
        return given_up, self.breaker(port, panel)

    def without_a_handshake(self, client):
        port = Port(self).swallow()
        return self.attempts(port, client)

    def without_an_answer(self, client):
        port = Port(self).start(silent)
        return self.attempts(port, client, *ANSWERS_LATE)


class Silence(Case):
    @classmethod
    def setUpClass(cls):
        runs = Runs()
        runs.setUp()
        try:
            compile_java(runs.directory)
            with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                cls.found = {(name, way): pool.submit(getattr(runs, way), client)
                             for way in ('without_a_handshake', 'without_an_answer')
                             for name, client in CLIENTS.items() if not client.missing()}
        finally:
            runs.doCleanups()

    def gave_up(self, name, way):
        client = CLIENTS[name]
        if client.missing():
            self.skipTest(client.missing())
        if client.closes_by_syscall and not hooks('syscall'):
            self.skipTest('syscall() has no hook on this machine')
        given_up, then = self.found[name, way].result()
        totals = given_up['totals']
        self.assertEqual((given_up['state'], totals['failures'], totals['successes'], given_up['last_error']),
                         ('open', 3, 0, 'ETIMEDOUT'), given_up)
        if not client.spare:
            self.assertEqual((totals['calls'], totals['ignored']), (3, 0), given_up)
        self.assertEqual((given_up['in_flight'], given_up['connections']), (0, 0), given_up)
        self.assertEqual(then['totals']['calls'], totals['calls'], then)
        self.assertGreater(then['totals']['refused'], totals['refused'], then)


for each in CLIENTS:
    setattr(Silence, f'test_{each}_without_a_handshake', lambda self, name=each: self.gave_up(name, 'without_a_handshake'))
    setattr(Silence, f'test_{each}_without_an_answer', lambda self, name=each: self.gave_up(name, 'without_an_answer'))


if __name__ == '__main__':
    main()
