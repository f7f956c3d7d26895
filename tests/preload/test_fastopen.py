#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rule 7: after TCP_FASTOPEN_CONNECT a connect that succeeded is no handshake. In a network of its own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from compared import ComparedCase
from harness import main
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

    def test_a_first_send_that_is_refused_is_a_failure(self):
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'recv', 'soerror', 'close')
        self.assert_totals(self.port, successes=0, failures=1)

    def test_a_first_send_that_gets_through_is_a_success(self):
        self.port.start(silent)
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'await=established', 'close')
        self.assert_totals(self.port, successes=1, failures=0)


if __name__ == '__main__':
    main()
