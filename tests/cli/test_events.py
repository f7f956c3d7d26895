#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout events: what an outage looks like afterwards, as it happens, and to a command."""
import json
import os
import signal
import subprocess
import time

from common import COMMAND, CommandCase, clean_environment, main
from harness import wait_until

RULES = '* failures=2 timeout=50ms backoff=1 max-timeout=50ms jitter=0% successes=1'

KEYS = ['time', 'destination', 'address', 'generation', 'from', 'to', 'reason', 'counts', 'last_error', 'pid', 'program',
        'retry_in_seconds']
COUNTS = ['requests', 'successes', 'failures', 'ignored', 'consecutive_successes', 'consecutive_failures']


class Events(CommandCase):
    def outage(self, name='db.internal', address='10.0.0.5', port=5432):
        self.breaker_of(RULES, name, address, port, 'ok', 'fail', 'fail', 'refused', 'wait=120ms', 'ok')

    def objects(self, *arguments):
        return [json.loads(line) for line in self.succeeds('events', '--json', *arguments).splitlines()]

    def follow(self, *arguments):
        environment = clean_environment() | {'CUTOUT_PANEL': self.panel}
        process = subprocess.Popen([COMMAND, 'events', '--follow', *arguments], env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=self.directory)
        self.addCleanup(self.finish, process)
        return process

    def test_an_outage_is_three_lines(self):
        self.outage()
        lines = self.succeeds('events').splitlines()
        start = r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z make_panel\[\d+\]: db\.internal:5432 \(10\.0\.0\.5:5432\): '
        for line, rest in zip(lines, ('closed -> open: consecutive failures '
                                      '\\(2 of 3 calls failed, last ECONNREFUSED\\), retry in 0.0s',
                                      'open -> half-open: timeout over', 'half-open -> closed: recovered')):
            self.assertRegex(line, start + rest + '$')
        self.assertEqual(len(lines), 3)

    def test_json_has_the_keys_and_values(self):
        self.outage()
        opened, half, closed = self.objects()
        for one in (opened, half, closed):
            self.assertEqual((list(one), list(one['counts'])), (KEYS, COUNTS))
        self.assertEqual({key: opened[key] for key in ('destination', 'address', 'generation', 'from', 'to', 'reason', 'last_error',
                                                       'program')},
                         {'destination': 'db.internal:5432', 'address': '10.0.0.5:5432', 'generation': 1, 'from': 'closed',
                          'to': 'open', 'reason': 'consecutive failures', 'last_error': 'ECONNREFUSED', 'program': 'make_panel'})
        self.assertEqual(opened['counts'], dict(zip(COUNTS, (3, 1, 2, 0, 0, 2))))
        self.assertEqual(closed['counts'], dict(zip(COUNTS, (1, 1, 0, 0, 1, 0))))
        self.assertAlmostEqual(opened['retry_in_seconds'], 0.05, delta=0.01)
        self.assertEqual([half['retry_in_seconds'], closed['retry_in_seconds']], [None, None])
        self.assertEqual([one['generation'] for one in (opened, half, closed)], [1, 2, 3])
        stamp = time.mktime(time.strptime(opened['time'][:19], '%Y-%m-%dT%H:%M:%S')) - time.timezone
        self.assertAlmostEqual(stamp, time.time(), delta=30)

    def test_orders_by_hand_are_manual(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 80, 'ok')
        self.succeeds('trip', '*', '--hold')
        self.succeeds('trip', '*', '--for=10h')
        self.succeeds('reset', '*')
        self.assertEqual([(one['from'], one['to'], one['reason'], one['program'], one['retry_in_seconds'] and
                           round(one['retry_in_seconds'])) for one in self.objects()],
                         [('closed', 'open', 'manual', 'cutout', None), ('open', 'open', 'manual', 'cutout', 36000),
                          ('open', 'closed', 'manual', 'cutout', None)])

    def test_a_pattern_selects(self):
        self.outage()
        self.outage('-', '127.0.0.1', 80)
        self.assertEqual(len(self.objects()), 6)
        self.assertEqual({one['destination'] for one in self.objects('DB.*')}, {'db.internal:5432'})
        self.assertEqual({one['destination'] for one in self.objects('127.0.0.?:80')}, {'127.0.0.1:80'})
        self.complains(1, f'cutout events: no breaker matches "x" in {self.panel}\n', 'events', 'x')

    def test_since_selects(self):
        self.outage()
        self.assertEqual(len(self.objects('--since', '10m')), 3)
        result = self.cutout('events', '--since', '0')
        self.assertEqual((result.status, result.out), (0, ''))
        self.assertIn('no change of state since then', result.err)

    def test_what_was_overwritten_is_shown_as_lost(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 80, *['ok', 'fail', 'fail', 'refused', 'wait=51500us'] * 8)
        whole = self.objects()
        self.assertEqual([one['generation'] for one in whole], list(range(1, len(whole) + 1)))
        with open(self.panel, 'r+b') as panel:
            panel.seek(self.events_offset(panel) + 128 * 4 + 8 * 9)
            panel.write(bytes(8))
            panel.seek(self.events_offset(panel) + 128 * 5)
            panel.write(bytes(128))
        left = self.objects()
        self.assertEqual([one['generation'] for one in left],
                         [one['generation'] for one in whole if one['generation'] not in (5, 6)])
        self.assertEqual([one.get('lost') for one in left[:5]], [None] * 4 + [2])
        self.assertIn('cutout: 127.0.0.1:80: 2 earlier changes are lost\n', self.succeeds('events'))

    @staticmethod
    def events_offset(panel):
        """From the table of sections in the header: kind, size of an entry, offset."""
        panel.seek(128)
        table = panel.read(16 * 32)
        for at in range(0, len(table), 32):
            if int.from_bytes(table[at:at + 4], 'little') == 3:
                return int.from_bytes(table[at + 8:at + 16], 'little')
        raise AssertionError('no events')

    def test_following_shows_what_was_and_what_comes(self):
        self.outage()
        process = self.follow('--json')
        seen = [json.loads(process.stdout.readline())['generation'] for _ in range(3)]
        self.succeeds('trip', '*')
        self.assertEqual([*seen, json.loads(process.stdout.readline())['reason']], [1, 2, 3, 'manual'])
        process.send_signal(signal.SIGINT)
        self.assertEqual((process.wait(20), process.stderr.read()), (-signal.SIGINT, ''))

    def test_following_waits_for_a_panel_and_goes_over_to_a_new_one(self):
        process = self.follow()
        self.assertIn('waiting for one', process.stderr.readline())
        for address in ('10.0.0.5', '10.0.0.6'):
            self.outage('-', address)
            for to in ('-> open', '-> half-open', '-> closed'):
                line = process.stdout.readline()
                self.assertIn(f'{address}:5432: ', line)
                self.assertIn(to, line)
            os.unlink(self.panel)

    @staticmethod
    def maps(pid):
        with open(f'/proc/{pid}/maps', encoding='utf-8') as file:
            return file.read()

    def test_since_0_is_only_what_comes(self):
        self.outage()
        process = self.follow('--json', '--since=0')
        wait_until(lambda: self.panel in self.maps(process.pid))
        self.succeeds('trip', '*')
        self.assertEqual(json.loads(process.stdout.readline())['generation'], 4)

    def test_a_command_gets_the_fields_and_the_object(self):
        self.outage()
        names = ('DESTINATION', 'TO', 'FAILURES', 'RETRY_IN_SECONDS')
        fields = '|'.join(f'$CUTOUT_EVENT_{name}' for name in names)
        self.succeeds('events', '--exec', f'echo "{fields}" >> env; cat >> json')
        with open(self.path('env'), encoding='ascii') as file:
            lines = file.read().splitlines()
        self.assertRegex(lines[0], r'^db\.internal:5432\|open\|2\|0\.05\d$')
        self.assertEqual(lines[1:], ['db.internal:5432|half-open|0|', 'db.internal:5432|closed|0|'])
        with open(self.path('json'), encoding='utf-8') as file:
            self.assertEqual([json.loads(line) for line in file], self.objects())

    def test_a_variable_is_there_for_every_key(self):
        self.outage()
        self.succeeds('events', '--exec', 'env > env.$CUTOUT_EVENT_GENERATION')
        with open(self.path('env.1'), encoding='utf-8') as file:
            names = {line.partition('=')[0] for line in file}
        for key in (*KEYS, *COUNTS):
            if key != 'counts':
                self.assertIn('CUTOUT_EVENT_' + key.upper(), names)

    def test_commands_run_one_at_a_time_and_failures_are_told(self):
        self.outage()
        result = self.cutout('events', '--exec', 'mkdir busy && sleep 0.1 && rmdir busy; exit 3')
        self.assertEqual((result.status, result.err),
                         (0, 'cutout events: warning: "mkdir busy && sleep 0.1 && rmdir busy; exit 3": exit status 3\n' * 3))

    def test_a_command_that_takes_too_long_is_killed_with_all_it_started(self):
        self.outage()
        result = self.cutout('events', '--exec-timeout=1s', '--exec', 'echo $$ >> pids; sleep 1000 & echo $! >> pids; wait')
        self.assertEqual(result.status, 0)
        self.assertEqual(result.err.count('killed, not done within 1.0s\n'), 3)
        with open(self.path('pids'), encoding='ascii') as file:
            pids = file.read().split()
        self.assertEqual(len(pids), 6)
        wait_until(lambda: not any(self.is_running(pid) for pid in pids))

    @staticmethod
    def is_running(pid):
        try:
            with open(f'/proc/{pid}/stat', encoding='ascii') as file:
                return file.read().split()[2] != 'Z'
        except OSError:
            return False

    def test_a_command_ends_with_us(self):
        self.outage()
        process = self.follow('--exec', 'echo $$ > pid.new && mv pid.new pid; sleep 1000')
        wait_until(lambda: os.path.exists(self.path('pid')))
        with open(self.path('pid'), encoding='ascii') as file:
            pid = file.read().strip()
        process.terminate()
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        wait_until(lambda: not self.is_running(pid))

    def test_no_panel_yet_is_no_error(self):
        result = self.cutout('events')
        self.assertEqual((result.status, result.out), (0, ''))
        self.assertIn('no panel yet at', result.err)
        self.complains(1, 'a private panel is known to its programs alone', 'events', '-p', 'private')
        self.breaker_of(RULES, '-', '127.0.0.1', 80, 'ok')
        self.assertIn('no change of state yet', self.cutout('events').err)

    def test_without_a_panel_a_pattern_matches_nothing(self):
        for path in (self.panel, self.path('none/panel')):
            self.complains(1, f'cutout events: no breaker matches "127*" in {path}\n', 'events', '-p', path, '127*')

    def test_a_panel_of_an_earlier_start_is_none(self):
        self.outage()
        self.age_panel()
        self.assertIn('no panel yet at', self.cutout('events').err)
        process = self.follow()
        self.assertIn('waiting for one', process.stderr.readline())
        self.outage('-', '10.0.0.6')
        self.assertIn('10.0.0.6:5432: ', process.stdout.readline())

    def test_wrong_usage(self):
        for arguments, complaint in ((('a', 'b'), 'one pattern at a time'), (('--since', '10'), '--since: "10" is no duration'),
                                     (('--exec-timeout', 'x'), '--exec-timeout: "x" is no duration'),
                                     (('--exec-timeout', '0', '--exec', 'true'), '--exec-timeout: the duration must be longer'),
                                     (('--since', '8761h'), '--since: "8761h" is no duration up to a year'),
                                     (('--folow',), 'did you mean "--follow"?'), (('--exec',), 'option "--exec" needs a value')):
            with self.subTest(arguments):
                self.complains(2, complaint, 'events', *arguments)


if __name__ == '__main__':
    main()
