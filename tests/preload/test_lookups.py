#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lookups=on and stale-names: breakers of names, against a DNS server that answers, fails, or falls silent.

The server is this script's own, on port 53 of a network of its own; the last case has a real one, dnsmasq.
"""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import dns
import namespaces
from harness import Case, main, need, rule, wait_until
from servers import Port, answer

ZONE = {
    'db.internal': ['127.0.0.1'], 'web.internal': ['127.0.0.1'], 'six.internal': ['::1'],
    'both.internal': ['127.0.0.1', '::1'],
}

# Looks the names up in turn; a word in capitals is a flag for those after it, "stop" waits for a line.
LOOK_UP = '''
import socket, sys
flags = 0
for word in sys.argv[1:]:
    if word == 'stop':
        print('stop', flush=True)
        sys.stdin.readline()
        continue
    if word.isupper():
        flags = getattr(socket, word)
        continue
    name, _, service = word.partition(':')
    kind = socket.SOCK_STREAM
    if name.startswith('datagram/'):
        name, kind = name[9:], socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(name, service or None, 0, kind, 0, flags)
        print(' '.join(sorted({address[0] for *_, address in found})), flush=True)
    except socket.gaierror as error:
        print({getattr(socket, code): code for code in dir(socket) if code.startswith('EAI_')}[error.errno], flush=True)
'''

AGAIN = 'EAI_AGAIN'


class Lookups(Case):
    def setUp(self):
        super().setUp()
        namespaces.enter_network()
        self.server = dns.Server(self, ZONE)
        self.under = dns.under(self)

    def look_up(self, *names, **how):
        how.setdefault('rules', rule('*', 'lookups=on'))
        result = self.execute([sys.executable, '-c', LOOK_UP, *names], under=self.under, **how)
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out.splitlines()

    def start_looking(self, *names, **how):
        process = self.start([sys.executable, '-c', LOOK_UP, *names], under=self.under, stdin=subprocess.PIPE, bufsize=1, **how)

        def until_stop():
            return [line.rstrip('\n') for line in iter(process.stdout.readline, 'stop\n') if line]

        def go_on():
            process.stdin.write('\n')
            process.stdin.flush()
        return process, until_stop, go_on

    def named(self, name):
        """The one breaker whose destination that is, or None."""
        found = [breaker for breaker in self.status() if breaker['destination'] == name]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    # Breakers of names

    def test_failing_lookups_open_a_circuit_and_the_next_ones_ask_nobody(self):
        self.server.mode = dns.SERVFAIL
        self.assertEqual(self.look_up('db.internal:5432', 'db.internal:5432'), [AGAIN] * 2)
        asked = self.server.asked
        self.assertGreater(asked, 0)
        self.assertEqual(self.look_up('db.internal:5432', 'DB.internal.:5432'), [AGAIN] * 2)
        self.assertEqual(self.server.asked, asked)
        breaker = self.named('lookup:db.internal:5432')
        self.assertEqual((breaker['state'], breaker['address'], breaker['protocol'], breaker['last_error']),
                         ('open', '-', 'lookup', AGAIN))
        self.assertEqual((breaker['totals']['failures'], breaker['totals']['refused']), (2, 2))

    def test_without_the_option_nothing_is_counted(self):
        self.server.mode = dns.SERVFAIL
        for rules in (rule('*'), rule('*', 'lookups=off'), '* pass\n* lookups=on', '* deny\n* lookups=on'):
            self.assertEqual(self.look_up(*['db.internal:5432'] * 3, rules=rules), [AGAIN] * 3)
        self.assertEqual(self.status(), [])

    def test_that_a_name_does_not_exist_is_an_answer(self):
        self.assertEqual(self.look_up(*['nobody.internal:1'] * 4), ['EAI_NONAME'] * 4)
        breaker = self.named('lookup:nobody.internal:1')
        self.assertEqual((breaker['state'], breaker['totals']['successes'], breaker['totals']['failures']), ('closed', 4, 0))

    def test_addresses_as_text_have_no_breaker(self):
        self.look_up('127.0.0.1:80', '::1', 'AI_NUMERICHOST', 'db.internal:80')
        self.assertEqual(self.status(), [])

    def test_a_silent_server_fails_each_lookup_after_its_time_and_refusals_take_none(self):
        self.server.mode = 'silent'
        self.assertEqual(self.look_up(*['db.internal:5432'] * 2), [AGAIN] * 2)
        began = time.monotonic()
        self.assertEqual(self.look_up(*['db.internal:5432'] * 50), [AGAIN] * 50)
        self.assertLess(time.monotonic() - began, 5)  # 50 s were they made
        self.assertEqual(self.named('lookup:db.internal:5432')['totals']['refused'], 50)

    def test_probes_close_it_when_the_server_is_back(self):
        self.server.mode = dns.SERVFAIL
        rules = rule('*', 'lookups=on', timeout='100ms')
        self.look_up('db.internal', 'db.internal', rules=rules)
        self.server.mode = 'answer'
        wait_until(lambda: self.named('lookup:db.internal')['state'] == 'half-open')
        self.assertEqual(self.look_up(*['db.internal'] * 3, rules=rules), ['127.0.0.1'] * 3)
        self.assertEqual(self.named('lookup:db.internal')['state'], 'closed')

    def test_a_slow_answer_is_slow_and_an_overdue_one_a_failure(self):
        self.server.delay = 0.4
        slow = rule('*', 'lookups=on', 'slow-call=100ms slow-rate=100%')
        self.assertEqual(self.look_up('db.internal', rules=slow), ['127.0.0.1'])
        self.assertEqual(self.named('lookup:db.internal')['totals']['slow'], 1)
        self.panel = self.new_panel()
        self.look_up('db.internal', rules=rule('*', 'lookups=on', 'overdue=100ms'))
        breaker = self.named('lookup:db.internal')
        self.assertEqual((breaker['totals']['failures'], breaker['last_error']), (1, 'ETIMEDOUT'))

    def test_lookups_that_are_stuck_open_it_for_the_next(self):
        self.server.mode = 'silent'
        rules = rule('*', 'lookups=on overdue=200ms')
        stuck = [self.start([sys.executable, '-c', LOOK_UP, 'db.internal'], rules=rules, under=self.under) for _ in range(2)]
        wait_until(lambda: (self.named('lookup:db.internal') or {}).get('in_flight') == 2)
        time.sleep(0.3)
        began = time.monotonic()
        self.assertEqual(self.look_up('db.internal', rules=rules), [AGAIN])
        breaker = self.named('lookup:db.internal')
        self.assertEqual((breaker['state'], breaker['last_error'], breaker['totals']['refused']), ('open', 'ETIMEDOUT', 1))
        self.assertTrue(any(process.poll() is None for process in stuck) or time.monotonic() - began > 0.7)

    def test_names_and_services_fail_separately(self):
        self.server.mode = dns.SERVFAIL
        self.look_up('db.internal:1', 'db.internal:1', 'db.internal:2', 'web.internal:1', 'db.internal', 'db.internal:http')
        states = {breaker['destination']: breaker['state'] for breaker in self.status()}
        self.assertEqual(states, {'lookup:db.internal:1': 'open', 'lookup:db.internal:2': 'closed', 'lookup:db.internal': 'closed',
                                  'lookup:web.internal:1': 'closed', 'lookup:db.internal:http': 'closed'})

    def test_with_per_rule_there_is_one_for_all(self):
        self.server.mode = dns.SERVFAIL
        rules = rule('*.internal', 'lookups=on per=rule')
        self.assertEqual(self.look_up('db.internal:1', 'web.internal', rules=rules), [AGAIN] * 2)
        self.assertEqual(self.named('lookup:*.internal')['state'], 'open')

    def test_the_first_rule_that_matches_the_name_decides(self):
        """By its port where the program says one; a lookup without one is under a rule with any."""
        self.server.mode = dns.SERVFAIL
        rules = '\n'.join((rule('10.0.0.0/8', 'lookups=on'), rule('db.internal:5432', 'lookups=on'), 'web.internal pass',
                           rule('*.internal', 'lookups=on')))
        self.look_up('db.internal:5432', 'db.internal', 'db.internal:80', 'web.internal', 'other', rules=rules)
        self.assertEqual({breaker['destination']: breaker['rule'] for breaker in self.status()},
                         {'lookup:db.internal:5432': 'db.internal:5432', 'lookup:db.internal': 'db.internal:5432',
                          'lookup:db.internal:80': '*.internal'})

    def test_observed_circuits_refuse_nothing(self):
        self.server.mode = dns.SERVFAIL
        rules = rule('*', 'lookups=on mode=observe')
        self.look_up(*['db.internal'] * 2, rules=rules)
        asked = self.server.asked
        self.look_up('db.internal', rules=rules)
        self.assertGreater(self.server.asked, asked)
        totals = self.named('lookup:db.internal')['totals']
        self.assertEqual((totals['refused'], totals['would_refuse'], totals['failures']), (0, 1, 2))

    def test_ignored_errors_are_neither(self):
        self.server.mode = dns.SERVFAIL
        self.look_up(*['db.internal'] * 3, rules=rule('*', 'lookups=on ignore=EAI_AGAIN'))
        self.assertEqual(self.named('lookup:db.internal')['totals']['ignored'], 3)

    def test_a_refusal_may_take_its_pace(self):
        self.server.mode = dns.SERVFAIL
        rules = rule('*', 'lookups=on pace=300ms')
        self.look_up(*['db.internal'] * 2, rules=rules)
        began = time.monotonic()
        self.look_up(*['db.internal'] * 2, rules=rules)
        self.assertGreater(time.monotonic() - began, 0.6)

    def test_every_function_is_refused_in_the_words_of_libc(self):
        """What each says of a failing server, it says of an open circuit."""
        self.server.mode = dns.SERVFAIL
        functions = ('getaddrinfo', 'getaddrinfo6', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r')
        for function in functions:
            with self.subTest(function):
                self.panel = self.new_panel()
                bare = self.calls(f'{function}=db.internal', under=self.under, preload=False)
                seen = self.calls(*[f'{function}=db.internal'] * 3, under=self.under, rules=rule('*', 'lookups=on'))
                self.assertEqual(seen, bare * 3)
                self.assertEqual(self.named('lookup:db.internal')['totals']['refused'], 1)

    # Stale names

    def stale(self, *names, age='1h', more='', **how):
        """Looked up once with success, then with a server that fails."""
        rules = rule('*', f'stale-names={age} {more}') + '\n'
        process, until_stop, go_on = self.start_looking(names[0], 'stop', *names, 'stop', rules=rules)
        fresh = until_stop()
        self.server.mode = dns.SERVFAIL
        time.sleep(how.get('after', 0))
        go_on()
        return fresh, until_stop()

    def test_a_failing_lookup_is_answered_with_the_last_good_address(self):
        fresh, stale = self.stale('db.internal:5432', 'DB.internal.', 'web.internal', 'datagram/db.internal:80')
        self.assertEqual(fresh, ['127.0.0.1'])
        self.assertEqual(stale, ['127.0.0.1', '127.0.0.1', AGAIN, '127.0.0.1'])
        self.assertEqual(self.status(), [])

    def test_not_beyond_its_time(self):
        self.assertEqual(self.stale('db.internal', age='100ms', after=0.2)[1], [AGAIN])

    def test_without_the_option_it_fails(self):
        self.assertEqual(self.stale('db.internal', age='off', more='lookups=on')[1], [AGAIN])

    def test_the_canonical_name_is_not_made_up(self):
        self.assertEqual(self.stale('db.internal', 'AI_CANONNAME', 'db.internal')[1], ['127.0.0.1', AGAIN])

    def test_ipv6(self):
        self.assertEqual(self.stale('six.internal')[1], ['::1'])

    def test_of_a_name_with_both_families_the_one_that_stood_first_is_given(self):
        fresh, stale = self.stale('both.internal')
        self.assertEqual(fresh, ['127.0.0.1 ::1'])
        self.assertEqual(len(stale[0].split()), 1)

    def test_an_open_circuit_is_answered_too_and_its_address_is_under_the_rule_of_the_name(self):
        self.server.mode = 'answer'
        rules = rule('db.internal', 'lookups=on stale-names=1h') + '\n* pass'
        port = Port(self)
        process = self.conversation('getaddrinfo=db.internal', 'stop', *['getaddrinfo=db.internal'] * 4, 'use=0', 'socket=4',
                                    f'connect-found={port.number}', rules=rules, under=self.under)
        self.assertEqual(process.until_stop(), ['getaddrinfo 0'])
        self.server.mode = dns.SERVFAIL
        seen = process.go_on()
        self.assertEqual(seen[:4], ['getaddrinfo 0'] * 4)
        self.assertEqual(self.named('lookup:db.internal')['totals']['refused'], 2)
        self.assertEqual(self.breaker(port)['rule'], 'db.internal')

    def test_every_function_answers_stale(self):
        for function in ('getaddrinfo', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r'):
            with self.subTest(function):
                self.server.mode = 'answer'
                process = self.conversation(f'{function}=db.internal', 'stop', f'{function}=db.internal', f'{function}=web.internal',
                                            rules=rule('*', 'stale-names=1h'), under=self.under)
                fresh = process.until_stop()
                self.server.mode = dns.SERVFAIL
                stale = process.go_on()
                # The name in a hostent is the address: libc made it from that.
                self.assertEqual(stale[0], fresh[0].replace('db.internal', '127.0.0.1'))
                self.assertNotIn('127.0.0.1', stale[1])

    # Real clients

    def test_node_is_told_what_it_knows_and_goes_on(self):
        """It aborts at a code that it does not know. Its lookups name no service."""
        need('node')
        script = ('const dns = require("dns"); const one = (left) => left && dns.lookup("db.internal", (error, address) => '
                  '{ console.log(error ? error.code : address); one(left - 1); }); one(3)')
        self.server.mode = dns.SERVFAIL
        result = self.execute(['node', '-e', script], under=self.under, rules=rule('db.internal:5432', 'lookups=on'))
        self.assertEqual(result, (0, 'EAI_AGAIN\n' * 3, ''))
        self.assertEqual(self.named('lookup:db.internal')['totals']['refused'], 1)

    def test_pages_of_a_server_whose_name_servers_fail_meanwhile(self):
        port = Port(self)
        port.start(answer)
        client = ('import sys, urllib.request\n'
                  'for _ in range(4):\n'
                  '    print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode(), end="", flush=True)\n'
                  '    sys.stdin.readline()\n')
        process = self.start([sys.executable, '-c', client, f'http://web.internal:{port.number}/'], under=self.under,
                             stdin=subprocess.PIPE, rules=rule('*', 'lookups=on stale-names=5m'))
        self.assertEqual(process.stdout.readline(), 'hello\n')
        self.server.mode = 'silent'
        out, err = process.communicate('\n' * 4, timeout=30)
        self.assertEqual((process.returncode, out, err), (0, 'hello\n' * 3, ''))
        self.assertEqual(self.named(f'lookup:web.internal:{port.number}')['totals']['refused'], 1)

    # A real server

    def dnsmasq(self):
        need('dnsmasq')
        self.server.stop()
        records = [f'--address=/{name}/{address}' for name, addresses in ZONE.items() for address in addresses]
        process = self.start(['dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=root', '--group=root',
                              '--bind-interfaces', '--listen-address=127.0.0.1', '--port=53', '--pid-file=', *records], preload=False)
        wait_until(lambda: self.look_up('db.internal', rules='* pass') == ['127.0.0.1'], what='dnsmasq answers')
        return process

    def test_dnsmasq_answers_falls_silent_and_is_gone(self):
        process = self.dnsmasq()
        rules = rule('*.internal', 'lookups=on stale-names=1h', timeout='3s')
        looking, until_stop, go_on = self.start_looking('db.internal', 'stop', *['db.internal', 'web.internal'] * 3, 'stop', 'db.internal',
                                                        'web.internal', 'stop', rules=rules)
        self.assertEqual(until_stop(), ['127.0.0.1'])
        process.send_signal(signal.SIGSTOP)
        go_on()
        self.assertEqual(until_stop(), ['127.0.0.1', AGAIN] * 3)
        states = {name: self.named(f'lookup:{name}')['totals'] for name in ('db.internal', 'web.internal')}
        self.assertEqual({name: totals['failures'] for name, totals in states.items()}, {'db.internal': 2, 'web.internal': 2})
        process.kill()
        process.wait()
        wait_until(lambda: self.named('lookup:db.internal')['state'] == 'half-open')
        go_on()
        self.assertEqual(until_stop(), ['127.0.0.1', AGAIN])
        self.dnsmasq()
        wait_until(lambda: self.look_up('web.internal', rules=rules) == ['127.0.0.1'])


if __name__ == '__main__':
    main()
