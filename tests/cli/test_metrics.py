#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout metrics: valid, whole, nothing twice; and the file for node_exporter is replaced as one piece."""
import json
import os
import re
import resource
import stat
import subprocess

import prometheus
from common import COMMAND, MAKE_PANEL, CommandCase, clean_environment, main, need_plain_object
from harness import need

RULES = '*:5432 failures=3 timeout=1h backoff=1 max-timeout=1h jitter=0%; *:443 failures=1 timeout=1ms jitter=0%'

TYPES = {
    'circuit_breaker_state': 'gauge',
    'circuit_breaker_held': 'gauge',
    'circuit_breaker_trips_total': 'counter',
    'circuit_breaker_transitions_total': 'counter',
    'circuit_breaker_calls_total': 'counter',
    'circuit_breaker_refused_total': 'counter',
    'circuit_breaker_fallback_total': 'counter',
    'circuit_breaker_would_refuse_total': 'counter',
    'circuit_breaker_late_results_total': 'counter',
    'circuit_breaker_failures_total': 'counter',
    'circuit_breaker_call_duration_seconds': 'histogram',
    'circuit_breaker_open_seconds_total': 'counter',
    'circuit_breaker_retry_in_seconds': 'gauge',
    'circuit_breaker_in_flight': 'gauge',
    'circuit_breaker_connections': 'gauge',
    'cutout_panel_breakers': 'gauge',
    'cutout_panel_capacity': 'gauge',
    'cutout_panel_evictions_total': 'counter',
    'cutout_panel_unprotected_calls_total': 'counter',
    'cutout_build_info': 'gauge',
}
OF_THE_PANEL = [name for name in TYPES if name.startswith('cutout_')]
DATABASE = {'destination': 'db.internal:5432', 'address': '10.0.0.5:5432', 'rule': '*:5432'}


class MetricsCase(CommandCase):
    def parse(self, data):
        families = prometheus.parse(data)
        self.assertIn(prometheus.promtool_complaints(data), ('', None))
        return families

    def metrics(self, *arguments):
        environment = {**clean_environment(), 'CUTOUT_PANEL': self.panel}
        done = subprocess.run([COMMAND, 'metrics', *arguments], env=environment, capture_output=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        return self.parse(done.stdout)

    @staticmethod
    def value(families, name, **labels):
        """Of the one series that has these labels, and perhaps others."""
        found = [value for (_, has), value in families[name].samples.items() if labels.items() <= dict(has).items()]
        assert len(found) == 1, (name, labels, found)
        return found[0]

    @staticmethod
    def by(families, name, *keys):
        return {tuple(dict(labels).get(key) for key in keys): value
                for (_, labels), value in families[name].samples.items()}

    def fill(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 6379, *['ok'] * 5, 'ok=3ms', 'ok=1h')
        self.breaker_of(RULES, 'api.example.com', '203.0.113.9', 443, 'ok', 'fail=ETIMEDOUT', 'wait=20ms')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['ok'] * 6, *['fail'] * 3, 'refused', 'diverted', 'refused', 'connected',
                        'observed')


class Metrics(MetricsCase):
    def test_every_metric_is_there_with_its_type_and_labels(self):
        self.fill()
        families = self.metrics()
        self.assertEqual({name: family.type for name, family in families.items()}, TYPES)
        extra = {'circuit_breaker_transitions_total': {'from', 'to'}, 'circuit_breaker_calls_total': {'outcome'},
                 'circuit_breaker_failures_total': {'error'}, 'circuit_breaker_call_duration_seconds': {'le'}}
        for name, family in families.items():
            for series, labels in family.samples:
                expected = {'destination', 'address', 'rule'} | extra.get(name, set())
                if name in OF_THE_PANEL:
                    expected = {'version'} if name == 'cutout_build_info' else set()
                if series.endswith(('_sum', '_count')):
                    expected -= {'le'}
                self.assertEqual(set(dict(labels)), expected, name)

    def test_values_are_those_of_the_breakers(self):
        self.fill()
        families = self.metrics()
        self.assertEqual(self.by(families, 'circuit_breaker_state', 'destination'),
                         {('db.internal:5432',): 1, ('api.example.com:443',): 2, ('127.0.0.1:6379',): 0})
        for name, value in (('held', 0), ('trips_total', 1), ('refused_total', 2), ('fallback_total', 1), ('would_refuse_total', 1),
                            ('late_results_total', 0), ('in_flight', 0)):
            self.assertEqual(self.value(families, f'circuit_breaker_{name}', **DATABASE), value, name)
        outcomes = {outcome: self.value(families, 'circuit_breaker_calls_total', outcome=outcome, **DATABASE)
                    for outcome in ('success', 'failure', 'slow', 'ignored')}
        self.assertEqual(outcomes, {'success': 6, 'failure': 3, 'slow': 0, 'ignored': 0})
        self.assertEqual(self.by(families, 'circuit_breaker_failures_total', 'destination', 'error'),
                         {('db.internal:5432', 'ECONNREFUSED'): 3, ('api.example.com:443', 'ETIMEDOUT'): 1})
        waiting = self.value(families, 'circuit_breaker_retry_in_seconds', **DATABASE)
        opened = self.value(families, 'circuit_breaker_open_seconds_total', **DATABASE)
        self.assertGreater(opened, 0)
        self.assertAlmostEqual(waiting + opened, 3600, delta=1)
        self.assertEqual(self.value(families, 'circuit_breaker_retry_in_seconds', destination='127.0.0.1:6379'), 0)

    def test_values_of_the_panel(self):
        self.fill()
        families = self.metrics()
        self.assertEqual([self.value(families, f'cutout_panel_{name}') for name in ('breakers', 'evictions_total')], [3, 0])
        self.assertGreater(self.value(families, 'cutout_panel_capacity'), 1000)
        version = json.loads(self.succeeds('status', '--json'))['version']
        self.assertEqual(self.value(families, 'cutout_build_info', version=version), 1)

    def test_changes_of_state_are_counted_by_kind(self):
        self.breaker_of('* failures=2 timeout=1ms backoff=1 jitter=0%', '-', '127.0.0.1', 80, 'fail', 'fail', 'wait=20ms',
                        'fail', 'wait=20ms', 'ok', 'ok')
        families = self.metrics()
        self.assertEqual(self.by(families, 'circuit_breaker_transitions_total', 'from', 'to'),
                         {('closed', 'open'): 1, ('open', 'half-open'): 2, ('half-open', 'open'): 1,
                          ('half-open', 'closed'): 1, ('open', 'closed'): 0})
        self.assertEqual(self.value(families, 'circuit_breaker_trips_total'), 2)

    def test_durations_are_in_a_cumulative_histogram(self):
        self.fill()
        samples = self.metrics()['circuit_breaker_call_duration_seconds'].samples
        mine = {(name.rpartition('_')[2], dict(labels).get('le')): value for (name, labels), value in samples.items()
                if dict(labels)['destination'] == '127.0.0.1:6379'}
        self.assertEqual(mine[('count', None)], 7)
        self.assertAlmostEqual(mine[('sum', None)], 3600.003, delta=0.01)
        self.assertEqual([mine[('bucket', bound)] for bound in ('0.0025', '0.005', '30', '+Inf')], [5, 6, 6, 7])
        self.assertEqual(len(mine), 16 + 2)

    def test_failures_have_their_errors_and_the_rest_is_other(self):
        errors = ['E2BIG', 'EBUSY', 'ECHILD', 'EDOM', 'EEXIST', 'EFBIG', 'EIO', 'EMLINK', 'ENODEV', 'ENOENT', 'ENOEXEC', 'ENOMEM',
                  'ENOSPC']
        self.breaker_of('* failures=1000 count=' + ','.join(errors), '-', '127.0.0.1', 80, *(f'fail={name}' for name in errors))
        families = self.metrics()
        counts = self.by(families, 'circuit_breaker_failures_total', 'error')
        self.assertEqual(counts.pop(('other',)), 2)
        self.assertEqual(counts, {(name,): 1 for name in errors[:11]})
        self.assertEqual(self.value(families, 'circuit_breaker_calls_total', outcome='failure'), len(errors))

    def test_names_of_any_bytes_are_valid(self):
        self.breaker_of('*', 'quo"te\\back', '10.0.0.1', 80, 'ok')
        self.breaker_of('*', 'b\u00fccher', '10.0.0.2', 80, 'ok')
        self.breaker_of('*', 'latin\udcfc1', '10.0.0.3', 80, 'ok')
        self.breaker_of('*', 'line\nend', '10.0.0.4', 80, 'ok')
        self.breaker_of('*', '\u20ac' * 60, '10.0.0.5', 80, 'ok')
        names = {address: name for name, address in self.by(self.metrics(), 'circuit_breaker_state', 'destination', 'address')}
        cut = names.pop('10.0.0.5:80')
        self.assertEqual(names, {'10.0.0.1:80': 'quo"te\\back:80', '10.0.0.2:80': 'b\u00fccher:80',
                                 '10.0.0.3:80': 'latin\ufffd1:80', '10.0.0.4:80': 'line?end:80'})
        self.assertRegex(cut, '\\A\u20ac+\ufffd*\\Z')

    def test_breakers_with_the_same_labels_are_told_apart_by_a_fourth(self):
        self.breaker_of('*:5432 failures=3', 'db.internal', '10.0.0.5', 5432, *['fail'] * 3)
        alone = self.by(self.metrics(), 'circuit_breaker_state', 'destination', 'breaker')
        self.assertEqual(alone, {('db.internal:5432', None): 1})
        self.breaker_of('*:5432 failures=4', 'db.internal', '10.0.0.5', 5432, *['fail'] * 3)
        self.breaker_of('*:5432 failures=4', 'db.internal', '10.0.0.6', 5432, 'ok')
        families = self.metrics()
        states = self.by(families, 'circuit_breaker_state', 'address', 'breaker')
        self.assertEqual(states.pop(('10.0.0.6:5432', None)), 0)
        self.assertEqual(sorted(states.values()), [0, 1])
        for address, breaker in states:
            self.assertEqual(address, '10.0.0.5:5432')
            self.assertRegex(breaker, r'\A[0-9a-f]{16}\Z')
        self.assertEqual(self.by(self.metrics(), 'circuit_breaker_state', 'address', 'breaker').keys(),
                         self.by(families, 'circuit_breaker_state', 'address', 'breaker').keys())

    def test_connections_that_nobody_counts_are_not_made_up(self):
        self.breaker_of('*', '-', '127.0.0.1', 6379, 'ok')
        self.assertNotIn('connections', self.succeeds('metrics'))
        self.fill()
        self.assertEqual(self.by(self.metrics(), 'circuit_breaker_connections', 'destination'), {('db.internal:5432',): 1})

    def test_a_pattern_selects_by_destination_or_address(self):
        self.fill()
        families = self.metrics('10.0.0.?:5432')
        self.assertEqual(list(self.by(families, 'circuit_breaker_state', 'destination')), [('db.internal:5432',)])
        self.assertEqual(self.value(families, 'cutout_panel_breakers'), 3)

    def test_a_pattern_that_matches_nothing_is_told_of_beside_the_panel(self):
        self.fill()
        result = self.cutout('metrics', 'db')
        complaint = f'cutout metrics: no breaker matches "db" in {self.panel} (did you mean "db*"?)\n'
        self.assertEqual((result.status, result.err), (1, complaint))
        self.assertEqual(list(self.parse(result.out.encode())), OF_THE_PANEL)

    def test_without_a_panel_there_are_its_figures(self):
        families = self.metrics()
        self.assertEqual(list(families), OF_THE_PANEL)
        self.assertEqual(self.value(families, 'cutout_panel_breakers'), 0)
        self.assertFalse(os.path.exists(self.panel))

    def test_a_panel_that_cannot_be_read_is_told_of(self):
        self.complains(1, 'a private panel', 'metrics', '-p', 'private')
        self.write('foreign', 'not a panel\n')
        self.complains(1, self.path('foreign'), 'metrics', '-p', self.path('foreign'))
        self.complains(2, 'cutout metrics: one pattern at a time, not also "b"\n', 'metrics', 'a', 'b')
        self.complains(2, 'cutout metrics: option "--textfile" needs a value\n', 'metrics', '--textfile')

    def test_a_full_disk_is_noticed(self):
        with open('/dev/full', 'w', encoding='ascii') as full:
            result = self.cutout('metrics', stdout=full)
        self.assertEqual((result.status, result.err), (1, 'cutout metrics: standard output: No space left on device\n'))

    def test_while_calls_are_made_it_is_valid_and_counters_only_grow(self):
        rules = '* failures=2 timeout=1ms backoff=1 jitter=0% successes=1'
        calls = ['fail', 'fail', 'wait=3ms', 'ok', 'ok=2ms'] * 150
        program = subprocess.Popen([MAKE_PANEL, self.panel, rules, '-', '127.0.0.1', '80', *calls], env=clean_environment())
        self.addCleanup(self.finish, program)
        before, readings = {}, 0
        while program.poll() is None or readings == 0:
            families = self.metrics()
            readings += 1
            now = {key: value for name, family in families.items() if family.type != 'gauge'
                   for key, value in family.samples.items()}
            for key, value in before.items():
                self.assertGreaterEqual(now[key], value, key)
            before = now
        self.assertEqual(program.returncode, 0)

    def test_every_metric_is_in_the_page(self):
        with open(os.path.join(os.path.dirname(__file__), '..', '..', 'man', 'cutout.1'), encoding='utf-8') as file:
            described = re.findall(r'(?m)^\.It (?:Cm|Li) ((?:circuit_breaker|cutout)_\w+)', file.read())
        self.assertEqual(sorted(described), sorted(TYPES))


class Textfile(MetricsCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('collector'))
        self.file = self.path('collector', 'cutout.prom')

    def read(self):
        with open(self.file, 'rb') as file:
            return self.parse(file.read())

    def refuses(self, complaint, target, **how):
        before = sorted(os.listdir(self.path('collector')))
        result = self.cutout('metrics', '--textfile', target, **how)
        self.assertEqual((result.status, result.out, result.err), (1, '', f'cutout metrics: {target}: {complaint}\n'))
        self.assertEqual(sorted(os.listdir(self.path('collector'))), before)

    def test_the_file_has_what_would_be_printed_and_all_may_read_it(self):
        self.fill()
        self.assertEqual(self.succeeds('metrics', '--textfile', self.file, umask=0o077), '')
        self.assertEqual(set(self.read()), set(TYPES))
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o644)
        self.assertEqual(os.listdir(self.path('collector')), ['cutout.prom'])
        self.succeeds('metrics', '--textfile=collector/cutout.prom', 'db.internal:*')
        self.assertEqual(len(self.read()['circuit_breaker_state'].samples), 1)

    def test_a_reader_finds_the_old_text_or_the_new_one(self):
        self.fill()
        self.succeeds('metrics', '--textfile', self.file)
        loop = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$@" || exit 1; done'
        writer = self.start(['sh', '-c', loop, 'sh', COMMAND, 'metrics', '--textfile', self.file], preload=False,
                            env={'CUTOUT_PANEL': self.panel})
        files, running = set(), True
        while running:
            running = writer.poll() is None
            with open(self.file, 'rb') as file:
                files.add(os.fstat(file.fileno()).st_ino)
                self.assertEqual(set(prometheus.parse(file.read())), set(TYPES))
        self.assertEqual(writer.returncode, 0)
        self.assertGreater(len(files), 1)

    def test_it_is_on_the_disk_before_it_has_its_name(self):
        need('strace')
        need_plain_object()
        trace = self.path('trace')
        self.fill()
        subprocess.run(['strace', '-o', trace, '-e', 'trace=fsync,/rename', COMMAND, 'metrics', '--textfile', self.file],
                       env={**clean_environment(), 'CUTOUT_PANEL': self.panel}, check=True, timeout=60)
        with open(trace, encoding='ascii') as file:
            calls = re.findall(r'(?m)^(fsync|rename)\w*\(.* = 0$', file.read())
        self.assertEqual(calls, ['fsync', 'rename'])

    def test_what_cannot_be_written_leaves_the_old_file(self):
        self.fill()
        self.succeeds('metrics', '--textfile', self.file)
        before = os.stat(self.file)
        self.refuses('File too large', self.file,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        self.assertEqual(os.stat(self.file), before)
        result = self.cutout('metrics', '-p', 'private', '--textfile', self.file)
        self.assertEqual((result.status, os.stat(self.file)), (1, before))

    def test_what_is_no_file_is_not_replaced(self):
        self.refuses('No such file or directory', self.path('collector', 'none', 'x.prom'))
        self.refuses('Is a directory', self.path('collector'))
        os.mkfifo(self.path('collector', 'fifo'))
        self.refuses('not a regular file', self.path('collector', 'fifo'))
        os.symlink('fifo', self.path('collector', 'link'))
        self.refuses('not a regular file', self.path('collector', 'link'))
        self.complains(2, 'cutout metrics: option "--textfile" needs the name of a file\n', 'metrics', '--textfile=')

    def test_a_symbolic_link_stays_one(self):
        self.write('real.prom', 'old\n')
        os.symlink('../real.prom', self.file)
        self.succeeds('metrics', '--textfile', self.file)
        self.assertTrue(os.path.islink(self.file))
        self.assertEqual(set(self.read()), set(OF_THE_PANEL))

    def test_a_pattern_that_matches_nothing_removes_what_was_there(self):
        self.fill()
        self.succeeds('metrics', '--textfile', self.file)
        self.complains(1, 'no breaker matches "x"', 'metrics', '--textfile', self.file, 'x')
        self.assertEqual(set(self.read()), set(OF_THE_PANEL))


if __name__ == '__main__':
    main()
