#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/bench and scripts/bench-curves, as short as they get: every row, whole pictures, nothing left behind. What the
figures are is no matter here."""
import glob
import os
import re
import shutil
import signal
import sys
import unittest
import xml.dom.minidom

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
TRAFFIC = [f'{call}(), a byte, on a connection, {kind}' for kind in ('untracked', 'tracked')
           for call in ('read', 'write', 'send', 'recv')]
TO_REACH = {'connect() refused': 'at most 150 ns', 'against the refusal by the kernel': 'at least 40 times',
            'system calls in each': 'none', 'connect() admitted, and close()': 'at most +3 %',
            'write() to /dev/null': 'at most +3 ns', 'an exchange of a byte, on=response': 'at most +120 ns',
            **{name: f'at most +{3 if name.endswith("untracked") else 6} ns' for name in TRAFFIC},
            'start and end of /bin/true': 'at most +0.1 ms', 'breaker: admit and report, no clock': 'at most 60 ns',
            'breaker: refuse, no clock': 'at most 20 ns', 'calls of one breaker from two threads': 'at least 7',
            'calls of one breaker from two processes': 'at least 7',
            'find a breaker: 10 destinations, and 100,000': 'at most 2 times'}
REDIS = 'redis-benchmark, GET by 20 clients: a second'
CURVES = {'processes': [1, 2, 4, 8, 16, 32, 64], 'destinations': [10 ** power for power in range(6)],
          'rules': [10 ** power for power in range(5)]}


def texts(picture):
    return [node.firstChild.data for node in picture.getElementsByTagName('text')]


@unittest.skipIf(os.environ.get('CUTOUT_SANITIZERS'), 'what a build with sanitizers costs is not looked for')
class Bench(harness.Case):
    def how(self):
        os.makedirs(self.path('tmp'), exist_ok=True)
        return dict(preload=False, env={'TMPDIR': self.path('tmp'), 'CUTOUT_BUILD': harness.BUILD})

    def processes(self):
        """Those that have inherited our TMPDIR."""
        found = []
        for name in glob.glob('/proc/[0-9]*/environ'):
            try:
                with open(name, 'rb') as file:
                    if f'TMPDIR={self.path("tmp")}\0'.encode() in file.read():
                        found.append(name)
            except OSError:
                pass
        return found

    def draw(self, script):
        result = self.execute([os.path.join(SOURCE, 'scripts', script), '-q', '-p', self.path('picture.svg')], timeout=400,
                              **self.how())
        self.assertEqual((result.status, result.err), (0, ''), result.out)
        self.assertEqual(os.listdir(self.path('tmp')), [])
        self.assertEqual(self.processes(), [])
        return result.out, xml.dom.minidom.parse(self.path('picture.svg'))

    def test_the_table_has_every_row_and_what_was_to_reach_and_the_picture_too(self):
        out, picture = self.draw('bench')
        wanted = dict(TO_REACH)
        if shutil.which('redis-server') and shutil.which('redis-benchmark'):
            wanted[REDIS] = 'at least 0.98'
        for name, reach in wanted.items():
            with self.subTest(row=name):
                self.assertRegex(out, rf'(?m)^ *{re.escape(name)} .* {re.escape(reach)}$')
        written = texts(picture)
        self.assertEqual(sorted(set(wanted) - set(written)), [])
        bars = [node for node in picture.getElementsByTagName('rect') if node.getAttribute('class') == 'row']
        self.assertEqual(len(bars), len(wanted))

    def test_the_curves_have_every_point_bare_and_preloaded(self):
        out, picture = self.draw('bench-curves')
        points = re.findall(r'(?m)^(\w+) +(\d+) +([1-9]\d*) +([1-9]\d*) +[\d.]+$', out)
        self.assertEqual([(name, int(count)) for name, count, _, _ in points],
                         [(name, count) for name, counts in CURVES.items() for count in counts])
        drawn = [len(node.getAttribute('points').split()) for node in picture.getElementsByTagName('polyline')]
        self.assertEqual(drawn, [len(counts) for counts in CURVES.values() for _ in range(2)])

    def test_a_signal_leaves_nothing_behind(self):
        for script in ('bench', 'bench-curves'):
            with self.subTest(script=script):
                process = self.start([os.path.join(SOURCE, 'scripts', script), '-q'], **self.how())
                harness.wait_until(lambda: os.listdir(self.path('tmp')), what='the first run')
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(60), 143)
                harness.wait_until(lambda: not self.processes(), what='its processes to be gone')
                self.assertEqual(os.listdir(self.path('tmp')), [])


if __name__ == '__main__':
    harness.main()
