#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout status: the table, the JSON that others parse, and panels that are not there or not usable."""
import json
import os
import pty
import subprocess

from common import COMMAND, CommandCase, clean_environment, main, need_plain_object

RULES = '*:5432 failures=3 timeout=1h backoff=1 max-timeout=1h jitter=0%; *:443 failures=1 timeout=1ms jitter=0%'

KEYS = ['destination', 'address', 'protocol', 'rule', 'policy', 'state', 'held', 'generation', 'since_seconds',
        'retry_in_seconds', 'counts', 'totals', 'in_flight', 'last_error']
COUNTS = ['requests', 'successes', 'failures', 'ignored', 'consecutive_successes', 'consecutive_failures']
TOTALS = ['calls', 'successes', 'failures', 'ignored', 'slow', 'refused', 'would_refuse', 'fallback', 'late', 'trips',
          'open_seconds']


class Status(CommandCase):
    def fill(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 6379, *['ok'] * 7)
        self.breaker_of(RULES, 'api.example.com', '203.0.113.9', 443, 'ok', 'fail=ETIMEDOUT', 'wait=20ms')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['ok'] * 6, *['fail'] * 3, 'refused', 'refused')

    def test_the_table_has_open_ones_first(self):
        self.fill()
        header, *rows = self.succeeds('status').splitlines()
        self.assertEqual(header.split(), 'STATE DESTINATION ADDRESS CALLS FAILED REFUSED LAST ERROR SINCE RETRY IN'.split())
        cells = [row.split() for row in rows]
        self.assertEqual(cells[0][:7], ['open', 'db.internal:5432', '10.0.0.5:5432', '9', '3', '2', 'ECONNREFUSED'])
        self.assertRegex(cells[0][8], r'^(1h|60m|59m.*)$')
        self.assertEqual(cells[1][:7], ['half-open', 'api.example.com:443', '203.0.113.9:443', '2', '1', '0', 'ETIMEDOUT'])
        self.assertEqual(cells[2][:7], ['closed', '127.0.0.1:6379', '127.0.0.1:6379', '7', '0', '0', '-'])
        self.assertEqual([row[-1] for row in cells[1:]], ['-', '-'])

    def test_those_that_went_to_the_fallback_are_shown_where_there_are_any(self):
        self.breaker_of(RULES, '-', '10.0.0.5', 5432, *['fail'] * 3, 'refused', 'diverted', 'diverted')
        header, row = self.succeeds('status').splitlines()
        self.assertTrue(header.endswith('  RETRY IN  FALLBACK'), header)
        self.assertEqual((row.split()[5], row.split()[-1]), ('1', '2'))
        totals = json.loads(self.succeeds('status', '--json'))['breakers'][0]['totals']
        self.assertEqual((totals['refused'], totals['fallback']), (1, 2))

    def test_those_that_only_observe_mode_lets_pass_are_shown_where_there_are_any(self):
        self.breaker_of(RULES, '-', '10.0.0.5', 5432, *['fail'] * 3, 'observed', 'observed')
        header, row = self.succeeds('status').splitlines()
        self.assertTrue(header.endswith('  RETRY IN  WOULD REFUSE'), header)
        self.assertEqual((row.split()[5], row.split()[-1]), ('0', '2'))
        self.assertIn('refused 0, would refuse 2, trips 1', self.succeeds('explain', '-r', RULES, '10.0.0.5:5432'))
        self.breaker_of(RULES, '-', '10.0.0.5', 5432, 'diverted')
        header, row = self.succeeds('status').splitlines()
        self.assertTrue(header.endswith('  RETRY IN  FALLBACK  WOULD REFUSE'), header)
        self.assertEqual(row.split()[-2:], ['1', '2'])

    def test_columns_are_aligned(self):
        self.fill()
        lines = self.succeeds('status').splitlines()
        for title in ('DESTINATION', 'ADDRESS', 'LAST ERROR'):
            at = lines[0].index(title)
            for line in lines[1:]:
                self.assertEqual((line[at - 1], line[at] != ' '), (' ', True), line)
        ends = {len(line) for line in lines}
        self.assertEqual(len(ends), 1, lines)

    def test_json_has_the_keys_in_their_order(self):
        self.fill()
        whole = json.loads(self.succeeds('status', '--json'))
        self.assertEqual(list(whole), ['panel', 'version', 'breakers', 'mode'])
        self.assertEqual(whole['panel'], self.panel)
        self.assertEqual([one['state'] for one in whole['breakers']], ['open', 'half-open', 'closed'])
        for one in whole['breakers']:
            self.assertEqual(list(one), KEYS)
            self.assertEqual(list(one['counts']), COUNTS)
            self.assertEqual(list(one['totals']), TOTALS)

    def test_json_has_the_values_and_types(self):
        self.fill()
        opened, half, closed = json.loads(self.succeeds('status', '--json'))['breakers']
        self.assertEqual({key: opened[key] for key in ('destination', 'address', 'protocol', 'rule', 'held', 'generation',
                                                       'in_flight', 'last_error')},
                         {'destination': 'db.internal:5432', 'address': '10.0.0.5:5432', 'protocol': 'tcp', 'rule': '*:5432',
                          'held': None, 'generation': 1, 'in_flight': 0, 'last_error': 'ECONNREFUSED'})
        self.assertIn('failures=3', opened['policy'].split())
        self.assertIn('timeout=1h', opened['policy'].split())
        self.assertEqual(set(opened['counts'].values()), {0})
        totals = opened['totals']
        self.assertEqual([totals[key] for key in TOTALS[:-1]], [9, 6, 3, 0, 0, 2, 0, 0, 0, 1])
        self.assertIsInstance(totals['open_seconds'], float)
        self.assertIsInstance(opened['since_seconds'], float)
        self.assertAlmostEqual(opened['since_seconds'] + opened['retry_in_seconds'], 3600, delta=1)
        self.assertAlmostEqual(totals['open_seconds'], opened['since_seconds'], delta=0.1)
        self.assertIsNone(half['retry_in_seconds'])
        self.assertEqual(half['last_error'], 'ETIMEDOUT')
        self.assertIsNone(closed['retry_in_seconds'])
        self.assertIsNone(closed['last_error'])
        self.assertEqual(closed['counts'], dict(zip(COUNTS, [7, 7, 0, 0, 7, 0])))

    def test_decimals_are_written_short(self):
        self.fill()
        for line in self.succeeds('status', '--json').splitlines():
            if '_seconds' in line and 'null' not in line:
                self.assertRegex(line, r': \d+\.\d{1,3},?$')

    def test_calls_in_flight_are_counted(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 80, 'begin', 'begin')
        breaker, = json.loads(self.succeeds('status', '--json'))['breakers']
        self.assertEqual((breaker['in_flight'], breaker['totals']['calls']), (2, 2))

    def test_breakers_of_several_addresses_have_none(self):
        rules = 'db.internal:5432 per=host; *.example.com per=rule'
        self.breaker_of(rules, 'db.internal', '10.0.0.5', 5432, 'ok')
        self.breaker_of(rules, 'api.example.com', '10.0.0.6', 443, 'ok')
        breakers = json.loads(self.succeeds('status', '--json'))['breakers']
        self.assertEqual([(one['destination'], one['address']) for one in breakers],
                         [('*.example.com', '-'), ('db.internal:5432', '-')])

    def test_a_pattern_selects_by_destination_or_address(self):
        self.fill()

        def selected(pattern):
            return [line.split()[1] for line in self.succeeds('status', pattern).splitlines()[1:]]
        self.assertEqual(selected('DB.internal:*'), ['db.internal:5432'])
        self.assertEqual(selected('10.0.0.?:5432'), ['db.internal:5432'])
        self.assertEqual(selected('*.*:*'), ['db.internal:5432', 'api.example.com:443', '127.0.0.1:6379'])
        for command, wrong, near in (('status', 'db', 'db*'), ('trip', 'db.internal', 'db.internal*'),
                                     ('reset', 'internal', '*internal*'), ('events', '5432', '*5432*'), ('status', '', '*')):
            self.complains(1, f'cutout {command}: no breaker matches "{wrong}" in {self.panel} (did you mean "{near}"?)\n',
                           command, wrong)
        self.complains(1, f'cutout status: no breaker matches "other" in {self.panel}\n', 'status', 'other')

    def test_brackets_of_an_address_are_meant_as_they_stand(self):
        self.breaker_of(RULES, '-', '::1', 80, 'ok')
        self.assertIn('[::1]:80', self.succeeds('status', '[::1]:80'))
        self.assertIn('[::1]:80', self.succeeds('status', '[::1]:*'))

    def test_no_panel_yet_is_no_error(self):
        result = self.cutout('status')
        self.assertEqual((result.status, result.out), (0, ''))
        self.assertEqual(result.err, f'cutout status: no panel yet at {self.panel}: nothing has run under cutout\n')
        self.assertEqual(json.loads(self.succeeds('status', '--json'))['breakers'], [])
        self.complains(1, 'no breaker matches "x"', 'status', 'x')
        self.assertFalse(os.path.exists(self.panel))

    def test_a_panel_of_an_earlier_start_of_the_system_is_none(self):
        self.fill()
        self.age_panel()
        self.assertIn('no panel yet', self.cutout('status').err)
        self.assertEqual(json.loads(self.succeeds('status', '--json'))['breakers'], [])
        self.assertIn('cutout_panel_breakers 0\n', self.succeeds('metrics'))
        self.assertEqual(self.succeeds('mode'), 'default\n')
        self.complains(1, 'no panel yet', 'trip', '*')

    def test_a_private_panel_cannot_be_shown(self):
        self.complains(1, 'cutout status: a private panel is known to its programs alone', 'status', '-p', 'private')
        self.complains(1, 'a private panel', 'status', env={'CUTOUT_PANEL': 'private'})

    def compare_lengths(self, command, *operands):
        """Of the longest path that a panel can have, and of one that is longer."""
        for length, status in ((255, 0), (256, 2)):
            result = self.cutout(command, '-p', '/' + 'x' * (length - 1), *operands)
            self.assertEqual((result.status, 'longer than 255 bytes' in result.err), (status, status == 2), command)

    def test_a_path_that_no_panel_can_have_is_told_of(self):
        for command in ('status', 'events', 'metrics'):
            self.compare_lengths(command)

    def test_no_program_is_run_with_such_a_path(self):
        need_plain_object()
        self.compare_lengths('run', 'true')

    def test_an_unusable_panel_is_told_of(self):
        self.write('foreign', 'not a panel\n' * 1000)
        os.chmod(self.path('foreign'), 0o600)
        text = self.complains(1, self.path('foreign'), 'status', '-p', self.path('foreign'))
        self.assertTrue(text.startswith('cutout status: '))
        self.assertEqual(text.count('\n'), 1)
        os.mkdir(self.path('directory'), 0o700)
        self.complains(1, self.path('directory'), 'status', '-p', self.path('directory'))

    def test_a_relative_path_is_refused(self):
        self.complains(2, 'cutout status: -p: "panel" is neither an absolute path nor "private"\n', 'status', '-p', 'panel')
        self.complains(2, 'cutout status: CUTOUT_PANEL: "panel" is', 'status', env={'CUTOUT_PANEL': 'panel'})

    def test_nothing_is_written_to_the_panel(self):
        self.fill()
        with open(self.panel, 'rb') as file:
            before = file.read()
        os.chmod(self.panel, 0o600)
        self.succeeds('status')
        self.succeeds('status', '--json')
        self.succeeds('explain', '-r', RULES, 'db.internal:5432')
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(), before)

    def on_terminal(self, **env):
        leader, follower = pty.openpty()
        environment = {**clean_environment(), 'CUTOUT_PANEL': self.panel, 'TERM': 'xterm', **env}
        subprocess.run([COMMAND, 'status'], stdout=follower, env=environment, check=True, timeout=30)
        os.close(follower)
        text = b''
        while True:
            try:
                data = os.read(leader, 65536)
            except OSError:
                break
            if not data:
                break
            text += data
        os.close(leader)
        return text.decode()

    def test_colours_are_for_terminals_that_want_them(self):
        self.fill()
        self.assertNotIn('\033', self.succeeds('status', env={'TERM': 'xterm'}))
        self.assertIn('\033[31mopen\033[0m', self.on_terminal())
        self.assertNotIn('\033', self.on_terminal(NO_COLOR='1'))
        self.assertNotIn('\033', self.on_terminal(TERM='dumb'))


if __name__ == '__main__':
    main()
