#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Section 7: a rule that names a host applies to the addresses that the program looked up for it.

The names are in an /etc/hosts of the test's own.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import EMULATOR, MUSL, REFUSED, Case, main, rule
from servers import Port, same_number

HOSTS = '''
127.0.0.1 localhost
127.0.0.1 db.internal web.internal
127.0.0.2 other.internal
127.0.0.1 unix
127.0.0.1 both.internal
127.0.0.2 both.internal
'''

ALL_ADDRESSES = '''
import errno, socket, sys
for _ in range(int(sys.argv[3])):
    for *_, address in socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), socket.AF_INET, socket.SOCK_STREAM):
        print(address[0], errno.errorcode.get(socket.socket().connect_ex(address), 0))
'''


class Names(Case):
    def setUp(self):
        super().setUp()
        hosts = self.path('hosts')
        with open(hosts, 'w', encoding='ascii') as file:
            file.write(HOSTS)
        self.under = namespaces.own_mounts(f'mount --bind {hosts} /etc/hosts')
        self.port = Port(self)

    def named(self, name):
        return f'{name}:{self.port.number}'

    def connects(self, lookups, times, *rules, by='connect-found'):
        """What connects come to after these lookups, `by` the address that was found or by the address itself."""
        where = str(self.port.number) if by == 'connect-found' else self.port.text
        lines = self.calls(*lookups, *['use=0', 'socket=4', f'{by}={where}', 'close'] * times, under=self.under,
                           rules='\n'.join(rules))
        return [line.split()[-1] for line in lines if line.startswith('connect')]

    def connect_to_the_host_called_unix(self):
        self.connects(['getaddrinfo=unix'], 1, rule(self.port, 'per=host'))
        return f'tcp://unix:{self.port.number}'

    def test_a_host_with_the_name_of_a_scheme_is_shown_with_its_own(self):
        destination = self.connect_to_the_host_called_unix()
        self.assertEqual([breaker['destination'] for breaker in self.status()], [destination])

    def test_a_host_with_the_name_of_a_scheme_is_found_by_what_is_shown(self):
        if EMULATOR:
            self.skipTest('the emulated object knows its network by the inode, and the command by the cookie')
        destination = self.connect_to_the_host_called_unix()
        result = self.command('explain', '-p', self.panel, '-r', rule(self.port, 'per=host'), '-a', '127.0.0.1', destination)
        self.assertIn('ever: calls 1, failures 1', result.out)

    def test_a_rule_by_name_applies_however_the_name_is_looked_up(self):
        """Only that rule refuses at all; the one that matches otherwise passes everything."""
        for lookup in ('getaddrinfo', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r'):
            with self.subTest(lookup):
                self.panel = self.new_panel()
                seen = self.connects([f'{lookup}=db.internal'], 3, rule(self.named('db.internal')), '* pass')
                self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])
                breaker = self.breaker(self.port)
                self.assertEqual((breaker['destination'], breaker['rule']), (self.named('db.internal'),) * 2)

    def test_it_does_not_apply_to_a_program_that_looked_nothing_up(self):
        seen = self.connects([], 4, rule(self.named('db.internal')), '* pass', by='connect')
        self.assertEqual(seen, ['ECONNREFUSED'] * 4)

    def test_it_applies_to_a_connect_by_the_address_that_was_looked_up(self):
        seen = self.connects(['getaddrinfo=db.internal'], 3, rule(self.named('db.internal')), '* pass', by='connect')
        self.assertEqual(seen[-1], REFUSED)

    def test_another_thread_may_have_looked_it_up(self):
        seen = self.connects(['in-thread', 'getaddrinfo=db.internal'], 3, rule(self.named('db.internal')), '* pass')
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.breaker(self.port)['destination'], self.named('db.internal'))

    def test_names_match_in_any_case_and_by_pattern(self):
        for pattern, name in (('DB.Internal', 'db.internal'), ('db.internal', 'DB.INTERNAL'), ('*.internal', 'db.internal'),
                              ('db.*', 'db.internal')):
            if MUSL and name.isupper():
                continue  # in /etc/hosts it finds a name as it is written there only
            with self.subTest(pattern):
                self.panel = self.new_panel()
                seen = self.connects([f'getaddrinfo={name}'], 3, rule(self.named(pattern)), '* pass')
                self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])

    def test_a_rule_by_another_name_does_not_apply(self):
        seen = self.connects(['getaddrinfo=db.internal'], 4, rule(self.named('web.internal')), '* pass')
        self.assertEqual(seen, ['ECONNREFUSED'] * 4)

    def test_of_two_names_of_an_address_the_threads_own_last_lookup_wins(self):
        both = (rule(self.named('db.internal')), self.named('web.internal') + ' pass')
        self.assertEqual(self.connects(['getaddrinfo=web.internal', 'getaddrinfo=db.internal'], 3, *both)[-1], REFUSED)
        self.panel = self.new_panel()
        self.assertEqual(self.connects(['getaddrinfo=db.internal', 'getaddrinfo=web.internal'], 3, *both)[-1], 'ECONNREFUSED')

    def test_two_names_of_other_threads_with_different_rules_match_by_address_only(self):
        lookups = ['in-thread', 'getaddrinfo=web.internal', 'in-thread', 'getaddrinfo=db.internal']
        seen = self.connects(lookups, 3, self.named('db.internal') + ' pass', self.named('web.internal') + ' deny',
                             rule('*'), by='connect')
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.breaker(self.port)['destination'], self.port.text)

    def test_two_names_of_other_threads_with_one_rule_are_under_it(self):
        lookups = ['in-thread', 'getaddrinfo=web.internal', 'in-thread', 'getaddrinfo=db.internal']
        seen = self.connects(lookups, 3, rule(self.named('*.internal')), '* pass', by='connect')
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])

    def test_a_python_program_by_name(self):
        result = self.execute([sys.executable, '-c', ALL_ADDRESSES, 'db.internal', str(self.port.number), '3'], under=self.under,
                              rules=rule(self.named('db.internal')) + '\n* pass')
        self.assertEqual(result, (0, f'127.0.0.1 ECONNREFUSED\n127.0.0.1 ECONNREFUSED\n127.0.0.1 {REFUSED}\n', ''))

    def test_the_addresses_of_a_name_have_breakers_of_their_own(self):
        first, second = same_number(self, '127.0.0.1', '127.0.0.2')
        self.port = first
        second.start()
        result = self.execute([sys.executable, '-c', ALL_ADDRESSES, 'both.internal', str(first.number), '3'], under=self.under,
                              rules=rule(self.named('both.internal')))
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertEqual(sorted(result.out.splitlines()), [f'127.0.0.1 {error}' for error in ('ECONNREFUSED',) * 2 + (REFUSED,)] +
                         ['127.0.0.2 0'] * 3)
        self.assert_state(first, 'open')
        self.assert_state(second, 'closed')

    def test_with_per_host_they_share_one(self):
        first, second = same_number(self, '127.0.0.1', '127.0.0.2')
        self.port = first
        result = self.execute([sys.executable, '-c', ALL_ADDRESSES, 'both.internal', str(first.number), '2'], under=self.under,
                              rules=rule(self.named('both.internal'), 'per=host'))
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertEqual([line.split()[1] for line in result.out.splitlines()], ['ECONNREFUSED'] * 2 + [REFUSED] * 2)
        self.assertEqual([breaker['destination'] for breaker in self.status()], [self.named('both.internal')])

    def test_with_per_host_each_port_of_a_name_has_one(self):
        self.port, other = Port(self), Port(self).start()
        rules = rule('both.internal', 'per=host')
        operations = ['getaddrinfo=both.internal', *['socket=4', f'connect={self.port}', 'close'] * 3, 'socket=4', f'connect={other}']
        lines = self.calls(*operations, under=self.under, rules=rules)
        self.assertEqual([line.split()[-1] for line in lines if line.startswith('connect')], ['ECONNREFUSED'] * 2 + [REFUSED, '0'])
        self.assertEqual(sorted((one['destination'], one['state']) for one in self.status()),
                         sorted([(f'both.internal:{self.port.number}', 'open'), (f'both.internal:{other.number}', 'closed')]))

    def test_lookups_that_fail_say_what_they_say_bare(self):
        names = ['getaddrinfo=no-such-name.invalid', 'gethostbyname=no-such-name.invalid', 'getaddrinfo=127.0.0.1']
        # Without a network, so that no server is asked.
        under = [*namespaces.own_network(), *self.under]
        bare = self.calls(*names, preload=False, under=under, timeout=60)
        self.assertEqual(self.calls(*names, rules='*.invalid deny', under=under, timeout=60), bare)


if __name__ == '__main__':
    main()
