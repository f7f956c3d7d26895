#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers that say nothing, to a connect or to a request: what a client gives up is a failure, however it gives up.

The clients wait for the clock and not for the processor: all are run side by side, before the first test.
"""
import concurrent.futures
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import daemons
from daemons import APACHE, MODULES, apache, by_curl, log_of_nginx
from harness import Case, hooks, main, rule, wait_until
from impatient import CLIENTS, compile_java
from matrix import MatrixCase
from programs import Daemon
from servers import Port, answer_while, silent

SIDE_BY_SIDE = 12

ANSWERS_LATE = ('on=response', 'slow-call=300ms')

NGINX = daemons.NGINX.replace('{workers}', '2').replace('{answer}', """proxy_pass http://kept;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout 2s;
            proxy_read_timeout 1s""").replace('server {', """upstream kept {
        server @HOST@:@PORT@;
        keepalive 4;
    }
    server {""", 1)

HAPROXY = '''
global
    nbthread 2
    log stderr format raw daemon
defaults
    mode http
    http-reuse always
    retries 0
    timeout connect 2s
    timeout client 10s
    timeout server 1s
listen all
    bind 127.0.0.1:@LISTEN@
    server asked @HOST@:@PORT@
'''

APACHE_PROXY = APACHE + f'''
LoadModule proxy_module {MODULES}/mod_proxy.so
LoadModule proxy_http_module {MODULES}/mod_proxy_http.so
ProxyPass / @URL@ retry=0 connectiontimeout=2 timeout=1
'''

PROXIES = {
    'nginx': Daemon('nginx', *log_of_nginx('stderr'), '-p', '@DIRECTORY@/', '-c', 'nginx.conf', files={'nginx.conf': NGINX},
                    request=by_curl()),
    'haproxy': Daemon('haproxy', '-db', '-f', 'haproxy.cfg', files={'haproxy.cfg': HAPROXY}, request=by_curl()),
    'apache': apache({'httpd.conf': APACHE_PROXY}, request=by_curl()),
}


class Runs(Case):
    """What becomes of three attempts of a client, and of one more. It has no tests, but is used as a Case."""

    def attempts(self, port, client, *options):
        panel = self.new_panel()
        rules = rule(port, 'max-connections=100', *options, failures=3)
        command = client.command(port, self.directory)
        how = dict(rules=rules, panel=panel, env={'HOME': self.directory}, cwd=self.directory)
        processes = [self.start(command, **how) for _ in range(client.times)]
        for process in processes:
            process.communicate(timeout=60)
        given_up = self.breaker(port, panel)
        self.execute(command, **how)
        return given_up, self.breaker(port, panel)

    def without_a_handshake(self, client):
        port = Port(self).swallow()
        return self.attempts(port, client)

    def without_an_answer(self, client):
        port = Port(self).start(silent)
        return self.attempts(port, client, *ANSWERS_LATE)


class Silence(Case):
    @classmethod
    def setUpClass(cls):
        runs = Runs()
        runs.setUp()
        try:
            compile_java(runs.directory)
            with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                cls.found = {(name, way): pool.submit(getattr(runs, way), client)
                             for way in ('without_a_handshake', 'without_an_answer')
                             for name, client in CLIENTS.items() if not client.missing()}
        finally:
            runs.doCleanups()

    def gave_up(self, name, way):
        client = CLIENTS[name]
        if client.missing():
            self.skipTest(client.missing())
        if client.closes_by_syscall and not hooks('syscall'):
            self.skipTest('syscall() has no hook on this machine')
        given_up, then = self.found[name, way].result()
        totals = given_up['totals']
        self.assertEqual((given_up['state'], totals['failures'], totals['successes'], given_up['last_error']),
                         ('open', 3, 0, 'ETIMEDOUT'), given_up)
        if not client.spare:
            self.assertEqual((totals['calls'], totals['ignored']), (3, 0), given_up)
        self.assertEqual((given_up['in_flight'], given_up['connections']), (0, 0), given_up)
        self.assertEqual(then['totals']['calls'], totals['calls'], then)
        self.assertGreater(then['totals']['refused'], totals['refused'], then)


for each in CLIENTS:
    setattr(Silence, f'test_{each}_without_a_handshake', lambda self, name=each: self.gave_up(name, 'without_a_handshake'))
    setattr(Silence, f'test_{each}_without_an_answer', lambda self, name=each: self.gave_up(name, 'without_an_answer'))


class Proxies(MatrixCase):
    """They keep their connections, and outlive what they give up."""

    def three(self, port, program, rules):
        """At once."""
        program.running(self, port, rules=rules)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            return [program.is_good(answer) for answer in pool.map(lambda _: program.ask(self, port, rules=rules), range(3))]

    def gives_up(self, port, program, *options):
        rules = rule(port, 'max-connections=100', *options, failures=3)
        self.assertEqual(self.three(port, program, rules), [False] * 3)
        breaker = self.assert_totals(port, calls=3, failures=3, ignored=0, refused=0, last_error='ETIMEDOUT')
        self.assertEqual((breaker['state'], breaker['in_flight'], breaker['connections']), ('open', 0, 0))
        self.assertFalse(program.is_good(program.ask(self, port, rules=rules)))
        self.assert_totals(port, calls=3, refused=1)

    def gives_up_without_a_handshake(self, program):
        with self.at_work(program):
            self.gives_up(Port(self).swallow(), program)

    def gives_up_without_an_answer(self, program):
        with self.at_work(program):
            self.gives_up(Port(self).start(silent), program, *ANSWERS_LATE)

    def gives_up_on_a_server_that_stops_answering(self, program):
        answering = threading.Event()
        answering.set()
        with self.at_work(program):
            port = Port(self, kind=answer_while(answering)).start()
            rules = rule(port, 'max-connections=100', *ANSWERS_LATE, failures=3, timeout='1s')
            wait_until(lambda: all(self.three(port, program, rules)), what='three answers')
            answering.clear()
            wait_until(lambda: self.three(port, program, rules) and self.breaker(port)['totals']['refused'] > 0, what='a refusal')
            breaker = self.assert_totals(port, ignored=0)
            self.assertGreaterEqual(breaker['totals']['failures'], 3)
            self.assertEqual(breaker['in_flight'], 0)
            answering.set()
            wait_until(lambda: all(self.three(port, program, rules)) and self.breaker(port)['state'] == 'closed',
                       what='the circuit to close')
            port.stop()


for each, row in PROXIES.items():
    for way in ('without_a_handshake', 'without_an_answer', 'on_a_server_that_stops_answering'):
        setattr(Proxies, f'test_{each}_gives_up_{way}', lambda self, row=row, way=way: getattr(self, f'gives_up_{way}')(row))


if __name__ == '__main__':
    main()
