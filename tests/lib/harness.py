# SPDX-License-Identifier: MIT
"""Runs programs under the real object, over real sockets.

A test script defines unittest cases derived from Case and calls main(), which prints TAP. Every case
has a directory and a panel of its own, so that scripts may run in parallel. Whatever a case starts is
gone when it ends, however it ends. Nothing here waits for a fixed time: wait_until() has a condition.

Environment: CUTOUT_OBJECT (libcutout.so), CUTOUT_BIN (the command), CUTOUT_BUILD (where the check
programs are), CUTOUT_SOURCE, CUTOUT_HOST; CUTOUT_FOREIGN and CUTOUT_EMULATOR for those of another machine. Without them the working directory is taken for the build directory.
"""
import collections
import contextlib
import errno
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import tap

BUILD = os.environ.get('CUTOUT_BUILD', os.getcwd())
OBJECT = os.environ.get('CUTOUT_OBJECT', os.path.join(BUILD, '.libs', 'libcutout.so'))
COMMAND = os.environ.get('CUTOUT_BIN', os.path.join(BUILD, 'cutout'))

# The object and the check programs are for another libc, or for a machine that the emulator stands for.
FOREIGN = os.environ.get('CUTOUT_FOREIGN') == 'yes'
MUSL = 'musl' in os.environ.get('CUTOUT_HOST', '')
EMULATOR = os.environ.get('CUTOUT_EMULATOR', '').split()

# Of qemu-user 7.2, by what shows in the words of a command that a case needs it.
EMULATOR_LACKS = {
    'nonblock': 'cuts TCP_INFO short, which tells the outcome of a connect that did not block',
    'fork': 'says that a page is wiped in a forked child, and leaves it as it is',
    'strace': 'makes system calls of its own',
    'ulimit -v': 'needs its own memory',
    'setpriv': 'is what has the privileges',
}

# A refusal of ours is told from the kernel's by an errno that loopback never gives.
REFUSED = 'EHOSTDOWN'

Result = collections.namedtuple('Result', 'status out err')


def rule(port, *options, failures=2, timeout='1h'):
    """One rule for that destination, whose refusals are REFUSED; it stays open unless told otherwise."""
    pattern = port if isinstance(port, str) else port.text
    return ' '.join((pattern, f'failures={failures} timeout={timeout} backoff=1 jitter=0% fail-with={REFUSED}') + options)


def check_program(name):
    return os.path.join(BUILD, 'tests', 'preload', name)


def check_library(name):
    return os.path.join(BUILD, 'tests', 'preload', '.libs', name)


def hooks(name):
    """Whether the object has that one: not every libc and machine has all of them."""
    with open(os.path.join(BUILD, 'src', 'hook', 'exports.list'), encoding='utf-8') as file:
        return name in file.read().split()


def need(*programs):
    """Skips the case where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest(f'{program} is not installed')


def need_native(why):
    """Skips the case where the object and the check programs are not for this machine and its libc."""
    if FOREIGN:
        raise unittest.SkipTest(why)


def need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest('only root can set this up')


def wait_until(condition, bound=20.0, what=None):
    """The first true value of condition(); AssertionError when there is none within `bound` seconds."""
    end = time.monotonic() + bound
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {bound} s: {what or condition}')
        time.sleep(0.02)


def named_errors(text):
    return re.sub(r'errno=(\d+)', lambda found: errno.errorcode.get(int(found[1]), found[0]), text)


def clean_environment():
    kept = {}
    for name, value in os.environ.items():
        if name.startswith('CUTOUT_') or name in ('LD_PRELOAD', 'MAKEFLAGS') or name.lower().endswith('_proxy'):
            continue
        kept[name] = value
    kept['LC_ALL'] = 'C'
    return kept


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix='cutout-test-')
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(tap.kill_orphans)
        os.chmod(self.directory, 0o755)
        self.panel = self.new_panel()

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def new_panel(self):
        """A path for a panel that no other case and no earlier part of this one has used."""
        return os.path.join(tempfile.mkdtemp(prefix='panel-', dir=self.directory), 'panel')

    # Programs

    def environment(self, rules=None, env=None, preload=True, panel=None):
        """What is set for a program, beside the cleaned environment. `preload`: True, False or a value."""
        extra = {}
        if preload:
            extra['LD_PRELOAD'] = OBJECT if preload is True else preload
            extra['CUTOUT_PANEL'] = panel or self.panel
            if rules is not None:
                extra['CUTOUT_RULES'] = rules
        extra.update(env or {})
        return {name: value for name, value in extra.items() if value is not None}

    def foreign(self, argv, extra, under):
        """The same for a program that the machine does not run itself, or whose libc is another."""
        preload = extra.get('LD_PRELOAD')
        if not argv[0].startswith((BUILD + os.sep, self.directory + os.sep)):
            if preload:
                raise unittest.SkipTest(f'{os.path.basename(argv[0])} does not go with this object')
            return argv, extra
        if not EMULATOR:
            return argv, extra
        for word in (*argv, *extra, *under):
            for part, reason in EMULATOR_LACKS.items():
                if preload and part in word:
                    raise unittest.SkipTest(f'{EMULATOR[0]} {reason}')
        extra = {name: value for name, value in extra.items() if name != 'LD_PRELOAD'}
        return [*EMULATOR, *(['-E', f'LD_PRELOAD={preload}'] if preload else []), *argv], extra

    def start(self, argv, rules=None, env=None, preload=True, panel=None, under=(), **popen):
        """Starts a program in a process group of its own; it is killed when the case ends.

        `under`: a command that starts it, itself without the object (strace, unshare, setpriv).
        """
        extra = self.environment(rules, env, preload, panel)
        environment = clean_environment()
        if FOREIGN:
            argv, extra = self.foreign(argv, extra, under)
        if under:
            argv = [*under, 'env', *(f'{name}={value}' for name, value in extra.items()), *argv]
        else:
            environment.update(extra)
        options = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        options.update(popen)
        process = subprocess.Popen(argv, env=environment, start_new_session=True, text=True, errors='replace', **options)
        self.addCleanup(self.finish, process)
        return process

    @staticmethod
    def finish(process):
        """Ends what is left of its group; once, since the number of a group that is gone may be another's by then."""
        if getattr(process, 'is_finished', False):
            return
        process.is_finished = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def execute(self, argv, timeout=30, **how):
        """Runs a program to its end."""
        process = self.start(argv, **how)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.finish(process)
            self.fail(f'not done within {timeout} s: {argv}')
        self.finish(process)
        return Result(process.returncode, out, err)

    def calls(self, *operations, program='calls', **how):
        """The transcript of the calls that tests/preload/calls.c makes: lines like 'connect -1 ECONNREFUSED'."""
        result = self.execute([check_program(program), *operations], **how)
        self.assertEqual((result.status, result.err), (0, ''), f'{operations} said: {result.out}')
        return named_errors(result.out).splitlines()

    def conversation(self, *operations, **how):
        """As calls(), for a transcript with the operation `stop`: say() goes on to the next one."""
        process = self.start([check_program('calls'), *operations], stdin=subprocess.PIPE, bufsize=1, **how)
        return Conversation(self, process)

    def traced(self, *operations, **how):
        """The names of the system calls that the calls program makes between its markers, under strace."""
        need('strace')
        if EMULATOR:
            raise unittest.SkipTest(f'{EMULATOR[0]} {EMULATOR_LACKS["strace"]}')
        trace = self.path('trace')
        self.calls(*operations, under=['strace', '-f', '-qq', '-o', trace], **how)
        inside, found = False, []
        with open(trace, encoding='utf-8', errors='replace') as file:
            for line in file:
                if 'write(-1, "begin"' in line:
                    inside = True
                elif 'write(-1, "end"' in line:
                    inside = False
                elif inside:
                    call = re.match(r'\d+\s+(\w+)\((.*)', line)
                    # The transcript itself is written by the program.
                    if call and not (call[1] == 'write' and call[2].startswith('1, ')):
                        found.append(call[1])
        return found

    def connect(self, port, times=1, **how):
        """What `times` blocking connects of one program come to: ['0', 'ECONNREFUSED', …]."""
        lines = self.calls(*(['use=0', 'socket=' + port.family, 'connect=' + port.text, 'close'] * times), **how)
        return [line.split()[-1] for line in lines if line.startswith('connect ')]

    # The panel

    def command(self, *arguments, timeout=20):
        return self.execute([COMMAND, *arguments], preload=False, timeout=timeout)

    def status(self, panel=None):
        panel = panel or self.panel
        if not os.path.exists(panel):
            return []
        result = self.command('status', '--json', '-p', panel)
        self.assertEqual((result.status, result.err), (0, ''))
        return json.loads(result.out)['breakers']

    def breaker(self, port, panel=None):
        """The one breaker of that address, or None."""
        address = port if isinstance(port, str) else port.text
        found = [breaker for breaker in self.status(panel) if breaker['address'] == address]
        self.assertLessEqual(len(found), 1, f'{address} has several breakers')
        return found[0] if found else None

    def assert_totals(self, port, panel=None, last_error=False, **totals):
        """What the panel has counted; `last_error` only where it is given (None is a value)."""
        breaker = self.breaker(port, panel)
        self.assertIsNotNone(breaker, f'no breaker for {port}')
        seen = {name: breaker['totals'][name] for name in totals}
        if last_error is not False:
            totals['last_error'] = last_error
            seen['last_error'] = breaker['last_error']
        self.assertEqual(seen, totals, breaker)
        return breaker

    def assert_state(self, port, state, panel=None):
        breaker = self.breaker(port, panel)
        self.assertIsNotNone(breaker, f'no breaker for {port}')
        self.assertEqual(breaker['state'], state, breaker)
        return breaker


class Conversation:
    """A running calls program that stops where it is told to."""

    def __init__(self, case, process):
        self.case = case
        self.process = process

    def until_stop(self):
        """The transcript up to the next `stop`, or to the end."""
        lines = []
        for line in self.process.stdout:
            if line == 'stop\n':
                return lines
            lines.append(named_errors(line.rstrip('\n')))
        self.case.assertEqual(self.process.wait(), 0, lines)
        return lines

    def go_on(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return self.until_stop()


def both_orders(*others):
    """LD_PRELOAD with the object before the others and behind them."""
    yield ' '.join((OBJECT, *others))
    yield ' '.join((*others, OBJECT))


def libraries(*names):
    """The first file of each name below the usual library directories; skips where one is missing."""
    found = []
    need_native(f'{names[0]} does not go with this object')
    for name in names:
        files = [file for directory in ('/usr/lib', '/usr/lib64', '/usr/libexec', '/usr/local/lib')
                 for pattern in (name, f'*/{name}', f'*/faketime/{name}', f'faketime/{name}')
                 for file in glob.glob(os.path.join(directory, pattern))]
        if not files:
            raise unittest.SkipTest(f'{name} is not installed')
        found.append(files[0])
    return found


def main():
    tap.run(sys.modules['__main__'])
