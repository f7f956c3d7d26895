#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pace: a blocking connect is refused only after a while, and nothing else is.

Whatever must not wait is given a pace of an hour, so that only its end has to be seen.
"""
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, check_program, main, named_errors, rule
from servers import Port

# A program that tries again without a delay, for a second of its time.
RETRY = '''
import socket, sys, time
sock, address = socket.socket(), ("127.0.0.1", int(sys.argv[1]))
end = time.monotonic() + 1
tries = 0
while time.monotonic() < end:
    sock.connect_ex(address)
    tries += 1
print(tries)
'''


class Pace(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def trip(self, *options):
        rules = rule(self.port, *options)
        self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        self.port.start()
        return rules

    def timed(self, *operations, **how):
        began = time.monotonic()
        lines = self.calls(*operations, **how)
        return lines, time.monotonic() - began

    def test_a_blocking_connect_is_refused_after_its_pace(self):
        rules = self.trip('pace=300ms')
        lines, elapsed = self.timed('socket=4', *[f'connect={self.port}'] * 3, rules=rules)
        self.assertEqual(lines[1:], [f'connect -1 {REFUSED}'] * 3)
        self.assertGreaterEqual(elapsed, 0.9)
        self.assert_totals(self.port, refused=3)
        self.assertEqual(self.port.server.accepted, 0)

    def test_a_denied_connect_has_its_pace_too(self):
        lines, elapsed = self.timed('socket=4', f'connect={self.port}', rules=f'{self.port} deny pace=300ms fail-with={REFUSED}')
        self.assertEqual(lines[1:], [f'connect -1 {REFUSED}'])
        self.assertGreaterEqual(elapsed, 0.3)

    def test_a_non_blocking_connect_is_refused_at_once(self):
        rules = self.trip('pace=1h')
        for way in (['socket=4,nonblock'], ['socket=4', 'nonblock']):
            with self.subTest(way):
                self.assertEqual(self.calls(*way, f'connect={self.port}', rules=rules)[-1], f'connect -1 {REFUSED}')

    def test_who_is_not_refused_does_not_wait(self):
        rules = rule(self.port, 'pace=1h')
        self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        self.assertEqual(self.connect(self.port, 3, rules=rules, env={'CUTOUT_MODE': 'observe'}), ['ECONNREFUSED'] * 3)

    def test_a_signal_ends_the_wait_and_the_connect_is_refused_not_interrupted(self):
        """After EINTR a program waits for a handshake, and there is none."""
        rules = self.trip('pace=1h')
        lines = self.calls('interrupt=200', 'socket=4', f'connect={self.port}', rules=rules)
        self.assertEqual(lines[-1], f'connect -1 {REFUSED}')

    def test_a_send_that_shall_not_wait_is_refused_at_once(self):
        """MSG_DONTWAIT, whatever the socket does: one that connects, and a datagram."""
        rules = f'{self.trip("pace=1h")}\nudp://{self.port} deny pace=1h fail-with={REFUSED}'
        for call in ('sendto', 'sendmsg', 'sendmmsg'):
            for kind, send in (('4', f'fastopen-{call}'), ('4udp', f'{call}-address')):
                with self.subTest(send):
                    seen = self.calls(f'socket={kind}', f'{send}-now={self.port}', rules=rules)
                    self.assertTrue(seen[-1].endswith(f' {REFUSED}'), seen)

    def test_the_time_limit_of_the_socket_itself_is_kept(self):
        rules = self.trip('pace=1h')
        lines, elapsed = self.timed('socket=4', 'sndtimeo=300', f'connect={self.port}', rules=rules)
        self.assertEqual(lines[-1], f'connect -1 {REFUSED}')
        self.assertGreaterEqual(elapsed, 0.3)

    def test_a_thread_is_cancelled_while_it_waits_and_stays_protected(self):
        paced, refusing, other = Port(self), Port(self), Port(self)
        rules = f'{rule(paced, "pace=1h")}\n{rule("*")}'
        self.connect(paced, 2, rules=rules)
        result = self.execute([check_program('halfway'), 'pace', paced.text, refusing.text, other.text], rules=rules)
        self.assertEqual((result.status, result.err), (0, ''))
        protected = ['-1 ECONNREFUSED'] * 2 + [f'-1 {REFUSED}']
        self.assertEqual(named_errors(result.out).splitlines(),
                         ['limit 0'] + [f'{who} {line}' for who in ('thread', 'main') for line in protected])
        self.assert_totals(paced, refused=1, calls=2, ignored=0)

    def test_the_wait_takes_three_system_calls_and_changes_no_flag(self):
        rules = self.trip('pace=1ms')
        seen = self.traced('socket=4', 'marker=begin', f'connect={self.port}', 'marker=end', rules=rules)
        self.assertEqual([call.replace('clock_', '').removesuffix('64').removesuffix('_time') for call in seen],
                         ['fcntl', 'getsockopt', 'nanosleep'])
        self.assertEqual(self.calls('socket=4', f'connect={self.port}', 'flags', rules=rules)[2:],
                         self.calls('socket=4', 'flags', preload=False)[1:])

    def test_what_a_loop_without_a_delay_costs(self):
        """Row 30. The figures are for the reader; what is asserted is how often it could try."""
        for pace in ('off', '100ms'):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.panel = self.new_panel()
            result = self.execute([sys.executable, '-c', RETRY, str(self.port.number)], rules=rule(self.port, f'pace={pace}'))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f'# pace={pace}: {int(result.out)} connects in a second, {spent:.2f} s of processor time')
            if pace != 'off':
                self.assertLessEqual(int(result.out), 13)


if __name__ == '__main__':
    main()
