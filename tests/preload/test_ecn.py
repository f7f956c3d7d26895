#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where connections ask for ECN, a socket shows that option from its first SYN on: it proves no handshake."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from compared import BEGUN, OVER, ComparedCase
from harness import REFUSED, main, rule
from servers import Port, silent


class Ecn(ComparedCase):
    def setUp(self):
        namespaces.enter_network()
        super().setUp()
        try:
            with open('/proc/sys/net/ipv4/tcp_ecn', 'w', encoding='ascii') as file:
                file.write('1')
        except OSError as error:
            self.skipTest(f'ECN cannot be set up here: {error}')

    def test_a_refused_connect_is_a_failure(self):
        for way in (['poll=9000', 'soerror'], ['connect={}'], ['send', 'soerror'], ['recv'], []):
            with self.subTest(way):
                self.both(*OVER, *way, 'close')
                self.assert_totals(self.port, calls=1, failures=1, successes=0)

    def test_a_refused_connect_that_the_program_waits_for_is_a_failure(self):
        self.both(*BEGUN, 'epoll-add', 'epoll_wait=9000', 'close')
        self.assert_totals(self.port, calls=1, failures=1, successes=0, last_error='unknown')

    def test_refused_connects_open_the_circuit(self):
        again = ['socket=4,nonblock', f'connect={self.port}', 'pollout=9000', 'soerror', 'close']
        seen = self.calls(*again * 3, rules=rule(self.port))
        self.assertEqual(seen[1::5], ['connect -1 EINPROGRESS'] * 2 + [f'connect -1 {REFUSED}'])
        self.assert_totals(self.port, calls=2, failures=2, refused=1, last_error='ECONNREFUSED')

    def test_a_refused_connect_over_ipv6_is_a_failure(self):
        self.port = Port(self, '::1')
        self.both('socket=6,nonblock', 'connect={}', 'await=close', 'soerror', 'close')
        self.assert_totals(self.port, calls=1, failures=1, last_error='ECONNREFUSED')

    def test_a_connection_is_a_success(self):
        self.port.start(silent)
        self.both(*BEGUN, 'await=established', 'soerror', 'close')
        self.assert_totals(self.port, calls=1, failures=0, successes=1)


if __name__ == '__main__':
    main()
