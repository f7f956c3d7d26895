#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Multipath TCP: its sockets are under the rules of TCP, whatever is at the other end."""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import REFUSED, Case, main, rule, wait_until
from servers import Port, silent

IPPROTO_MPTCP = 262

# Blocking or not, and what the program does then: its own words are printed.
CONNECT = '''
import errno, select, socket, sys
host, port, way, times = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
for _ in range(times):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    sock.setblocking(way == 'blocking')
    error = sock.connect_ex((host, port))
    if error == errno.EINPROGRESS and way == 'soerror':
        select.select([], [sock], [], 20)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    elif error == errno.EINPROGRESS and way == 'again':
        select.select([], [sock], [], 20)
        error = sock.connect_ex((host, port))
    elif error == errno.EINPROGRESS and way == 'waits':
        print('waits', flush=True)
        sys.stdin.readline()
    print(errno.errorcode.get(error, 0), flush=True)
    sock.close()
'''


class Mptcp(Case):
    def setUp(self):
        super().setUp()
        namespaces.enter_network()
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP).close()
        except OSError as error:
            self.skipTest(f'no MPTCP here: {error}')
        self.port = Port(self)

    def connects(self, way, times, port=None, **how):
        port = port or self.port
        result = self.execute([sys.executable, '-c', CONNECT, '127.0.0.1', str(port.number), way, str(times)],
                              **{'rules': rule(port), **how})
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out.split()

    def test_a_refused_connect_is_a_failure_however_the_program_learns_of_it(self):
        for way in ('blocking', 'soerror', 'again'):
            with self.subTest(way):
                self.panel = self.new_panel()
                bare = self.connects(way, 1, preload=False)
                self.assertEqual(self.connects(way, 4), bare * 2 + [REFUSED] * 2)
                self.assert_totals(self.port, calls=2, failures=2, refused=2, last_error=bare[0])

    def test_one_that_gets_through_is_a_success(self):
        """The server is one of plain TCP."""
        self.port.start(silent)
        for way in ('blocking', 'soerror', 'again'):
            with self.subTest(way):
                self.panel = self.new_panel()
                self.assertEqual(self.connects(way, 3), self.connects(way, 3, preload=False))
                self.assert_totals(self.port, calls=3, successes=3, failures=0, ignored=0)

    def test_between_two_ends_that_speak_it_too(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
        self.addCleanup(server.close)
        server.bind(('127.0.0.1', 0))
        server.listen(16)
        number = server.getsockname()[1]
        for way in ('blocking', 'soerror'):
            with self.subTest(way):
                self.panel = self.new_panel()
                result = self.execute([sys.executable, '-c', CONNECT, '127.0.0.1', str(number), way, '2'],
                                      rules=rule(f'127.0.0.1:{number}'))
                self.assertEqual(result, (0, '0\n0\n', ''))
                self.assert_totals(f'127.0.0.1:{number}', calls=2, successes=2)

    def test_one_that_is_not_answered_is_overdue(self):
        swallowing = namespaces.swallowing_address()
        process = self.start([sys.executable, '-c', CONNECT, swallowing, '80', 'waits', '1'], rules=rule('*', 'overdue=300ms'),
                             stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), 'waits\n')
        time.sleep(0.5)
        process.communicate('\n', timeout=20)
        breaker = wait_until(lambda: self.breaker(f'{swallowing}:80'))
        self.assertEqual((breaker['totals']['failures'], breaker['last_error']), (1, 'ETIMEDOUT'))


if __name__ == '__main__':
    main()
