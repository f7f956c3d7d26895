#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout simulate: what it prints, as text and as JSON, and what it says about a trace that is wrong."""
import json
import os
import random
import subprocess
import xml.dom.minidom
from decimal import Decimal

from common import COMMAND, CommandCase, clean_environment, main

TRACE = '''\
# two failures, and one of them takes its time
0.000 state
0.500 begin 1
0.600 call failure 0.4

0.750 end 1 failure    # before the other one
1.000 state
1.100 begin 2
2.001 begin 3
2.002 begin 4
2.500 end 3 success
2.600 call slow 1
'''

LINES = '''\
state closed 0.000 0 0 0 0 0
admitted closed 0.500 0 0 0 0 0
admitted closed 0.600 0 0 0 0 0
ended closed 0.750 0 1 0 0 1
ended open 1.000 0 0 0 0 0
state open 1.000 0 0 0 0 0
refused open 1.100 0 0 0 0 0
admitted half-open 2.001 0 0 0 0 0
refused half-open 2.002 0 0 0 0 0
ended half-open 2.500 1 0 0 1 0
admitted half-open 2.600 1 0 0 1 0
ended open 3.600 0 0 0 0 0
summary calls=6 refused=2 failures_let_through=3 open_seconds=1.000 trips=2
'''

KEYS = ['event', 'id', 'state', 'time', 'requests', 'successes', 'failures', 'ignored', 'consecutive_successes',
        'consecutive_failures']


class Simulate(CommandCase):
    def simulate(self, trace, *arguments, **how):
        return self.succeeds('simulate', *arguments, stdin=trace, **how)

    def states(self, trace, policy, *arguments):
        """WHAT STATE of every line."""
        return [' '.join(line.split()[:2]) for line in self.simulate(trace, '-p', policy, *arguments).splitlines()[:-1]]

    def summary(self, trace, policy, *arguments):
        return dict(word.split('=') for word in self.simulate(trace, '-q', '-p', policy, *arguments).split()[1:])

    def objects(self, trace, *arguments):
        out = self.simulate(trace, '--json', *arguments)
        return [json.loads(line, parse_float=Decimal) for line in out.splitlines()]

    def wrong(self, trace, complaint, *arguments, out=None):
        """`complaint` is said about the trace, with its place."""
        with self.subTest(trace=trace[:60]):
            result = self.cutout('simulate', '-p', '', *arguments, stdin=trace)
            self.assertEqual(result.status, 2, result.err)
            self.assertEqual(result.err.splitlines()[0], f'cutout simulate: standard input:{complaint}')
            self.assertNotIn('summary', result.out)
            if out is not None:
                self.assertEqual(result.out, out)


class Text(Simulate):
    def test_every_event_is_a_line_in_the_order_in_which_they_happen(self):
        self.assertEqual(self.simulate(TRACE, '-p', 'failures=2'), LINES)

    def test_a_trace_may_be_a_file(self):
        path = self.write('trace', TRACE)
        self.assertEqual(self.succeeds('simulate', '-p', 'failures=2', path), LINES)
        self.assertEqual(self.simulate(TRACE, '--policy=failures=2', '-'), LINES)
        self.assertEqual(self.simulate(TRACE.replace('\n', '\r\n').rstrip(), '-p', 'failures=2'), LINES)

    def test_an_empty_trace_has_a_summary(self):
        self.assertEqual(self.simulate('# nothing\n\n', '-p', ''),
                         'summary calls=0 refused=0 failures_let_through=0 open_seconds=0.000 trips=0\n')

    def test_times_are_exact_to_the_nanosecond(self):
        trace = '1700000000.123456788 call failure 0.000000001\n1700000001.123456789 state\n1700000001.12345679 state\n'
        self.assertEqual(self.simulate(trace, '-p', 'failures=1').splitlines(), [
            'admitted closed 1700000000.123456788 0 0 0 0 0',
            'ended open 1700000000.123456789 0 0 0 0 0',
            'state open 1700000001.123456789 0 0 0 0 0',
            'state half-open 1700000001.12345679 0 0 0 0 0',
            'summary calls=1 refused=0 failures_let_through=1 open_seconds=1.000 trips=1'])

    def test_of_what_happens_at_one_time_the_end_of_an_earlier_call_is_first(self):
        trace = '1 call failure 2\n1 call success 2\n2 call success 1\n3 begin a\n3 end a ignored\n3 call success 0\n3 state\n'
        self.assertEqual([line.split()[0] + line.split()[2] for line in self.simulate(trace, '-p', '').splitlines()[:-1]],
                         ['admitted1.000', 'admitted1.000', 'admitted2.000', 'ended3.000', 'ended3.000', 'ended3.000',
                          'admitted3.000', 'ended3.000', 'admitted3.000', 'ended3.000', 'state3.000'])

    def test_calls_that_outlast_the_trace_end_after_it(self):
        self.assertEqual(self.simulate('1 call failure 9000000000\n', '-p', 'failures=1').splitlines()[1],
                         'ended open 9000000001.000 0 0 0 0 0')

    def test_an_id_may_be_used_again_when_its_call_is_over(self):
        trace = '1 begin a\n1 end a failure\n1.5 begin a\n1.6 begin a\n3 begin a\n3 end a success\n'
        self.assertEqual([line.split()[0] for line in self.simulate(trace, '-p', 'failures=1').splitlines()],
                         ['admitted', 'ended', 'refused', 'refused', 'admitted', 'ended', 'summary'])

    def test_quiet_leaves_the_last_line(self):
        self.assertEqual(self.simulate(TRACE, '-q', '-p', 'failures=2'), LINES.splitlines(keepends=True)[-1])

    def test_output_that_does_not_get_out_is_noticed(self):
        with open('/dev/full', 'w', encoding='ascii') as full:
            result = self.cutout('simulate', '-p', '', stdin='1 state\n', stdout=full)
        self.assertEqual((result.status, result.err), (1, 'cutout simulate: standard output: No space left on device\n'))


class Semantics(Simulate):
    def test_a_call_that_is_overdue_is_counted_when_the_next_one_asks(self):
        trace = '0 begin a\n1.000000001 begin b\n3 state\n3.000000001 begin c\n4 end a failure\n5 end c success\n'
        lines = self.simulate(trace, '-p', 'overdue=2s').splitlines()
        self.assertEqual(lines[3:], ['admitted closed 3.000000001 0 1 0 0 1', 'ended closed 4.000 0 1 0 0 1',
                                     'ended closed 5.000 1 1 0 1 0',
                                     'summary calls=3 refused=0 failures_let_through=1 open_seconds=0.000 trips=0'])
        self.assertEqual(self.states('0 begin a\n1 begin b\n2.5 begin c\n3.1 begin d\n', 'overdue=2s failures=2')[2:],
                         ['admitted closed', 'refused open'])
        self.assertEqual(self.states('0 begin a\n9999 begin b\n', 'overdue=off failures=1')[-1], 'admitted closed')
        self.assertEqual(self.states('0 call success 12\n11 begin b\n', 'failures=1')[1], 'refused open')

    def test_a_probe_that_is_stuck_opens_the_circuit_again(self):
        trace = '0 call failure 0\n2 begin probe\n4.1 begin a\n6.2 begin b\n6.3 end b success\n7 end probe success\n'
        self.assertEqual(self.states(trace, 'failures=1 overdue=2s timeout=1s backoff=off')[2:],
                         ['admitted half-open', 'refused open', 'admitted half-open', 'ended half-open', 'ended half-open'])

    def test_a_success_that_took_longer_than_slow_call_is_slow(self):
        trace = '0 call success 0.5\n1 call success 0.500000001\n2 begin a\n2.6 end a success\n'
        self.assertEqual(self.states(trace, 'slow-call=500ms failures=2')[1::2], ['ended closed', 'ended closed', 'ended open'])
        self.assertEqual(self.states(trace, 'slow-call=500ms slow-rate=60% min-calls=3')[1::2],
                         ['ended closed', 'ended closed', 'ended open'])
        self.assertEqual(self.summary(trace, 'slow-call=500ms slow-rate=60%')['failures_let_through'], '0')
        self.assertEqual(self.summary(trace, 'slow-call=500ms')['failures_let_through'], '2')
        self.assertEqual(self.summary(trace, '')['failures_let_through'], '0')

    def test_slow_in_the_trace_is_a_failure_unless_it_is_tallied_apart(self):
        self.assertEqual(self.states('0 call slow 0\n', 'failures=1')[-1], 'ended open')
        self.assertEqual(self.states('0 call slow 0\n', 'failures=1 slow-call=1s slow-rate=50%')[-1], 'ended closed')

    def test_failures_that_come_late_were_let_through_all_the_same(self):
        trace = ''.join(f'0 begin {name}\n' for name in 'abcd') + ''.join(f'1 end {name} failure\n' for name in 'abcd')
        self.assertEqual(self.summary(trace, 'failures=2'), {
            'calls': '4', 'refused': '0', 'failures_let_through': '4', 'open_seconds': '0.000', 'trips': '1'})

    def test_time_open_is_up_to_the_deadline_or_to_the_end(self):
        trace = '0 call failure 0\n'
        self.assertEqual(self.summary(trace + '0.25 state\n', 'failures=1')['open_seconds'], '0.250')
        self.assertEqual(self.summary(trace + '77 state\n', 'failures=1')['open_seconds'], '1.000')

    def test_jitter_is_added_by_a_seed_only_and_the_same_each_time(self):
        trace = '0 call failure 0\n' + ''.join(f'{1 + i / 1000:.3f} state\n' for i in range(1, 1002))
        self.assertEqual(self.summary(trace, 'failures=1 jitter=100%')['open_seconds'], '1.000')
        drawn = [self.summary(trace, 'failures=1 jitter=100%', f'--seed={seed}')['open_seconds'] for seed in (1, 1, 2)]
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])
        self.assertTrue(all('1.000' < seconds < '2.001' for seconds in drawn), drawn)
        self.assertEqual(self.summary(trace, 'failures=1 jitter=off', '--seed=1')['open_seconds'], '1.000')

    def test_the_environment_has_options_that_every_policy_starts_from(self):
        how = dict(env={'CUTOUT_DEFAULTS': 'failures=2', 'CUTOUT_RULES': 'not read at all ='})
        self.assertEqual(self.simulate(TRACE, '-p', '', **how), LINES)
        self.assertEqual(self.simulate(TRACE, '-p', 'failures=2'), self.simulate(TRACE, '-p', 'failures=2', env={
            'CUTOUT_DEFAULTS': 'failures=9'}))

    def test_a_recorded_trace_has_ends_of_calls_that_would_have_been_refused(self):
        trace = '0 call failure 0\n0.1 begin a\n0.2 end a failure\n0.3 begin b\n0.4 begin b\n'
        self.complains_after(trace, '3:9: call "a" was refused in line 2, and cannot end (--recorded passes over it)\n')
        self.assertEqual(self.states(trace, 'failures=1', '--recorded')[2:], ['refused open'] * 3)

    def complains_after(self, trace, complaint):
        result = self.cutout('simulate', '-p', 'failures=1', stdin=trace)
        self.assertEqual(result.status, 2)
        self.assertIn('cutout simulate: standard input:' + complaint, result.err)
        self.assertNotIn('summary', result.out)


class Json(Simulate):
    def test_every_line_is_an_object_that_says_what_the_text_says(self):
        objects = self.objects(TRACE, '-p', 'failures=2')
        for line, event in zip(LINES.splitlines()[:-1], objects):
            self.assertEqual(list(event), KEYS)
            self.assertEqual(line.split(), [
                event['event'], event['state'], str(event['time']), *(str(event[key]) for key in KEYS[5:])])
        self.assertEqual([event['id'] for event in objects[:-1]],
                         [None, '1', None, '1', None, None, '2', '3', '4', '3', None, None])
        self.assertEqual([event['requests'] for event in objects[:5]], [0, 1, 2, 2, 0])

    def test_the_last_object_sums_up(self):
        summary = self.objects(TRACE, '-p', 'failures=2')[-1]
        self.assertRegex(summary.pop('options'), r'^failures=2 .* timeout=1s ')
        self.assertEqual(summary, {'event': 'summary', 'calls': 6, 'refused': 2, 'failures_let_through': 3,
                                   'open_seconds': Decimal('1.000'), 'trips': 2})
        self.assertEqual(len(self.objects(TRACE, '-q', '-p', 'failures=2')), 1)

    def test_ids_are_quoted(self):
        self.assertEqual(self.objects('1 begin "\\/\n', '-p', '')[0]['id'], '"\\/')

    def test_of_several_policies_each_has_objects_of_its_own(self):
        objects = self.objects(TRACE, '-p', 'failures=2', '-p', 'failures=1')
        for number, policy in ((1, 'failures=2'), (2, 'failures=1')):
            own = [{key: value for key, value in event.items() if key != 'policy'}
                   for event in objects if event['policy'] == number]
            self.assertEqual(own[-1], self.objects(TRACE, '-q', '-p', policy)[-1])
        self.assertEqual(list(objects[0]), ['event', 'policy', *KEYS[1:]])


class SideBySide(Simulate):
    def random_trace(self, seed, length=400):
        draw = random.Random(seed)
        now, lines = 0, []
        for _ in range(length):
            now += draw.choice((0, 1, 5, 20, 100, 900))
            outcome = draw.choice(('success', 'failure', 'failure', 'slow', 'ignored'))
            if draw.random() < 0.1:
                lines.append(f'{now / 1000:.3f} state\n')
            else:
                lines.append(f'{now / 1000:.3f} call {outcome} {draw.choice((0, 0.01, 0.3, 2)):.2f}\n')
        return ''.join(lines)

    def test_each_policy_sees_what_it_sees_alone(self):
        policies = ('failures=2 timeout=300ms', 'failure-rate=60% min-calls=3 window=1s buckets=1 failures=off',
                    'failure-rate=50% window=2s slow-call=1s slow-rate=80%', 'overdue=500ms failures=3 window=3s')
        for seed in range(5):
            trace = self.random_trace(seed)
            arguments = [word for policy in policies for word in ('-p', policy)]
            lines = self.simulate(trace, *arguments).split('\n\n')[0].splitlines()[1:]
            for number, policy in enumerate(policies):
                alone = self.simulate(trace, '-p', policy).splitlines()[:-1]
                column = []
                for line in lines:
                    time, _, _, *cells = line.split()
                    what, state, counts = cells[3 * number:3 * number + 3]
                    if what != '-':
                        column.append(f'{what} {state} {time} {counts.replace("/", " ")}')
                with self.subTest(seed=seed, policy=policy):
                    self.assertEqual(column, alone)

    def test_the_end_of_a_call_that_it_refused_does_not_begin_a_window(self):
        trace = ('0 call failure 0\n0.01 call failure 0\n0.05 begin x\n0.2 call success 0\n1.3 end x success\n'
                 '1.4 call failure 0\n2.35 call failure 0\n')
        policy = 'failures=2 window=1s buckets=1 timeout=100ms successes=1'
        out = self.simulate(trace, '-q', '-p', policy, '-p', 'failures=9')
        self.assertRegex(out, r'successes=1 +6 +1 .* 2\n')

    def test_policies_have_a_column_each_and_are_compared_at_the_end(self):
        out = self.simulate('0 call failure 0\n0.5 begin a\n2 end a success\n3 begin a-very-long-name\n',
                            '-p', 'failures=1', '-p', 'failures=3  timeout=10s # a comment that is longer than a column')
        self.assertEqual(out, '''\
TIME          EVENT   ID        failures=1                        failures=3 timeout=10s # a comment that is longer than a column
0.000         call    -         admitted closed 0/0/0/0/0         admitted closed 0/0/0/0/0
0.000         end     -         ended open 0/0/0/0/0              ended closed 0/1/0/0/1
0.500         begin   a         refused open 0/0/0/0/0            admitted closed 0/1/0/0/1
2.000         end     a         - - -                             ended closed 1/1/0/1/0
3.000         begin   a-very-long-name  admitted half-open 0/0/0/0/0      admitted closed 1/1/0/1/0

POLICY                                                           CALLS  REFUSED  FAILURES LET THROUGH  TIME OPEN  TRIPS
failures=1                                                           3        1                     1     1.000s      1
failures=3 timeout=10s # a comment that is longer than a column      3        0                     1     0.000s      0
''')

    def test_quiet_leaves_the_comparison(self):
        out = self.simulate(TRACE, '-q', '-p', 'failures=2', '-p', '')
        self.assertEqual([line.split()[:4] for line in out.splitlines()],
                         [['POLICY', 'CALLS', 'REFUSED', 'FAILURES'], ['failures=2', '6', '2', '3'], ['(defaults)', '6', '0', '3']])

    def test_what_all_policies_refuse_cannot_end(self):
        trace = '0 call failure 0\n0.1 begin a\n0.2 end a failure\n'
        self.simulate(trace, '-p', 'failures=1', '-p', 'failures=2')
        result = self.cutout('simulate', '-p', 'failures=1', '-p', 'failures=1 timeout=9s', stdin=trace)
        self.assertEqual(result.status, 2)
        self.assertIn('3:9: call "a" was refused in line 2', result.err)


class Mistakes(Simulate):
    def test_times(self):
        self.wrong('x begin 1\n', '1:1: "x" is no time in seconds')
        self.wrong('-1 begin 1\n', '1:1: "-1" is no time in seconds')
        self.wrong('1e3 begin 1\n', '1:1: "1e3" is no time in seconds')
        self.wrong('250ms begin 1\n', '1:1: "250ms" is no time in seconds (did you mean "0.250"?)')
        self.wrong('0.0000000001 state\n', '1:1: "0.0000000001" is finer than a nanosecond: nine decimals')
        self.wrong('9223372037 state\n', '1:1: "9223372037" is too big: 9223372036 seconds at most')
        self.wrong('1 state\n  0.999999999 state\n', '2:3: time runs backwards: it was 1.000 already',
                   out='state closed 1.000 0 0 0 0 0\n')
        self.wrong('begin 1\n', '1:1: "begin" is no time in seconds')

    def test_verbs(self):
        self.wrong('1\n', '1:2: begin, end, call, state or recorded is missing')
        self.wrong('# comment\n\n1 # begin\n', '3:10: begin, end, call, state or recorded is missing')
        self.wrong('1 begn 7\n', '1:3: "begn" is not begin, end, call, state or recorded (did you mean "begin"?)')
        self.wrong('1 BEGIN 7\n', '1:3: "BEGIN" is not begin, end, call, state or recorded (did you mean "begin"?)')
        self.wrong('1 explode\n', '1:3: "explode" is not begin, end, call, state or recorded')

    def test_words_behind_the_verb(self):
        self.wrong('1 begin\n', '1:8: "begin" needs an ID')
        self.wrong('1 begin 7 success\n', '1:11: "success" is too much: the line is complete before it')
        self.wrong('1 end\n', '1:6: "end" needs an ID and an outcome')
        self.wrong('1 begin 7\n1 end 7\n', '2:8: "end" needs an ID and an outcome')
        self.wrong('1 begin 7\n1 end 7 success 1 2 3\n', '2:17: "1" is too much: the line is complete before it')
        self.wrong('1 call success\n', '1:15: "call" needs an outcome and a duration')
        self.wrong('1 call success 1 1\n', '1:18: "1" is too much: the line is complete before it')
        self.wrong('1 state 1\n', '1:9: "1" is too much: the line is complete before it')

    def test_outcomes_and_durations(self):
        self.wrong('1 begin 7\n1 end 7 sucess\n', '2:9: "sucess" is not success, failure, slow or ignored (did you mean "success"?)')
        self.wrong('1 call 0.5 success\n', '1:8: "0.5" is not success, failure, slow or ignored')
        self.wrong('1 call success -1\n', '1:16: "-1" is no duration in seconds')
        self.wrong('1 call success 1.5s\n', '1:16: "1.5s" is no duration in seconds (did you mean "1.500"?)')

    def test_ids(self):
        self.wrong('1 begin a\n2 begin a\n', '2:9: call "a" is in flight already')
        self.wrong('1 end a success\n', '1:7: call "a" is not in flight')
        self.wrong('1 begin a\n2 end a success\n3 end a success\n', '3:7: call "a" is not in flight')
        self.wrong('1 begin ä\n', '1:9: the ID "ä" is not plain ASCII')
        self.wrong('1 begin ' + 'x' * 256, '1:9: the ID is longer than 255 bytes')
        self.simulate('1 begin ' + 'x' * 255 + '\n2 end ' + 'x' * 255 + ' success', '-p', '')

    def test_lines_as_such(self):
        self.wrong('1 state #' + 'x' * 5000, '1:4097: the line is longer than 4096 bytes')
        self.wrong('1 state\n' + 'x' * (1 << 20), '2:4097: the line is longer than 4096 bytes')
        self.wrong('1 sta\0te\n', '1:3: "sta?te" is not begin, end, call, state or recorded (did you mean "state"?)')
        self.wrong('1 \033[2Jstate\n', '1:3: "?[2Jstate" is not begin, end, call, state or recorded')
        self.simulate('1 state ' + '#' * 4088 + '\n2 state', '-p', '')

    def test_the_place_is_shown(self):
        self.assertIn('\n  \t0.5 begn 7 # x\n  \t    ^\n', self.cutout('simulate', '-p', '', stdin='\t0.5 begn 7 # x\n').err)

    def test_traces_that_cannot_be_read(self):
        path = self.path('missing')
        self.complains(2, f'cutout simulate: {path}: No such file or directory\n', 'simulate', '-p', '', path)
        self.complains(2, f'{self.directory}: Is a directory\n', 'simulate', '-p', '', self.directory)

    def test_policies(self):
        self.assertEqual(self.complains(2, '', 'simulate', '-p', 'failures=3 timeot=1s'), '''\
cutout simulate: -p:1:12: unknown option "timeot" (did you mean "timeout"?)
  failures=3 timeot=1s
             ^
''')
        text = self.complains(2, '', 'simulate', '-p', 'falures=1', '-p', '*:80 deny', '-p', 'failures=off')
        self.assertEqual([line for line in text.splitlines() if line.startswith('cutout')], [
            'cutout simulate: -p:1:1: unknown option "falures" (did you mean "failures"?)',
            'cutout simulate: -p:1:1: "*:80" is not an option; a policy has no pattern',
            'cutout simulate: -p:1:6: "deny" is for a rule, not for a policy',
            'cutout simulate: -p:1:1: nothing can trip this breaker'])
        text = self.complains(2, 'CUTOUT_DEFAULTS:1:1: unknown option', 'simulate', '-p', '', '-p', '', env={
            'CUTOUT_DEFAULTS': 'falures=1'})
        self.assertEqual(text.count('CUTOUT_DEFAULTS'), 1)

    def test_usage(self):
        self.complains(2, "which policy? For example -p 'failures=3 timeout=10s'\n", 'simulate', 'trace')
        self.complains(2, 'one trace at a time, not also "b"\n', 'simulate', '-p', '', 'a', 'b')
        self.complains(2, 'unknown option "--polt" (did you mean "--plot"?)\n', 'simulate', '--polt=x')
        self.complains(2, 'option "--policy" (-p) needs a value\n', 'simulate', '-p')
        for seed in ('x', '-1', '', '1x', '18446744073709551616'):
            self.complains(2, f'--seed: "{seed}" is not a number\n', 'simulate', '-p', '', f'--seed={seed}')


class Destinations(Simulate):
    TWO = ('0.1 call failure 0.1 @db:1/10.0.0.1:1\n'
           '0.2 begin 7 @cache:2\n'
           '0.3 call failure 0.1 @db:1/10.0.0.1:1\n'
           '0.5 begin 7 @db:1/10.0.0.1:1\n'
           '0.6 end 7 success @cache:2\n'
           '0.7 state\n')

    def test_each_has_breakers_and_ids_of_its_own(self):
        out = self.simulate(self.TWO, '-p', 'failures=2')
        self.assertEqual(out.splitlines(), [
            'admitted closed 0.100 0 0 0 0 0 @db:1/10.0.0.1:1',
            'ended closed 0.200 0 1 0 0 1 @db:1/10.0.0.1:1',
            'admitted closed 0.200 0 0 0 0 0 @cache:2',
            'admitted closed 0.300 0 1 0 0 1 @db:1/10.0.0.1:1',
            'ended open 0.400 0 0 0 0 0 @db:1/10.0.0.1:1',
            'refused open 0.500 0 0 0 0 0 @db:1/10.0.0.1:1',
            'ended closed 0.600 1 0 0 1 0 @cache:2',
            'state open 0.700 0 0 0 0 0 @db:1/10.0.0.1:1',
            'state closed 0.700 1 0 0 1 0 @cache:2',
            'summary calls=3 refused=1 failures_let_through=2 open_seconds=0.300 trips=1 @db:1/10.0.0.1:1',
            'summary calls=1 refused=0 failures_let_through=0 open_seconds=0.000 trips=0 @cache:2',
            'summary calls=4 refused=1 failures_let_through=2 open_seconds=0.300 trips=1'])

    def test_one_alone_is_as_if_the_trace_had_no_other(self):
        alone = ''.join(line for line in self.TWO.splitlines(True) if 'cache' not in line)
        for pattern in ('db:1', '10.0.0.1:*', 'DB:?/*'):
            with self.subTest(pattern=pattern):
                self.assertEqual(self.simulate(self.TWO, '-p', 'failures=2', '-d', pattern),
                                 self.simulate(alone, '-p', 'failures=2'))

    def test_a_pattern_that_matches_nothing_is_told_of(self):
        result = self.cutout('simulate', '-q', '-p', '', '-d', 'Db:2', stdin=self.TWO)
        self.assertEqual(result, (0, 'summary calls=0 refused=0 failures_let_through=0 open_seconds=0.000 trips=0\n',
                                  'cutout simulate: warning: the trace has no call to a destination that matches "db:2"\n'))

    def test_a_table_compares_policies_for_each_and_over_all(self):
        out = self.simulate(self.TWO, '-q', '-p', 'failures=2', '-p', 'failures=9')
        rows = [line.split() for line in out.splitlines()]
        self.assertEqual(rows[0][:3], ['DESTINATION', 'POLICY', 'CALLS'])
        self.assertEqual([row[:4] for row in rows[1:]], [
            ['db:1/10.0.0.1:1', 'failures=2', '3', '1'], ['db:1/10.0.0.1:1', 'failures=9', '3', '0'],
            ['cache:2', 'failures=2', '1', '0'], ['cache:2', 'failures=9', '1', '0'],
            ['(all)', 'failures=2', '4', '1'], ['(all)', 'failures=9', '4', '0']])

    def test_objects_say_which(self):
        out = self.simulate(self.TWO, '--json', '-p', 'failures=2')
        objects = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(objects[2]['destination'], 'cache:2')
        self.assertEqual([(each['destination'], each['calls']) for each in objects[-3:]],
                         [('db:1/10.0.0.1:1', 3), ('cache:2', 1), ('*', 4)])

    def test_lines_without_one_are_of_a_destination_without_a_name(self):
        out = self.simulate('1 call failure 0\n1 call failure 0 @a\n', '-q', '-p', 'failures=1')
        self.assertEqual([line.split()[-1] for line in out.splitlines()], ['@', '@a', 'trips=2'])

    def test_a_line_may_say_that_the_trace_was_recorded(self):
        trace = '0 recorded\n1 call failure 0 @a\n1.1 begin 1 @a\n1.2 end 1 failure @a\n'
        self.assertIn('refused=1 failures_let_through=1', self.simulate(trace, '-q', '-p', 'failures=1'))
        result = self.cutout('simulate', '-p', 'failures=1', stdin=trace[11:])
        self.assertEqual(result.status, 2)
        self.assertIn('call "1" was refused in line 2, and cannot end (--recorded passes over it)', result.err)

    def test_mistakes_are_reported_with_their_place(self):
        self.wrong('1 begin 7 @\n', '1:11: a destination is missing behind the "@"')
        self.wrong('1 begin 7 db:1\n', '1:11: "db:1" is too much: the line is complete before it')
        self.wrong('1 begin 7 @db:1 x\n', '1:11: "@db:1" is too much: the line is complete before it')
        self.wrong('1 end 7 @db:1\n', '1:14: "end" needs an ID and an outcome')
        self.wrong('1 begin 7 @d\x7f\n', '1:12: the destination "d?" is not plain ASCII')
        self.wrong('1 begin 7 @' + 'd' * 512 + '\n', '1:12: the destination is longer than 511 bytes')
        self.wrong('1 end 7 success @a\n', '1:7: call "7" is not in flight')
        self.wrong('0 recorded 1\n', '1:12: "1" is too much: the line is complete before it')

    def test_only_one_can_be_drawn(self):
        path = self.path('plot.svg')
        result = self.cutout('simulate', '-p', '', '--plot', path, stdin=self.TWO)
        self.assertEqual(result.status, 2)
        self.assertIn('choose one with --destination', result.err)
        self.simulate(self.TWO, '-q', '-p', 'failures=1', '--plot', path, '-d', 'db:1')
        self.assertTrue(os.path.exists(path))

    def test_many_are_held_apart(self):
        lines = [f'{i / 1000:.3f} call failure 0 @host{i % 3000}:1\n' for i in range(9000)]
        out = self.simulate(''.join(lines), '-q', '-p', 'failures=3')
        self.assertEqual(len(out.splitlines()), 3001)
        self.assertIn('calls=9000 refused=0 failures_let_through=9000', out.splitlines()[-1])
        self.assertIn('trips=3000', out.splitlines()[-1])


class Plot(Simulate):
    def plotted(self, trace, *arguments):
        path = self.path('plot.svg')
        self.simulate(trace, '-q', '--plot', path, *arguments)
        document = xml.dom.minidom.parse(path)
        self.assertLess(os.path.getsize(path), 300_000)
        return document

    def texts(self, document):
        return [node.firstChild.data for node in document.getElementsByTagName('text')]

    def colours(self, document, top, bottom):
        """Fills and widths of the rectangles between those edges."""
        found = {}
        for node in document.getElementsByTagName('rect'):
            y = float(node.getAttribute('y'))
            if top <= y < bottom:
                fill = node.getAttribute('fill')
                found[fill] = found.get(fill, 0) + float(node.getAttribute('width'))
        return found

    def test_each_policy_is_drawn_with_its_figures(self):
        document = self.plotted(TRACE, '-p', 'failures=2', '-p', 'failures=3 # <&>')
        texts = self.texts(document)
        self.assertIn('failures=2', texts)
        self.assertIn('failures=3 # <&>', texts)
        self.assertIn('refused 2 of 6, failures let through 3, open 1.000s, trips 2', texts)
        for word in ('closed', 'open', 'half-open', 'calls refused', '100%', '0.5', '3.5', 'seconds'):
            self.assertIn(word, texts)

    def test_states_have_their_share_of_the_time(self):
        document = self.plotted('0 call failure 0\n4 state\n', '-p', 'failures=1')
        colours = self.colours(document, 80, 98)
        whole = colours['#a5d6a7']
        self.assertAlmostEqual(colours['#c62828'] / whole, 0.25, delta=0.01)
        self.assertAlmostEqual(colours['#ffb300'] / whole, 0.75, delta=0.01)

    def test_odd_traces_can_be_drawn(self):
        for trace in ('', '5 state\n', '5 call failure 0\n', '0 call failure 0\n9223372036 state\n',
                      '0 call failure 9223372036\n', '0 call failure 0\n9223372036 call failure 9223372036\n', '1 state\n1.000000003 call failure 0.000000001\n'):
            with self.subTest(trace=trace):
                document = self.plotted(trace, '-p', 'failures=1')
                for node in document.getElementsByTagName('rect'):
                    for name in ('x', 'y', 'width', 'height'):
                        self.assertTrue(0 <= float(node.getAttribute(name)) <= 960, node.toxml())

    def test_a_plot_that_cannot_be_written_is_an_error(self):
        result = self.cutout('simulate', '-p', '', '--plot', self.path('no', 'plot.svg'), stdin='1 state\n')
        self.assertEqual(result.status, 1)
        self.assertIn('plot.svg: No such file or directory\n', result.err)
        result = self.cutout('simulate', '-p', '', '--plot', '/dev/full', stdin='1 state\n')
        self.assertEqual((result.status, result.err), (1, 'cutout simulate: /dev/full: No space left on device\n'))


class Size(Simulate):
    def peak(self, lines, *arguments):
        """Peak of the resident memory in KiB, with a trace that is made while it is read."""
        environment = clean_environment()
        process = subprocess.Popen([COMMAND, 'simulate', *arguments], env=environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with process.stdin:
            for start in range(0, len(lines), 4096):
                process.stdin.write(''.join(lines[start:start + 4096]).encode('ascii'))
        with process.stderr:
            complaints = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((process.returncode, complaints), (0, b''))
        return usage.ru_maxrss

    def test_memory_does_not_grow_with_the_trace(self):
        if os.environ.get('CUTOUT_SANITIZERS'):
            self.skipTest('sanitizers keep what was freed')
        lines = []
        for i in range(300_000):
            lines.append(f'{i / 1000:.3f} call {"failure" if i % 7 < 4 else "success"} 0.050\n')
            lines.append(f'{i / 1000:.3f} begin {i}\n')
            if i >= 50:
                lines.append(f'{i / 1000:.3f} end {i - 50} {"failure" if i % 20 else "success"}\n')
        arguments = ['-p', 'failures=3', '-p', 'failure-rate=50%', '--recorded', '--plot', self.path('plot.svg')]
        self.assertGreater(len(lines), 890_000)
        few = self.peak(lines[:10_000], *arguments)
        many = self.peak(lines, *arguments)
        self.assertLess(many, few + 512, f'{few} KiB for a short trace')


if __name__ == '__main__':
    main()
