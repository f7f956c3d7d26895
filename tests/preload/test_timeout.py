#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Connects to an address that swallows SYNs: what a time-out is, and what closing early is.

Each way takes the kernel some seconds, so that they run side by side.
"""
import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, check_program, main, rule, wait_until
from servers import Port

# One SYN sent again, and then the kernel gives up.
BEGUN = ['socket=4,nonblock', 'syncnt=1', 'connect={}']

WAYS = {
    'poll then SO_ERROR': ['poll=30000', 'soerror', 'soerror', 'poll=0'],
    'second connect': ['connect={}', 'await=close', 'connect={}'],
    'straight send': ['send', 'await=close', 'send', 'send'],
    'straight recv': ['recv', 'await=close', 'recv', 'recv'],
    'select': ['select=30000', 'soerror'],
    'epoll, level': ['epoll-add', 'epoll_wait=30000', 'soerror', 'epoll_wait=0'],
    'epoll, edge': ['epoll-add=edge', 'epoll_wait=30000', 'soerror', 'epoll_wait=0'],
}


# Fifty threads, then one more connect at once after `overdue`, while they still wait; then what became of the fifty.
FIFTY = '''
import errno, os, socket, sys, threading, time

def attempt():
    connection = socket.socket()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
    return errno.errorcode.get(connection.connect_ex(('127.0.0.1', int(sys.argv[1]))))

results = []
threads = [threading.Thread(target=lambda: results.append(attempt())) for i in range(50)]
for thread in threads: thread.start()
time.sleep(1.3)
print(attempt(), flush=True)
assert not results
for thread in threads: thread.join()
print(*results)
'''


class Timeout(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self).swallow()

    def run_once(self, way, before=BEGUN, **how):
        return self.calls(*(operation.format(self.port) for operation in [*before, *way, 'close']), timeout=60, **how)

    def run_both(self, way):
        panel = self.new_panel()
        bare = self.run_once(way, preload=False)
        return bare, self.run_once(way, panel=panel, rules=rule(self.port)), panel

    def test_a_time_out_is_seen_as_bare_and_is_a_failure(self):
        with concurrent.futures.ThreadPoolExecutor(len(WAYS)) as pool:
            results = dict(zip(WAYS, pool.map(self.run_both, WAYS.values())))
        for name, (bare, seen, panel) in results.items():
            with self.subTest(name):
                self.assertIn('ETIMEDOUT', ' '.join(bare))
                self.assertEqual(seen, bare)
                self.assert_totals(self.port, panel, calls=1, failures=1, successes=0, ignored=0, last_error='ETIMEDOUT')

    def test_a_time_out_never_looked_at_is_a_failure(self):
        self.run_once(['await=close'], rules=rule(self.port))
        self.assert_totals(self.port, calls=1, failures=1, successes=0, ignored=0)

    def test_a_blocking_connect_that_times_out_is_a_failure(self):
        seen = self.run_once([], before=['socket=4', 'syncnt=1', 'connect={}'], rules=rule(self.port))
        self.assertEqual(seen[-2:], ['connect -1 ETIMEDOUT', 'close 0'])
        self.assert_totals(self.port, calls=1, failures=1, last_error='ETIMEDOUT')

    def test_a_handshake_closed_at_once_is_ignored(self):
        """Row 19: Happy Eyeballs closes the slower address."""
        self.run_once([], before=['socket=4,nonblock', 'connect={}'], rules=rule(self.port))
        breaker = self.assert_totals(self.port, calls=1, failures=0, successes=0, ignored=1)
        self.assertEqual(breaker['in_flight'], 0)

    def test_a_handshake_closed_after_its_syn_was_sent_again_is_a_failure(self):
        """As a client does that gives up after two seconds."""
        self.run_once(['poll=2500'], before=['socket=4,nonblock', 'connect={}'], rules=rule(self.port))
        self.assert_totals(self.port, calls=1, failures=1, ignored=0, last_error='ETIMEDOUT')

    def test_a_handshake_closed_when_it_was_overdue_is_a_failure(self):
        self.run_once(['poll=400'], before=['socket=4,nonblock', 'connect={}'], rules=rule(self.port, 'overdue=200ms'))
        self.assert_totals(self.port, calls=1, failures=1, ignored=0, last_error='ETIMEDOUT')

    def test_a_pending_connect_is_judged_when_the_program_waits_for_something_else(self):
        """Section 4, stuck calls: the next connect and each return of a wait function look at the pending ones."""
        looks = ['poll=0', 'stop'] * 200
        talk = self.conversation('socket=4,nonblock', f'connect={self.port}', 'use=1', 'socket=udp', *looks, 'use=0', 'close',
                                 rules=rule(self.port, 'overdue=200ms'))
        talk.until_stop()
        self.assert_totals(self.port, calls=1, failures=0)
        wait_until(lambda: talk.go_on() and self.breaker(self.port)['totals']['failures'] == 1, bound=10, what='a failure')
        self.assert_totals(self.port, failures=1, last_error='ETIMEDOUT')
        talk.process.communicate('\n' * 200)
        self.assert_totals(self.port, calls=1, failures=1, ignored=0)

    def test_a_blocking_connect_is_interrupted_by_its_own_time_limit_as_bare(self):
        """SO_SNDTIMEO ends a blocking connect with EINPROGRESS: no call has ended yet."""
        way = ['sndtimeo=200', 'connect={}', 'connect={}', 'poll=0', 'soerror']
        bare = self.run_once(way, before=['socket=4'], preload=False)
        self.assertEqual(self.run_once(way, before=['socket=4'], rules=rule(self.port)), bare)
        self.assert_totals(self.port, calls=1, failures=0, successes=0)

    def test_a_blocking_connect_interrupted_by_a_signal_goes_on_as_bare(self):
        """EINTR ends no call: the handshake goes on without the thread."""
        way = ['interrupt=200', 'connect={}', 'poll=0', 'nonblock', 'connect={}', 'soerror']
        bare = self.run_once(way, before=['socket=4'], preload=False)
        self.assertIn('connect -1 EINTR', bare)
        self.assertEqual(self.run_once(way, before=['socket=4'], rules=rule(self.port)), bare)
        self.assert_totals(self.port, calls=1, failures=0, successes=0, ignored=1)

    def test_threads_stuck_in_a_dead_connect_open_the_circuit_for_the_next_one(self):
        """Overdue calls are counted when somebody else asks, and not again when they end."""
        rules = rule(self.port, 'overdue=300ms', failures=3)
        stuck = [self.start([check_program('calls'), 'socket=4', f'connect={self.port}'], rules=rules) for _ in range(3)]
        wait_until(lambda: (self.breaker(self.port) or {'in_flight': 0})['in_flight'] == 3, what='three connects in flight')
        wait_until(lambda: self.connect_quickly(rules) == REFUSED, what='a refusal')
        for process in stuck:
            self.assertIsNone(process.poll())
        breaker = self.assert_state(self.port, 'open')
        self.assertGreaterEqual(breaker['totals']['failures'], 3)

    def test_fifty_threads_stuck_in_a_dead_connect_open_the_circuit_and_what_comes_late_changes_nothing(self):
        """The kernel lets each of them go after its SYN was sent again: three seconds."""
        rules = rule(self.port, 'overdue=1s', failures=50)
        result = self.execute([sys.executable, '-c', FIFTY, str(self.port.number)], rules=rules, timeout=60)
        self.assertEqual((result.status, result.err), (0, ''))
        answers = result.out.split()
        self.assertEqual((answers[0], answers[1:]), (REFUSED, ['ETIMEDOUT'] * 50))
        self.assert_totals(self.port, calls=50, failures=50, refused=1, late=50, trips=1, last_error='ETIMEDOUT')

    def connect_quickly(self, rules):
        """Non-blocking and closed at once: ignored, if it is admitted."""
        lines = self.calls('socket=4,nonblock', f'connect={self.port}', 'close', rules=rules)
        return lines[1].split()[-1]


if __name__ == '__main__':
    main()
