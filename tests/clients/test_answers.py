#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""on=response and shed=all with clients that people use: a database that sleeps, and a pool of connections to it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import subprocess
import unittest

from harness import Case, main, need, rule, wait_until
from programs import accepts
from servers import Port

# A pool that is kept: each line that is read is a request, made anew once where its connection was lost.
POOL = '''
import sys
import redis
pool = redis.ConnectionPool(host='127.0.0.1', port=int(sys.argv[1]), socket_timeout=5, retry_on_error=[])
for line in sys.stdin:
    try:
        print(redis.Redis(connection_pool=pool).ping(), flush=True)
    except redis.exceptions.RedisError as error:
        print(error, flush=True)
'''


def python_with(module):
    """The packages of the system are there for its own interpreter."""
    for python in (sys.executable, '/usr/bin/python3'):
        if os.path.exists(python) and subprocess.run([python, '-c', f'import {module}'], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    raise unittest.SkipTest(f'{module} is not installed')


class Answers(Case):
    def redis(self):
        need('redis-server', 'redis-cli')
        port = Port(self)
        port.stop()
        self.start(['redis-server', '--port', str(port.number), '--bind', '127.0.0.1', '--save', '', '--enable-debug-command', 'local'],
                   preload=False, cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: accepts(port), what='redis-server')
        return port

    def cli(self, port, *words, **how):
        return self.execute(['redis-cli', '-p', str(port.number), *words], **how)

    def test_redis_cli_trips_on_a_server_that_sleeps(self):
        port = self.redis()
        rules = rule(port, 'on=response', 'slow-call=200ms')
        self.assertEqual(self.cli(port, 'PING', rules=rules).out, 'PONG\n')
        for _ in range(2):
            self.cli(port, 'DEBUG', 'SLEEP', '0.5', rules=rules)
        self.assert_state(port, 'open')
        self.assertIn('Host is down', self.cli(port, 'PING', rules=rules).err)

    def test_a_pool_of_redis_py_is_shed_and_works_again(self):
        port = self.redis()
        rules = rule(port, 'on=response', 'shed=all', timeout='1s')
        client = self.start([python_with('redis'), '-c', POOL, str(port.number)], rules=rules, stdin=subprocess.PIPE, bufsize=1)

        def ask():
            client.stdin.write('\n')
            client.stdin.flush()
            return client.stdout.readline().strip()
        self.assertEqual([ask(), ask()], ['True', 'True'])
        self.assertEqual(self.command('trip', '-p', self.panel, port.text).status, 0)
        refusals = self.breaker(port)['totals']['refused']
        self.assertNotEqual(ask(), 'True')
        self.assertGreater(self.breaker(port)['totals']['refused'], refusals)
        wait_until(lambda: ask() == 'True', what='an answer after recovery')
        wait_until(lambda: ask() == 'True' and self.breaker(port)['state'] == 'closed', what='the circuit to close')


if __name__ == '__main__':
    main()
