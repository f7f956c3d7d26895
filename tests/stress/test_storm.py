#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Dozens of programs connect, under the object, to servers that come and go, while they are killed one after the other.

`cutout trip` and `reset` are called in between, and a reader polls the panel; what must hold at every reading, and
when all are dead, it says itself (watch.h). STRESS_SECONDS in the environment says how long.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))

import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import servers
from harness import BUILD, COMMAND, OBJECT, Case, clean_environment, main
from servers import Port

PROCESSES = 24
THREADS = 4  # of each; storm.c
PORTS = 10
OVERDUE_MS = 300
RULES = f'127.0.0.0/8 failures=3 timeout=40ms max-timeout=160ms overdue={OVERDUE_MS}ms successes=2 probes=2'
COMPILERS = (['i686-linux-gnu-gcc'], ['gcc', '-m32'])


class Storm(Case):
    def setUp(self):
        super().setUp()
        self.ports = [Port(self) for _ in range(PORTS)]
        self.deaths = 0
        self.random = random.Random(7)

    def start_program(self, build):
        env = {'CUTOUT_PANEL': self.panel, 'CUTOUT_RULES': RULES,
               'LD_PRELOAD': os.path.join(build, '.libs', 'libcutout.so') if build != BUILD else OBJECT}
        program = os.path.join(build, 'tests', 'stress', 'storm')
        process = subprocess.Popen([program, *(str(port.number) for port in self.ports)], stdin=subprocess.DEVNULL,
                                   env={**clean_environment(), **env}, start_new_session=True)
        process.build = build
        self.addCleanup(self.finish, process)
        return process

    def kill(self, process):
        process.kill()
        self.assertEqual(process.wait(), -signal.SIGKILL, 'it died of something else')
        self.deaths += THREADS

    def change_a_server(self):
        port = self.random.choice(self.ports)
        if port.server or port.blockers:
            port.stop()
        elif self.random.random() < 0.05:
            port.swallow()
        else:
            port.start(self.random.choice((servers.reset, servers.greet)))

    def steer(self):
        port = self.random.choice(self.ports)
        order = self.random.choice(('trip', 'reset'))
        result = subprocess.run([COMMAND, order, '-p', self.panel, port.text], env=clean_environment(), check=False,
                                capture_output=True, text=True, timeout=20)
        self.assertIn(result.returncode, (0, 1), result.stderr)

    def storm(self, builds):
        end = time.monotonic() + float(os.environ.get('STRESS_SECONDS', 8))
        programs = [self.start_program(builds[i % len(builds)]) for i in range(PROCESSES)]
        watch = subprocess.Popen([os.path.join(BUILD, 'tests', 'stress', 'storm_watch'), self.panel, str(OVERDUE_MS)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment())
        self.addCleanup(self.finish, watch)
        rounds = 0
        while time.monotonic() < end:
            self.change_a_server()
            victim = self.random.randrange(PROCESSES)
            self.kill(programs[victim])
            programs[victim] = self.start_program(programs[victim].build)
            rounds += 1
            if rounds % 5 == 0:
                self.steer()
            time.sleep(0.01)
        for program in programs:
            self.kill(program)
        out, _ = watch.communicate(f'{self.deaths}\n', timeout=120)
        for line in out.splitlines():
            if line.startswith('#'):
                print(line)
        self.assertNotRegex(out, re.compile('^(not ok|Bail)', re.MULTILINE), out)
        self.assertEqual(watch.returncode, 0, out)

    def test_programs_of_this_machine(self):
        self.wait_for_panel()
        self.storm([BUILD])

    def wait_for_panel(self):
        """The reader makes none."""
        self.connect(self.ports[0], rules=RULES)
        self.assertTrue(os.path.exists(self.panel))

    def build_for_32_bit(self):
        """A build directory with the object and the program; skips where the machine cannot make or run one."""
        if os.environ.get('CUTOUT_SANITIZERS'):
            raise unittest.SkipTest('the 32-bit object has no sanitizer')
        build = self.path('build32')
        os.mkdir(build)
        probe = self.path('probe')
        for compiler in COMPILERS:
            if shutil.which(compiler[0]) and self.runs(compiler, probe):
                break
        else:
            raise unittest.SkipTest('no compiler of 32-bit programs that run here')
        source = os.environ.get('CUTOUT_SOURCE', os.path.join(HERE, '..', '..'))
        if os.path.exists(os.path.join(source, 'config.status')):
            raise unittest.SkipTest('the source is configured in place')
        steps = ([os.path.join(source, 'configure'), '--host=i686-linux-gnu', '--disable-cli', '--enable-tests',
                  '--without-criterion', 'TEST_COMMAND=' + COMMAND, 'CC=' + ' '.join(compiler)],
                 ['make', '-j2', 'libcutout.la', 'tests/stress/storm'])
        for step in steps:
            done = subprocess.run(step, cwd=build, env=clean_environment(), check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        return build

    def runs(self, compiler, probe):
        program = 'int main(void) { return sizeof(void *) == 4 ? 0 : 1; }'
        made = subprocess.run([*compiler, '-x', 'c', '-', '-o', probe], input=program, text=True, check=False,
                              capture_output=True)
        try:
            return made.returncode == 0 and subprocess.run([probe], check=False).returncode == 0
        except OSError:
            return False

    def test_with_programs_of_32_bit(self):
        build = self.build_for_32_bit()
        self.wait_for_panel()
        self.storm([BUILD, build])


if __name__ == '__main__':
    main()
