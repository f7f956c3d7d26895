#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/quickstart, on what is built already."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
QUICKSTART = os.path.join(SOURCE, 'scripts', 'quickstart')


class Quickstart(harness.Case):
    def how(self):
        os.mkdir(self.path('tmp'))
        return dict(preload=False, env={'TMPDIR': self.path('tmp'), 'NO_COLOR': '1'})

    def test_the_circuit_opens_and_closes_in_front_of_the_reader(self):
        harness.need('curl')
        result = self.execute([QUICKSTART, '-b', harness.BUILD], timeout=60, **self.how())
        self.assertEqual((result.status, result.err), (0, ''), result.out)
        for words in ('hello from the server', 'closed -> open: consecutive failures',
                      'open -> half-open: timeout over', 'half-open -> closed: recovered'):
            self.assertIn(words, result.out)
        self.assertNotIn('\033', result.out)
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_an_interrupt_leaves_nothing_behind(self):
        harness.need('curl')
        process = self.start([QUICKSTART, '-b', harness.BUILD], **self.how())
        harness.wait_until(lambda: 'The server dies' in process.stdout.readline())
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(20), 130)
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_an_unknown_option_is_refused_before_anything_happens(self):
        result = self.execute([QUICKSTART, '-x'], **self.how())
        self.assertEqual((result.status, result.out), (2, ''))
        self.assertIn('usage: ', result.err)


if __name__ == '__main__':
    harness.main()
