#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rule 7: after TCP_FASTOPEN_CONNECT a connect that succeeded is no handshake. In a network of its own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from compared import ComparedCase
from harness import main, rule
from servers import silent

# A client that sends data in its SYN without having a cookie.
CLIENT_WITHOUT_COOKIE = 0x5


class FastOpen(ComparedCase):
    def setUp(self):
        namespaces.enter_network()
        super().setUp()
        try:
            with open('/proc/sys/net/ipv4/tcp_fastopen', 'w', encoding='ascii') as file:
                file.write(str(CLIENT_WITHOUT_COOKIE))
        except OSError as error:
            self.skipTest(f'TCP Fast Open cannot be set up here: {error}')

    def test_a_connect_that_sent_nothing_is_no_success(self):
        seen = self.both('socket=4', 'fastopen-connect', 'connect={}', 'close')
        self.assertEqual(seen[2], 'connect 0')
        breaker = self.assert_totals(self.port, successes=0, failures=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_what_a_forked_child_sends_nothing_on_is_no_success_either(self):
        """An option for a connect that the child makes itself, on a socket that its parent made."""
        for fork in ('in-fork', 'in-_Fork', 'in-clone'):
            with self.subTest(fork):
                seen = self.both('socket=4', fork, 'all=fastopen-connect connect={} close', 'close')
                self.assertEqual(seen[1:3], ['fastopen-connect 0', 'connect 0'])
                self.assert_totals(self.port, calls=1, successes=0, failures=0, ignored=1)

    def test_a_first_send_of_a_forked_child_is_what_tells(self):
        self.both('socket=4', 'in-fork', 'all=fastopen-connect connect={} send recv close', rules=rule('*', failures=100))
        self.assert_totals(self.port, calls=1, successes=0, failures=1)
        self.port.start(silent)
        self.both('socket=4', 'in-fork', 'all=fastopen-connect connect={} send await=established close')
        self.assert_totals(self.port, calls=1, successes=1, failures=0)

    def test_a_first_send_that_is_refused_is_a_failure(self):
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'recv', 'soerror', 'close')
        self.assert_totals(self.port, successes=0, failures=1)

    def test_a_first_send_that_gets_through_is_a_success(self):
        self.port.start(silent)
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'await=established', 'close')
        self.assert_totals(self.port, successes=1, failures=0)


if __name__ == '__main__':
    main()
