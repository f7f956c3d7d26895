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

from harness import REFUSED, Case, check_program, main, need_native, rule
from servers import Port

NEVER_OPENS = '* failures=65535'

# What malloc and the C library take now and then.
SLACK = 256


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
        need_native('what a great many costs is seen where the object is at home')
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

    def test_nothing_more_after_a_million_connects_than_after_a_thousand(self):
        denied = Port(self)
        early, late, counts = self.crowd('connects', 1_000_000, self.port, denied, rules=f'{denied} deny fail-with={REFUSED}; {NEVER_OPENS}')
        self.assertEqual(self.counts(counts), {'none': 250_000, 'ECONNREFUSED': 500_000, REFUSED: 250_000})
        early, late = ([int(word) for word in line.split()] for line in (early, late))
        self.assertEqual(early[:3], late[:3], 'descriptors, threads, mappings')
        self.assertEqual(early[3], late[3], 'kB of addresses')
        self.assertLessEqual(late[4] - early[4], SLACK, 'kB of memory')


if __name__ == '__main__':
    main()
