#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 16 and rule 9: inside a sandbox that knows only the program's own system calls."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, check_program, main, named_errors, rule
from servers import Port


class Sandbox(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def confined(self, how, **settings):
        result = self.execute([check_program('sandbox'), how, self.port.text], **settings)
        if result.status == 77:
            self.skipTest('no seccomp filters here')
        self.assertEqual((result.status, result.err), (0, ''))
        return [line.removeprefix('errno=') for line in named_errors(result.out).splitlines()]

    def test_a_program_whose_sandbox_denies_everything_unusual_is_protected(self):
        seen = self.confined('eperm', rules=rule(self.port))
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 8)

    def test_a_program_whose_sandbox_kills_for_everything_unusual_is_protected(self):
        seen = self.confined('kill', rules=rule(self.port))
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 8)

    def test_non_blocking_connects_are_judged_inside_of_it(self):
        seen = self.confined('kill', rules=rule(self.port, failures=7))
        self.assertEqual(seen, ['ECONNREFUSED'] * 7 + [REFUSED] * 3)

    def test_a_sandbox_that_denies_us_even_getsockopt_and_getpid_is_survived(self):
        bare = self.confined('deaf', preload=False)
        self.assertEqual(self.confined('deaf', rules=rule(self.port, failures=99)), bare)
        for breaker in self.status():
            self.assertEqual(breaker['totals']['successes'], 0)

    def test_a_log_that_the_sandbox_denies_is_survived(self):
        for log in ('stderr', self.path('log'), 'syslog'):
            with self.subTest(log):
                self.panel = self.new_panel()
                result = self.execute([check_program('sandbox'), 'eperm', self.port.text], rules=rule(self.port),
                                      env={'CUTOUT_LOG': log})
                if result.status == 77:
                    self.skipTest('no seccomp filters here')
                self.assertEqual((result.status, len(result.out.splitlines())), (0, 10))

    def test_a_log_is_written_in_a_sandbox_that_kills_for_everything_but_what_the_manual_lists(self):
        result = self.execute([check_program('sandbox'), 'kill-but-log', self.port.text], rules=rule(self.port),
                              env={'CUTOUT_LOG': 'stderr'})
        if result.status == 77:
            self.skipTest('no seccomp filters here')
        self.assertEqual((result.status, len(result.out.splitlines())), (0, 10))
        self.assertIn('closed -> open', result.err)


if __name__ == '__main__':
    main()
