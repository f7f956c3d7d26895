#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that have a great many descriptors, threads or connects behind them."""
import contextlib
import errno
import os
import re
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import EMULATOR, REFUSED, Case, check_program, main, rule
from servers import Port

NEVER_OPENS = '* failures=65535'

# What malloc and the C library take now and then.
SLACK = 64


def most_descriptors():
    """What may be asked for: what root can have, or else the limit that it cannot lift here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 200_000
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, wanted))
        return wanted
    return hard


class Crowd(Case):
    def setUp(self):
        super().setUp()
        if EMULATOR:
            self.skipTest(f'{EMULATOR[0]} has memory of its own, and does not tell how a connect ended that did not block')
        self.port = Port(self)

    def crowd(self, kind, count, *addresses, **how):
        """For each line that it says, by name: how often came which errno."""
        result = self.execute([check_program('crowd'), kind, str(count), *map(str, addresses)], timeout=200, **how)
        if result.status == 77:
            self.skipTest(f'{count} {kind} may not be had here')
        self.assertEqual((result.status, result.err), (0, ''), result.out)
        return result.out.splitlines()

    @staticmethod
    def counts(line):
        return {errno.errorcode.get(int(number), 'none'): int(times) for number, times in re.findall(r'errno=(\d+) (\d+)', line)}

    def test_a_process_with_100000_descriptors(self):
        """With fewer, where only a privileged process may have more: then test_machine.py is about so many."""
        count = min(100_000, most_descriptors() - 1000)
        bare = self.crowd('descriptors', count, self.port, preload=False)
        self.assertEqual(self.crowd('descriptors', count, self.port, rules=NEVER_OPENS), bare)
        self.assert_totals(self.port, calls=210, failures=210)
        self.panel = self.new_panel()
        blocking, others, afterwards = map(self.counts, self.crowd('descriptors', count, self.port, rules=rule(self.port)))
        self.assertEqual(blocking, {'ECONNREFUSED': 2, REFUSED: 6})
        self.assertEqual((others[REFUSED], afterwards), (200, {REFUSED: 2}))
        self.assert_totals(self.port, calls=2, refused=208)

    def test_a_process_with_500_threads(self):
        """However they overlap, what each connect came to is in the panel."""
        bare = self.crowd('threads', 500, self.port, preload=False)
        self.assertEqual(self.counts(bare[0]), {'ECONNREFUSED': 10_000})
        self.assertEqual(self.crowd('threads', 500, self.port, rules=NEVER_OPENS), bare)
        self.assert_totals(self.port, calls=10_000, failures=10_000, refused=0)
        self.panel = self.new_panel()
        counts = self.counts(self.crowd('threads', 500, self.port, rules=rule(self.port))[0])
        totals = self.assert_state(self.port, 'open')['totals']
        self.assertEqual(counts, {'ECONNREFUSED': totals['calls'], REFUSED: totals['refused']})
        self.assertEqual(sum(counts.values()), 10_000)

    def leaves_nothing(self, times, rules, **how):
        denied = Port(self)
        early, late, counts = self.crowd('connects', times, self.port, denied, rules=f'{denied} deny fail-with={REFUSED}; {rules}', **how)
        early, late = ([int(word) for word in line.split()] for line in (early, late))
        self.assertEqual(early[:3], late[:3], 'descriptors, threads, mappings')
        self.assertEqual(early[3], late[3], 'kB of addresses')
        self.assertLessEqual(late[4] - early[4], SLACK, 'kB of memory')
        self.assertEqual(self.counts(counts), {'none': times // 4, 'ECONNREFUSED': times // 2, REFUSED: times // 4})

    def test_nothing_more_after_a_million_connects_than_after_a_thousand(self):
        self.leaves_nothing(1_000_000, NEVER_OPENS)

    def test_nor_with_what_else_a_connect_can_come_to(self):
        """Circuits that open and close, lines in a log, answers that are waited for, a limit, another address."""
        opens = '* failures=3 timeout=10ms jitter=0%'
        for log in (self.path('log'), 'syslog'):
            with self.subTest(log):
                self.panel = self.new_panel()
                self.leaves_nothing(400_000, opens, env={'CUTOUT_LOG': log})
        with open(self.path('log'), encoding='utf-8') as lines:
            self.assertGreater(len(lines.readlines()), 20, 'no more than are written at once')
        for options in ('on=response shed=all', 'max-connections=1000', 'connect-timeout=5s', f'fallback={Port(self)}', 'window=1s failure-rate=50%'):
            with self.subTest(options):
                self.panel = self.new_panel()
                self.leaves_nothing(50_000, f'{opens} {options}')
                self.assertGreater(sum(breaker['totals']['trips'] for breaker in self.status()), 0)


if __name__ == '__main__':
    main()
