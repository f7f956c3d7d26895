#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""on=response and shed=all with clients that people use: databases that sleep, kept connections, and pools of them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import subprocess
import threading

import daemons
from harness import REFUSED, main, need, rule, wait_until
from matrix import NEVER_OPENS, MatrixCase
from programs import Served, accepts, python_with
from servers import Port, answer_on, answer_while

# A pool that is kept: each line that is read is a request, made anew once where its connection was lost.
POOL = '''
import sys
import redis
once = {'retry_on_error': []} if redis.VERSION[0] > 3 else {}
pool = redis.ConnectionPool(host='127.0.0.1', port=int(sys.argv[1]), socket_timeout=5, **once)
for line in sys.stdin:
    try:
        print(redis.Redis(connection_pool=pool).ping(), flush=True)
    except redis.exceptions.RedisError as error:
        print(error, flush=True)
'''

# Two connections are made at the start and kept. One that was lost is given back as such, and another made for it.
PSYCOPG2_POOL = '''
import sys
import psycopg2.pool
pool = psycopg2.pool.ThreadedConnectionPool(2, 4, host='127.0.0.1', port=sys.argv[1], user='postgres', dbname='postgres')
for line in sys.stdin:
    connection = None
    try:
        connection = pool.getconn()
        with connection, connection.cursor() as cursor:
            cursor.execute("select 'hello'")
            print(*cursor.fetchone(), flush=True)
    except psycopg2.Error as error:
        print(type(error).__name__, flush=True)
    if connection:
        pool.putconn(connection, close=connection.closed != 0)
'''

KEPT_BY_PYTHON = '''
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
for i in range(20):
    connection.request('GET', '/')
    kept = connection.sock
    answer = connection.getresponse()
    print(answer.status, answer.read(), connection.sock is kept)
'''

# For each line so many requests at once, through at most four kept connections, each given up after a second.
NODE_POOL = '''
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 4});

function get() {
    return new Promise(resolve => {
        const request = http.get(process.argv[1], {agent, timeout: 1000}, answer => {
            let text = '';
            answer.on('data', data => text += data);
            answer.on('end', () => resolve(text.trim()));
        });
        request.on('timeout', () => request.destroy(new Error('given up')));
        request.on('error', error => resolve(error.code || error.message));
    });
}

process.stdin.on('data', async () => {
    const answers = await Promise.all(Array.from({length: process.argv[2]}, get));
    console.log(answers.join(','));
});
'''


class PoolCase(MatrixCase):
    def pool(self, words, **how):
        """ask() has it make what it makes for a line, and returns the line that it says about it."""
        client = self.start(words, stdin=subprocess.PIPE, bufsize=1, **how)

        def ask():
            client.stdin.write('\n')
            return client.stdout.readline().strip()
        return ask

    def is_shed_and_works_again(self, port, words, good, kept=1):
        ask = self.pool(words, rules=rule(port, 'on=response', 'shed=all', timeout='3s'))
        self.assertEqual([ask(), ask()], [good, good])
        self.assertEqual(self.command('trip', '-p', self.panel, port.text).status, 0)
        refusals = self.breaker(port)['totals']['refused']
        for _ in range(kept + 1):  # the request on each connection that is kept, and a connection anew
            self.assertNotEqual(ask(), good)
            before, refusals = refusals, self.breaker(port)['totals']['refused']
            self.assertGreater(refusals, before)
        wait_until(lambda: ask() == good, what='an answer after recovery')
        wait_until(lambda: ask() == good and self.breaker(port)['state'] == 'closed', what='the circuit to close')


class Redis(PoolCase):
    def redis(self):
        need('redis-server', 'redis-cli')
        port = Port(self)
        port.stop()
        self.start(['redis-server', '--port', str(port.number), '--bind', '127.0.0.1', '--save', ''],
                   preload=False, cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: accepts(port), what='redis-server')
        return port

    def cli(self, port, *words, **how):
        return self.execute(['redis-cli', '-p', str(port.number), *words], **how)

    def test_redis_cli_trips_on_a_server_that_answers_late(self):
        port = self.redis()
        rules = rule(port, 'on=response', 'slow-call=200ms')
        self.assertEqual(self.cli(port, 'PING', rules=rules).out, 'PONG\n')
        for _ in range(2):
            self.cli(port, 'BLPOP', 'nothing', '0.5', rules=rules)
        self.assert_state(port, 'open')
        self.assertIn('Host is down', self.cli(port, 'PING', rules=rules).err)

    def test_a_pool_of_redis_py_is_shed_and_works_again(self):
        port = self.redis()
        self.is_shed_and_works_again(port, [python_with('redis'), '-c', POOL, str(port.number)], 'True')


class PostgreSQL(PoolCase):
    def served(self):
        daemon = daemons.postgres()
        self.skip_without(daemon)
        need('psql')
        port = Served(self, daemon).start()
        self.addCleanup(port.stop)
        wait_until(lambda: self.says_hello(port, preload=False), what='postgres to answer')
        return port

    def psql(self, port, *sql, **how):
        return self.execute(daemons.psql(f'host={port.host} port={port.number}', *sql), env={'HOME': self.directory}, **how)

    def says_hello(self, port, **how):
        return self.psql(port, "select 'hello'", **how).out == 'hello\n'

    def sleeps_twice(self, port, **how):
        """On one connection: two answers in a row that are slow."""
        self.psql(port, *['select pg_sleep(0.8)'] * 2, **how)

    def test_psql_trips_on_a_database_that_sleeps(self):
        port = self.served()
        rules = rule(port, 'on=response', 'slow-call=400ms')
        self.assertTrue(self.says_hello(port, rules=rules))
        self.sleeps_twice(port, rules=rules)
        calls = self.assert_state(port, 'open')['totals']['calls']
        self.assertIn('Host is down', self.psql(port, "select 'hello'", rules=rules).err)
        self.assertGreater(self.assert_totals(port, calls=calls, trips=1)['totals']['refused'], 0)

    def test_a_pool_of_psycopg2_is_shed_and_works_again(self):
        python = python_with('psycopg2')
        port = self.served()
        self.is_shed_and_works_again(port, [python, '-c', PSYCOPG2_POOL, str(port.number)], 'hello', kept=2)

    def test_psql_finds_the_database_again(self):
        port = self.served()
        rules = rule(port, 'on=response', 'slow-call=400ms', timeout='300ms')
        self.sleeps_twice(port, rules=rules)
        self.assertGreater(self.breaker(port)['totals']['trips'], 0)
        wait_until(lambda: self.says_hello(port, rules=rules), what='an answer after recovery')
        wait_until(lambda: self.says_hello(port, rules=rules) and self.breaker(port)['state'] == 'closed', what='the circuit to close')


class Kept(MatrixCase):
    """Many requests on one connection."""

    def each_is_a_call(self, words, times):
        daemon = daemons.nginx()
        self.skip_without(daemon)
        port = Served(self, daemon).start()
        self.addCleanup(port.stop)
        words = [word.replace('@PORT@', str(port.number)) for word in words]
        bare = self.execute(words, preload=False)
        self.assertEqual((bare.status, bare.err), (0, ''))
        self.assertEqual(self.execute(words, rules=NEVER_OPENS + ' on=response'), bare)
        self.assert_totals(port, calls=times, successes=times, failures=0, ignored=0, late=0)
        return bare.out.splitlines()

    def test_each_request_of_curl_is_a_call(self):
        need('curl')
        lines = self.each_is_a_call(['curl', '-q', '-sS', '--max-time', '20', '-w', '%{num_connects}\n',
                                     *['http://127.0.0.1:@PORT@/'] * 20], 20)
        self.assertEqual(lines, ['hello', '1'] + ['hello', '0'] * 19)

    def test_each_request_of_http_client_is_a_call(self):
        lines = self.each_is_a_call([sys.executable, '-c', KEPT_BY_PYTHON, '@PORT@'], 20)
        self.assertEqual(lines, ["200 b'hello\\n' True"] * 20)


class Node(PoolCase):
    def test_a_pool_of_node_is_shed_and_works_again(self):
        need('node')
        port = Port(self, kind=answer_on).start()
        self.is_shed_and_works_again(port, ['node', '-e', NODE_POOL, port.url, '1'], 'hello')

    def test_a_pool_of_node_trips_on_a_server_that_stops_answering(self):
        need('node')
        answering = threading.Event()
        answering.set()
        port = Port(self, kind=answer_while(answering)).start()
        ask = self.pool(['node', '-e', NODE_POOL, port.url, '8'],
                        rules=rule(port, 'on=response', 'slow-call=300ms', timeout='2s'))
        eight = ','.join(['hello'] * 8)
        wait_until(lambda: ask() == eight, what='eight answers')
        answering.clear()
        wait_until(lambda: REFUSED in ask(), what='a refusal')
        self.assertEqual(self.breaker(port)['totals']['ignored'], 0)
        self.assertGreater(self.breaker(port)['totals']['trips'], 0)
        answering.set()
        wait_until(lambda: ask() == eight and self.breaker(port)['state'] == 'closed', what='the circuit to close')


if __name__ == '__main__':
    main()
