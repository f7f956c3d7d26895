#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that connects to 100,000 destinations: it works, memory stays bounded, open circuits are kept."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import re

import servers
from harness import REFUSED, Case, check_program, main, named_errors
from servers import Port

COUNT = 100000
BROKEN = 20

# Nobody listens there, and with one failure each their circuits stay open.
BEYOND = '''
import socket
for number in range(3000):
    with socket.socket() as one:
        one.connect_ex((f'127.9.{number // 250}.{number % 250 + 1}', 9))
'''


class Many(Case):
    def wander(self, port, broken, **how):
        result = self.execute([check_program('wander'), str(COUNT), str(port.number), *(one.text for one in broken)],
                              timeout=300, **how)
        self.assertEqual((result.status, result.err), (0, ''))
        lines = named_errors(result.out).splitlines()
        return lines[:-2], re.findall(r'\d+', lines[-2]), [int(text) for text in re.findall(r'\d+', lines[-1])]

    def test_a_hundred_thousand_destinations(self):
        port = Port(self, host='0.0.0.0')
        port.start(servers.reset)
        broken = [Port(self) for _ in range(BROKEN)]
        rules = f'* failures=2 timeout=1h backoff=1 jitter=0% fail-with={REFUSED}'
        seen, counted, times = self.wander(port, broken, rules=rules)
        self.assertEqual(seen, [f'{one.text} {REFUSED}' for one in broken], 'their circuits stayed open')
        # A server that resets may be faster than the thread that its answer wakes: then connect() itself says so.
        for got, made in zip(counted, (COUNT // 10, COUNT - COUNT // 10)):
            self.assertLessEqual(made - int(got), made // 1000)
        self.assertEqual(counted[2], counted[3], 'its address space has grown')
        self.assertEqual(os.path.getsize(self.panel), 7639040)
        self.assert_figures()
        self.note_times(port, broken, times)

    def assert_figures(self):
        text = self.command('metrics', '-p', self.panel).out
        figures = dict(re.findall(r'^(cutout_panel_\w+) (\d+)$', text, re.MULTILINE))
        breakers = int(figures['cutout_panel_breakers'])
        self.assertEqual(breakers, int(figures['cutout_panel_capacity']), 'the panel is full')
        evictions = int(figures['cutout_panel_evictions_total'])
        self.assertEqual(evictions, COUNT + BROKEN - breakers, 'each has had a breaker')
        found = [breaker for breaker in self.status() if breaker['state'] == 'open']
        self.assertEqual(len(found), BROKEN)

    def test_calls_for_which_no_breaker_can_make_room_are_told_of(self):
        rules = '* failures=1 timeout=1h jitter=0%'
        result = self.execute([sys.executable, '-c', BEYOND], timeout=60, rules=rules)
        self.assertEqual((result.status, result.err), (0, ''))
        text = self.command('metrics', '-p', self.panel).out
        capacity = int(re.search(r'^cutout_panel_capacity (\d+)$', text, re.MULTILINE)[1])
        self.assertIn(f'\ncutout_panel_unprotected_calls_total {3000 - capacity}\n', text)
        self.assertEqual(self.command('status', '-p', self.panel).out.splitlines()[0],
                         f'{3000 - capacity} calls passed unprotected: the panel was full, and no breaker could make room')

    def note_times(self, port, broken, times):
        """Shown, not judged: the machine may be busy."""
        _, _, bare = self.wander(port, broken, preload=False)
        print('# a connect, ns: at first %d, at last %d; without the object %d, %d' % (*times, *bare))


if __name__ == '__main__':
    main()
