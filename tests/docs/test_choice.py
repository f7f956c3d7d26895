#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The way to a policy that the README shows, walked: record an outage, try policies on it, choose one, run under it.

legacy-app is a program that connects twenty times a second for seven seconds, to a server that is away for three of
them. With --show the commands and what they print are shown, as a transcript for the README.
"""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness
import pages
import servers

README = os.path.join(os.environ.get('CUTOUT_SOURCE', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')), 'README.md')
SHOWN_PORT = '127.0.0.1:5432'
SHOW = '--show' in sys.argv

APP = '''#!{python}
import socket, time
for _ in range(140):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", {port}))
    time.sleep(0.05)
'''


def section():
    with open(README, encoding='utf-8') as file:
        text = file.read().split('\n## Which policy?\n')[1].split('\n## ')[0]
    return re.search(r'```text\n(.*?)```', text, re.DOTALL)[1]


def skeleton(text):
    """What is the same in every run: words, and where numbers stand."""
    text = re.sub(r'\d+(\.\d+)?', 'N', text)
    return [' '.join(line.split()) for line in text.strip().splitlines()]


class Choice(harness.Case):
    def setUp(self):
        super().setUp()
        if 'address' in os.environ.get('CUTOUT_SANITIZERS', '') or 'thread' in os.environ.get('CUTOUT_SANITIZERS', ''):
            self.skipTest('not with an object built with a sanitizer')
        self.port = servers.Port(self)
        os.mkdir(self.path('bin'))
        os.symlink(harness.COMMAND, self.path('bin', 'cutout'))
        app = self.path('bin', 'legacy-app')
        with open(app, 'w', encoding='ascii') as file:
            file.write(APP.format(python=sys.executable, port=self.port.number))
        os.chmod(app, 0o755)

    def outage(self):
        """Up, down, up, from the first connect on."""
        self.port.start(servers.greet)
        harness.wait_until(lambda: self.port.server.accepted > 0)
        time.sleep(2)
        self.port.stop()
        time.sleep(3)
        self.port.start(servers.greet)

    def run_one(self, command):
        during = threading.Thread(target=self.outage if 'legacy-app' in command else lambda: None)
        environment = {'PATH': self.path('bin') + ':' + os.environ['PATH'], 'CUTOUT_PANEL': self.panel}
        during.start()
        result = self.execute(['sh', '-c', 'exec 2>&1\n' + command.replace(SHOWN_PORT, self.port.text)], preload=False,
                              env=environment, cwd=self.directory, timeout=60)
        during.join()
        self.port.stop()
        self.assertEqual(result.status, 0, result.out)
        return result.out.replace(self.port.text, SHOWN_PORT)

    def test_record_simulate_choose_run(self):
        outputs = []
        for command, shown in pages.commands(section()):
            output = self.run_one(command)
            outputs.append(output)
            if SHOW:
                print(f'$ {command}\n{output}', end='', file=sys.stderr)
            else:
                self.assertEqual(skeleton(output), skeleton('\n'.join(shown)), command)
        compared, status = outputs[1], outputs[-1]
        rows = [re.split(r'\s{2,}', line) for line in compared.splitlines()[1:]]
        self.assertEqual({row[1] for row in rows}, {'140'})
        quick, patient = rows[1], rows[2]
        self.assertLess(int(quick[3]), int(patient[3]), 'the quick policy lets fewer failures through')
        # The same outage again, now in earnest: what was foretold, give or take what a busy machine adds.
        state, _, _, calls, failed, refused = re.split(r'\s{2,}', status.splitlines()[1])[:6]
        self.assertEqual(state, 'closed')
        self.assertEqual(int(calls) + int(refused), 140)
        self.assertAlmostEqual(int(failed), int(quick[3]), delta=6)
        self.assertAlmostEqual(int(refused), int(quick[2]), delta=25)


if __name__ == '__main__':
    if SHOW:
        sys.argv.remove('--show')
    harness.main()
