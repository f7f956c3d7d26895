#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The state machine, driven by connects of C programs: trip, refusals, probes, recovery."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import shutil
import subprocess
import unittest

from harness import REFUSED, check_program, main, rule, wait_until
from recovery import RecoveryCase
from servers import Port, greet


def by_poll_and_recv(program):
    """A client that connects without blocking, waits, and looks for the greeting of the server."""
    def client(case, port, **how):
        lines = case.calls('socket=4,nonblock', f'connect={port}', 'pollin=5000', 'recv', 'close', program=program, **how)
        return 'hello' in ' '.join(lines)
    return client


class Trip(RecoveryCase):
    def port_of_a_server(self):
        return Port(self, kind=greet)

    def test_a_c_program_trips_and_recovers(self):
        client = by_poll_and_recv('calls')
        self.trips_and_recovers(lambda port, **how: client(self, port, **how))

    def test_a_fortified_c_program_trips_and_recovers(self):
        """Row 23: built with -D_FORTIFY_SOURCE=3, its buffers sized at run time."""
        client = by_poll_and_recv('calls_fortified')
        self.trips_and_recovers(lambda port, **how: client(self, port, **how))

    def test_the_fortified_program_calls_the_fortified_functions(self):
        if not shutil.which('nm'):
            self.skipTest('nm is not installed')
        symbols = subprocess.run(['nm', '-D', check_program('calls_fortified')], capture_output=True, text=True, check=True)
        wanted = ('__recv_chk', '__recvfrom_chk', '__read_chk', '__poll_chk', '__ppoll_chk')
        missing = [name for name in wanted if name not in symbols.stdout]
        if missing:
            self.skipTest(f'this compiler makes no use of {missing[0]}')

    def test_one_program_trips_in_its_own_lifetime(self):
        port = Port(self)
        self.assertEqual(self.connect(port, 5, rules=rule(port)), ['ECONNREFUSED'] * 2 + [REFUSED] * 3)
        breaker = self.assert_totals(port, calls=2, failures=2, successes=0, refused=3, trips=1, last_error='ECONNREFUSED')
        self.assertEqual(breaker['state'], 'open')
        self.assertGreater(breaker['retry_in_seconds'], 3500)

    def test_a_success_ends_a_run_of_failures(self):
        port, rules = Port(self), None
        rules = rule(port, failures=3)
        for _ in range(3):
            port.stop()
            self.connect(port, 2, rules=rules)
            port.start()
            self.assertEqual(self.connect(port, rules=rules), ['0'])
        self.assert_totals(port, failures=6, successes=3, refused=0, trips=0)

    def test_an_open_circuit_is_half_open_when_its_time_is_over_and_a_failed_probe_opens_it_again(self):
        port = Port(self)
        rules = rule(port, timeout='400ms')
        self.connect(port, 2, rules=rules)
        wait_until(lambda: self.breaker(port)['state'] == 'half-open', what='half-open')
        self.assertEqual(self.connect(port, 2, rules=rules), ['ECONNREFUSED', REFUSED])
        self.assert_totals(port, trips=2)

    def test_successes_in_a_row_close_it(self):
        port = Port(self)
        rules = rule(port, 'successes=3', timeout='200ms')
        self.connect(port, 2, rules=rules)
        port.start()
        wait_until(lambda: self.breaker(port)['state'] == 'half-open', what='half-open')
        self.assertEqual(self.connect(port, 2, rules=rules), ['0'] * 2)
        self.assert_state(port, 'half-open')
        self.assertEqual(self.connect(port, rules=rules), ['0'])
        self.assert_state(port, 'closed')

    def test_half_open_admits_no_more_probes_at_once_than_it_may(self):
        port = Port(self)
        rules = rule(port, 'probes=1', 'successes=2', timeout='200ms')
        self.connect(port, 2, rules=rules)
        wait_until(lambda: self.breaker(port)['state'] == 'half-open', what='half-open')
        port.swallow()
        lines = self.calls('socket=4,nonblock', f'connect={port}', 'use=1', 'socket=4,nonblock', f'connect={port}', rules=rules)
        self.assertEqual([line for line in lines if 'connect' in line], ['connect -1 EINPROGRESS', f'connect -1 {REFUSED}'])

    def test_a_probe_that_vanishes_gives_its_place_back_when_it_is_overdue(self):
        port = Port(self)
        rules = rule(port, 'probes=1', 'successes=1', 'overdue=500ms', timeout='200ms')
        self.connect(port, 2, rules=rules)
        wait_until(lambda: self.breaker(port)['state'] == 'half-open', what='half-open')
        port.swallow()
        process = self.start([check_program('calls'), 'socket=4', f'connect={port}'], rules=rules)
        wait_until(lambda: self.breaker(port)['in_flight'] == 1, what='the probe')
        process.kill()
        process.wait()
        port.stop().start()
        wait_until(lambda: self.connect(port, rules=rules) == ['0'], what='another probe')

    def test_a_failure_rate_trips_with_min_calls_in_the_window(self):
        port = Port(self).start()
        rules = f'{port} failures=off failure-rate=50% min-calls=4 window=1h timeout=1h fail-with={REFUSED}'
        self.connect(port, 2, rules=rules)
        port.stop()
        self.assertEqual(self.connect(port, 4, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED] * 2)

    def test_what_is_counted_and_ignored_can_be_chosen(self):
        port = Port(self)
        self.connect(port, 3, rules=rule(port, 'ignore=ECONNREFUSED'))
        self.assert_totals(port, failures=0, ignored=3)

    def test_each_address_has_a_breaker_of_its_own(self):
        first, second = Port(self), Port(self)
        self.connect(first, 2, rules=rule('*'))
        self.assertEqual(self.connect(second, rules=rule('*')), ['ECONNREFUSED'])
        self.assert_state(first, 'open')
        self.assert_state(second, 'closed')

    def test_ipv6_and_mapped_addresses(self):
        """An IPv4 pattern also matches the IPv4-mapped address, and both are one destination."""
        port = Port(self)
        mapped = f'[::ffff:127.0.0.1]:{port.number}'
        lines = self.calls('socket=6', f'connect={mapped}', 'close', 'socket=4', f'connect={port}', 'close',
                           'socket=6', f'connect={mapped}', rules=rule(port))
        self.assertEqual([line for line in lines if 'connect' in line],
                         ['connect -1 ECONNREFUSED'] * 2 + [f'connect -1 {REFUSED}'])
        try:
            port = Port(self, '::1')
        except OSError:
            raise unittest.SkipTest('no IPv6 on loopback')
        self.assertEqual(self.connect(port, 3, rules=rule(port)), ['ECONNREFUSED'] * 2 + [REFUSED])


if __name__ == '__main__':
    main()
