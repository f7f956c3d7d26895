#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/demo-cascade, in a third of its time: what it tells of a silent bank, and that it leaves nothing behind."""
import os
import re
import signal
import sys
import xml.dom.minidom

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
DEMO = os.path.join(SOURCE, 'scripts', 'demo-cascade')


class Cascade(harness.Case):
    def how(self):
        os.mkdir(self.path('tmp'))
        return dict(preload=False, env={'TMPDIR': self.path('tmp')})

    def test_with_cutout_payments_are_told_to_come_later_and_without_nobody_is(self):
        result = self.execute([DEMO, '-q', '-b', harness.BUILD, '-o', self.path('cascade.svg')], timeout=110, **self.how())
        self.assertEqual((result.status, result.err), (0, ''), result.out)
        without, under = (re.findall(r'  payment +\d+ answered, (\d+) told at once', part) for part in result.out.split('With cutout'))
        self.assertEqual(without, ['0'])
        self.assertGreater(int(under[0]), 0, result.out)
        picture = xml.dom.minidom.parse(self.path('cascade.svg'))
        self.assertGreater(len(picture.getElementsByTagName('circle')), 50)
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_an_interrupt_leaves_nothing_behind(self):
        process = self.start([DEMO, '-q', '-b', harness.BUILD], **self.how())
        harness.wait_until(lambda: os.listdir(self.path('tmp')), what='the shop to open')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 130)
        self.assertEqual(os.listdir(self.path('tmp')), [])


if __name__ == '__main__':
    harness.main()
