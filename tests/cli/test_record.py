#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout record: what is written down of real programs, of whom, and what it costs when somebody dies or falls behind."""
import json
import os
import re
import shlex
import signal
import subprocess
import sys

from common import COMMAND, CommandCase, main, need_plain_object

import servers
from harness import need, wait_until

LINE = re.compile(r'(?P<time>\d+\.\d+) (?P<verb>begin|end) (?P<id>\d+)(?: (?P<outcome>\w+))? @(?P<to>\S+)')

CONNECT = '''
import socket, sys
for port in sys.argv[1:]:
    with socket.socket() as sock:
        print(sock.connect_ex(("127.0.0.1", int(port))), flush=True)
'''


class Trace:
    """A trace as it was written; every relation that must hold of one does."""

    def __init__(self, case, path):
        with open(path, encoding='ascii') as file:
            lines = file.read().splitlines()
        case.assertRegex(lines[0], r'^# cutout record \S+, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: ')
        case.assertEqual(lines[1], '0.000 recorded')
        self.summary = lines[-1]
        self.calls, before = {}, 0.0
        for line in lines[2:-1]:
            found = LINE.fullmatch(line)
            case.assertTrue(found, line)
            case.assertGreaterEqual(float(found['time']), before, line)
            before = float(found['time'])
            if found['verb'] == 'begin':
                case.assertNotIn(found['id'], self.calls, line)
                self.calls[found['id']] = [found['to'], None, before, None]
            else:
                call = self.calls[found['id']]
                case.assertEqual((call[0], call[1]), (found['to'], None), line)
                call[1], call[3] = found['outcome'], before
        case.assertEqual([call for call in self.calls.values() if call[1] is None], [])

    def outcomes(self, destination=None):
        return sorted(call[1] for call in self.calls.values() if destination is None or call[0] == str(destination))

    def dropped(self):
        return int(re.search(r'dropped: (\d+) of', self.summary)[1])


class Record(CommandCase):
    def setUp(self):
        super().setUp()
        need_plain_object()
        self.trace = self.path('a.trace')

    def begin(self, *arguments, **popen):
        """A recorder that runs, in a process group of its own."""
        env = popen.pop('env', None)
        return self.start([COMMAND, 'record', '-o', self.trace, *arguments], preload=False, env=env, **popen)

    def record(self, *arguments, status=0, **how):
        process = self.begin(*arguments, **how)
        self.out, self.err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, self.err)
        trace = Trace(self, self.trace)
        self.simulated('-p', '')
        return trace

    def simulated(self, *arguments):
        """What simulate says of each destination, and of all."""
        out = self.succeeds('simulate', '-q', '--json', *arguments, self.trace)
        return {summary.get('destination'): summary for summary in map(json.loads, out.splitlines())}

    def ports(self, *kinds):
        found = [servers.Port(self) for _ in kinds]
        for port, kind in zip(found, kinds):
            if kind:
                port.start(kind)
        return found

    def python(self, *ports):
        return [sys.executable, '-c', CONNECT, *(str(port.number) for port in ports)]


class Calls(Record):
    def test_each_call_has_its_begin_its_end_and_its_outcome_by_destination(self):
        good, bad = self.ports(servers.answer, None)
        trace = self.record('--', *self.python(good, bad, good, bad, bad))
        self.assertEqual(trace.outcomes(good), ['success'] * 2)
        self.assertEqual(trace.outcomes(bad), ['failure'] * 3)
        self.assertEqual(self.out.split(), ['0', '111', '0', '111', '111'])
        self.assertIn('5 calls to 2 destinations by', self.err)
        self.assertIn('dropped: 0 of', self.err)
        sums = self.simulated('-p', 'failures=2')
        self.assertEqual(sums['*']['calls'], 5)
        self.assertEqual((sums[str(bad)]['refused'], sums[str(good)]['refused']), (1, 0))

    def test_curl_and_its_names(self):
        need('curl')
        good, bad = self.ports(servers.answer, None)
        script = f'curl -sS http://127.0.0.1:{good.number}/; curl -sS http://localhost:{bad.number}/ || true'
        trace = self.record('--', 'sh', '-c', script)
        self.assertEqual(self.out, 'hello\n')
        self.assertEqual(trace.outcomes(good), ['success'])
        self.assertEqual(trace.outcomes(f'localhost:{bad.number}/{bad}') or trace.outcomes(bad), ['failure'])

    def test_children_threads_and_executed_programs_are_in_it(self):
        good, bad = self.ports(servers.answer, None)
        program = f'''
import os, socket, sys, threading
def connect(port):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", port))
threads = [threading.Thread(target=connect, args=({good.number},)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for _ in range(3):
    if os.fork() == 0:
        connect({bad.number})
        os._exit(0)
if os.fork() == 0:
    os.execv(sys.executable, [sys.executable, "-c", {CONNECT!r}, "{bad.number}"])
for _ in range(4):
    os.wait()
'''
        trace = self.record('--', sys.executable, '-c', program)
        self.assertEqual(trace.outcomes(good), ['success'] * 8)
        self.assertEqual(trace.outcomes(bad), ['failure'] * 4)

    def test_nothing_is_refused_however_often_it_fails(self):
        bad, = self.ports(None)
        trace = self.record('-r', '* failures=1 timeout=1h', '--', *self.python(*[bad] * 20))
        self.assertEqual(trace.outcomes(bad), ['failure'] * 20)
        self.assertEqual(self.out.split(), ['111'] * 20)

    def test_rules_say_what_belongs_together_and_what_is_passed_over(self):
        first, second, denied, passed = self.ports(None, None, None, None)
        rules = f'127.0.0.1:{denied.number} deny; 127.0.0.1:{passed.number} pass; 127.0.0.0/8 per=rule ignore=ECONNREFUSED'
        trace = self.record('-r', rules, '--', *self.python(first, second, denied, passed))
        self.assertEqual(trace.outcomes('127.0.0.0/8'), ['ignored'] * 2)
        self.assertEqual(len(trace.calls), 2)
        self.assertEqual(self.out.split(), ['111'] * 4)

    def test_what_cutout_run_starts_is_in_it_and_the_users_panel_is_left_alone(self):
        bad, = self.ports(None)
        trace = self.record('--', COMMAND, 'run', '-p', self.panel, '-r', '* failures=1', *self.python(bad, bad, bad))
        self.assertEqual(trace.outcomes(bad), ['failure'] * 3)
        self.assertEqual(self.status(), [])

    def test_a_pending_connect_that_is_given_up_ends_as_the_breaker_sees_it(self):
        hole, = self.ports(None)
        hole.swallow()
        program = f'''
import socket
sock = socket.socket()
sock.settimeout(1.5)
try:
    sock.connect(("127.0.0.1", {hole.number}))
except OSError:
    sock.close()
'''
        trace = self.record('--', sys.executable, '-c', program)
        self.assertEqual(trace.outcomes(hole), ['failure'])
        (_, _, began, ended), = trace.calls.values()
        self.assertGreater(ended - began, 1.0)

    def test_with_exchanges_each_is_a_call(self):
        good, = self.ports(servers.answer)
        program = f'''
import socket
sock = socket.create_connection(("127.0.0.1", {good.number}))
sock.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
sock.recv(100)
'''
        trace = self.record('-r', '* on=response', '--', sys.executable, '-c', program)
        self.assertEqual(trace.outcomes(good), ['ignored', 'success'])

    def test_a_program_that_cannot_be_covered_is_said(self):
        trace = self.record('--', sys.executable, '-c', '', env={'CUTOUT_SKIP': 'python3,' + os.path.basename(os.path.realpath(sys.executable))})
        self.assertEqual(trace.calls, {})


class Ends(Record):
    def test_the_exit_status_is_the_programs(self):
        self.record('--', 'sh', '-c', 'exit 7', status=7)
        self.record('--', 'sh', '-c', 'kill -TERM $$', status=-signal.SIGTERM)
        self.record('--', 'sh', '-c', 'kill -KILL $$', status=-signal.SIGKILL)

    def test_what_cannot_be_run_says_so(self):
        text = self.write('text', 'no program')
        for status, arguments in ((127, ['/no/such/program']), (126, [text]), (2, []), (2, ['-r', '* falures=3', 'true']),
                                  (125, ['-o', self.path('no', 'trace'), 'true'])):
            with self.subTest(arguments=arguments):
                result = self.cutout('record', '-o', self.trace, *arguments)
                self.assertEqual((result.status, result.out), (status, ''), result.err)
                self.assertNotEqual(result.err, '')
                self.assertNotIn('calls to', result.err)

    def test_what_was_recorded_before_stays_when_nothing_is_run(self):
        self.write('trace', 'an hour of production\n' * 100)
        for arguments in (['/no/such/program'], [self.write('text', 'no program')]):
            self.assertIn(self.cutout('record', '-o', self.path('trace'), *arguments).status, (126, 127))
            with open(self.path('trace'), encoding='utf-8') as file:
                self.assertEqual(file.read(), 'an hour of production\n' * 100)
        self.succeeds('record', '-qo', self.path('trace'), 'true')
        with open(self.path('trace'), encoding='utf-8') as file:
            self.assertRegex(file.read(), r'\A# cutout record .*\n0\.000 recorded\n# 0 calls .*\n\Z')

    def test_a_full_disk_is_an_error(self):
        result = self.cutout('record', '-o', '/dev/full', 'true')
        self.assertEqual(result.status, 125)
        self.assertIn('/dev/full: No space left on device', result.err)
        with open('/dev/full', 'w', encoding='ascii') as full:
            result = self.cutout('record', '-qo', '-', 'true', stdout=full)
        self.assertEqual((result.status, result.err), (125, 'cutout record: standard output: No space left on device\n'))

    def test_the_standard_output_can_be_the_trace(self):
        result = self.cutout('record', '-qo', '-', 'true')
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertIn('\n0.000 recorded\n', result.out)

    def test_without_a_name_the_trace_is_in_the_working_directory(self):
        self.assertEqual(self.cutout('record', '-q', 'true').status, 0)
        self.assertTrue(os.path.exists(self.path('cutout.trace')))

    def test_signals_are_handed_on_and_the_programs_handler_decides(self):
        script = 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.05; done'
        process = self.begin('--', 'sh', '-c', script)
        self.assertEqual(process.stdout.readline(), 'ready\n')
        process.terminate()
        out, _ = process.communicate(timeout=20)
        self.assertEqual((process.returncode, out), (9, 'got\n'))
        Trace(self, self.trace)

    def test_the_terminals_signals_reach_both_and_the_trace_is_whole(self):
        process = self.begin('--', 'sh', '-c', 'echo ready; exec sleep 60')
        self.assertEqual(process.stdout.readline(), 'ready\n')
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, -signal.SIGINT)
        Trace(self, self.trace)

    def test_what_is_in_flight_at_the_end_is_ignored(self):
        for end, unended in (('os.kill(os.getpid(), 9)', True), ('os._exit(0)', False)):
            with self.subTest(end):
                hole, = self.ports(None)
                hole.swallow()
                program = (f'import os, socket; s = socket.socket(); s.setblocking(False); s.connect_ex(("127.0.0.1", {hole.number})); '
                           f'{end}')
                trace = self.record('--', 'sh', '-c', '"$0" -c "$1"; true', sys.executable, program)
                self.assertEqual(trace.outcomes(hole), ['ignored'])
                self.assertEqual('without an end: 1' in self.err, unended, self.err)

    def test_nothing_is_left_behind_and_who_lives_on_notices_nothing(self):
        bad, = self.ports(None)
        script = f'echo $CUTOUT_RECORD; (sleep 0.3; exec {shlex.join(self.python(bad))} >{self.path("late")} 2>&1) >/dev/null 2>&1 &'
        self.record('--', 'sh', '-c', script)
        self.assertTrue(self.out.startswith('/'))
        self.assertFalse(os.path.exists(self.out.strip()))
        late = wait_until(lambda: os.path.exists(self.path('late')) and open(self.path('late')).read())
        self.assertEqual(late, '111\n')

    def test_with_wait_it_goes_on_until_the_last_process_has_ended(self):
        bad, = self.ports(None)
        script = f'(sleep 0.3; exec {shlex.join(self.python(bad))}) >/dev/null 2>&1 & exit 3'
        self.assertEqual(self.record('--', 'sh', '-c', script, status=3).outcomes(bad), [])
        self.assertEqual(self.record('-w', '--', 'sh', '-c', script, status=3).outcomes(bad), ['failure'])

    def test_what_a_killed_recorder_leaves_is_removed_by_a_later_one(self):
        process = self.begin('--', 'sh', '-c', 'echo $CUTOUT_RECORD; exec sleep 60')
        directory = process.stdout.readline().strip()
        process.kill()
        process.wait()
        self.assertTrue(os.path.isdir(directory))
        os.utime(directory, (0, 0))
        self.record('--', 'true')
        self.assertFalse(os.path.exists(directory))


class Deaths(Record):
    def test_of_processes_that_are_killed_in_mid_call_the_calls_are_ignored(self):
        hole, good = self.ports(None, servers.answer)
        hole.swallow()
        program = f'''
import os, signal, socket, time
child = os.fork()
if child == 0:
    socket.socket().connect(("127.0.0.1", {hole.number}))
time.sleep(0.3)
os.kill(child, signal.SIGKILL)
os.wait()
time.sleep(2.6)
socket.socket().connect(("127.0.0.1", {good.number}))
'''
        trace = self.record('--', sys.executable, '-c', program)
        self.assertEqual(trace.outcomes(hole), ['ignored'])
        self.assertEqual(trace.outcomes(good), ['success'])
        ended = [call[3] for call in trace.calls.values() if call[1] == 'ignored']
        began = [call[2] for call in trace.calls.values() if call[1] == 'success']
        self.assertLess(ended, began, 'it was noticed while the recording went on')

    def test_writers_that_are_killed_anywhere_cost_an_entry_each_at_most(self):
        bad, = self.ports(None)
        kills = 40
        program = f'''
import os, random, signal, socket, time
def loop():
    while True:
        with socket.socket() as sock:
            sock.connect_ex(("127.0.0.1", {bad.number}))
def child():
    pid = os.fork()
    if pid == 0:
        loop()
    return pid
children = [child() for _ in range(3)]
for _ in range({kills}):
    time.sleep(random.random() / 50)
    os.kill(children.pop(0), signal.SIGKILL)
    os.wait()
    children.append(child())
for pid in children:
    os.kill(pid, signal.SIGKILL)
    os.wait()
'''
        trace = self.record('--', sys.executable, '-c', program)
        self.assertGreater(len(trace.calls), 100)
        self.assertLessEqual(trace.dropped(), kills + 3)
        self.assertLessEqual(trace.outcomes().count('ignored'), (kills + 3) * 4)

    def test_a_recorder_that_falls_behind_counts_what_was_overwritten(self):
        bad, = self.ports(None)
        calls = 90_000
        program = f'''
import socket
for _ in range({calls}):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", {bad.number}))
print("done", flush=True)
input()
'''
        process = self.begin('--', sys.executable, '-c', 'input()\n' + program, stdin=subprocess.PIPE)
        wait_until(lambda: os.path.exists(self.trace) and os.path.getsize(self.trace))
        process.send_signal(signal.SIGSTOP)
        process.stdin.write('\n')
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), 'done\n')
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate('\n', timeout=60)
        self.assertEqual(process.returncode, 0, err)
        trace = Trace(self, self.trace)
        self.assertGreater(trace.dropped(), 2 * calls - 131072 - 1)
        self.assertLess(trace.dropped(), 2 * calls - 131072 + 1000)
        self.assertGreater(len(trace.calls), 131072 // 2 - 1000)
        self.assertIn(f'dropped: {trace.dropped()} of', err)
        self.simulated('-p', 'failures=3')


if __name__ == '__main__':
    main()
