#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout explain: which rule, which breaker, which policy, and its state now."""
import json
import os

from common import CommandCase, main

RULES = 'db.internal:5432 failures=3 timeout=1h jitter=0%'


class Explain(CommandCase):
    def test_the_rule_of_a_name_its_policy_and_no_breaker_yet(self):
        out = self.succeeds('explain', '-r', RULES, 'db.internal:5432')
        lines = out.splitlines()
        self.assertEqual(lines[0], 'db.internal:5432')
        self.assertIn('  rule     db.internal:5432 (-r, line 1)', lines)
        self.assertIn('  action   break: connects are refused with ECONNREFUSED while the circuit is open', lines)
        self.assertIn('  mode     enforce (the default)', lines)
        self.assertIn('  breaker  one for each address and port (per=address)', lines)
        self.assertIn('failures=3 ', out)
        self.assertIn('  state    no breaker of that name yet: whatever its addresses are, they begin closed', lines)
        self.assertFalse(os.path.exists(self.panel))

    def test_the_built_in_rule_is_said_to_be_that(self):
        self.assertIn('  rule     * (built in)\n', self.succeeds('explain', '-r', RULES, '10.0.0.5:80'))

    def test_the_state_of_a_name_at_each_known_address(self):
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'ok', 'fail', 'fail', 'fail', 'refused')
        self.breaker_of(RULES, 'db.internal', '10.0.0.6', 5432, 'ok', 'begin')
        self.breaker_of(RULES, 'other.internal', '10.0.0.7', 5432, 'ok')
        out = self.succeeds('explain', '-r', RULES, 'DB.internal:5432')
        self.assertIn('  state    one for each address, below\n', out)
        first = out[out.index('DB.internal:5432 at 10.0.0.5:5432\n'):]
        self.assertRegex(first, r'state    open for [^,]*, retry in [^,]*, last error ECONNREFUSED\n')
        self.assertIn('ever: calls 4, failures 3, refused 1, trips 1; in flight: 0\n', first)
        second = out[out.index('DB.internal:5432 at 10.0.0.6:5432\n'):]
        self.assertIn('state    closed for ', second)
        self.assertIn('in this state: requests 2, successes 1, failures 0, ignored 0\n', second)
        self.assertNotIn('10.0.0.7', out)

    def test_a_breaker_of_another_policy_is_another_one(self):
        self.breaker_of('* failures=9', '-', '10.0.0.5', 5432, 'ok')
        self.assertIn('no breaker yet: it begins closed', self.succeeds('explain', '10.0.0.5:5432'))
        self.assertIn('closed for ', self.succeeds('explain', '-r', '*:5432 failures=9', '10.0.0.5:5432'))

    def test_breakers_of_a_host_and_of_a_rule(self):
        rules = 'db.internal:5432 per=host; *.example.com per=rule'
        self.breaker_of(rules, 'db.internal', '10.0.0.5', 5432, 'ok', 'ok', 'ok')
        self.breaker_of(rules, 'api.example.com', '10.0.0.6', 443, 'ok', 'ok')
        self.assertIn('ever: calls 3', self.succeeds('explain', '-r', rules, 'db.internal:5432'))
        out = self.succeeds('explain', '-r', rules, 'www.example.com:80')
        self.assertIn('one for all that the rule matches (per=rule)', out)
        self.assertIn('ever: calls 2', out)

    def test_a_rule_for_an_address_may_stand_before_that_for_the_name(self):
        rules = '10.0.0.0/8 pass; db.internal:5432 failures=3'
        self.succeeds('explain', '-r', rules, 'db.internal:5432')
        result = self.cutout('explain', '-r', rules, '-a', '10.1.2.3', '--address=192.0.2.1', 'db.internal:5432')
        self.assertEqual((result.status, result.err), (1, ''))
        self.assertIn('db.internal:5432 at 10.1.2.3:5432\n  rule     10.0.0.0/8 (-r, line 1)\n  action   pass: ', result.out)
        self.assertIn('db.internal:5432 at 192.0.2.1:5432\n  rule     db.internal:5432 (-r, line 1)\n', result.out)

    def test_resolving_is_asked_for(self):
        out = self.succeeds('explain', '--resolve', '-r', 'localhost:80', 'localhost:80')
        self.assertIn('localhost:80 at ', out)
        self.complains(1, 'cutout explain: no.such.name.invalid: ', 'explain', '--resolve', 'no.such.name.invalid:80')
        self.complains(2, '"10.0.0.1:80" is an address: there is nothing to look up\n', 'explain', '--resolve', '10.0.0.1:80')

    def test_it_ends_with_1_where_nothing_is_protected(self):
        for rules, env, action in (('* pass', {}, 'pass: never touched, never counted'),
                                   ('* mode=off', {}, 'none: the mode is off'),
                                   ('*', {'CUTOUT_MODE': 'off'}, 'none: the mode is off')):
            with self.subTest(rules):
                result = self.cutout('explain', '-r', rules, '10.0.0.1:80', env=env)
                self.assertEqual((result.status, result.err), (1, ''))
                self.assertIn(f'  action   {action}\n', result.out)
                self.assertNotIn('policy', result.out)

    def test_a_denied_destination_is_protected(self):
        out = self.succeeds('explain', '-r', '* deny fail-with=EHOSTUNREACH', '10.0.0.1:80')
        self.assertIn('  action   deny: connects are always refused, with EHOSTUNREACH\n', out)

    def test_observe_mode_is_told(self):
        out = self.succeeds('explain', '10.0.0.1:80', env={'CUTOUT_MODE': 'observe'})
        self.assertIn('  action   break: connects would be refused with ECONNREFUSED while the circuit is open\n', out)
        self.assertIn('  mode     observe (CUTOUT_MODE)\n', out)
        self.assertIn('  mode     observe (of the rule)\n', self.succeeds('explain', '-r', '* mode=observe', '10.0.0.1:80'))

    def test_the_source_of_a_rule_is_named(self):
        path = self.write('rules.conf', '# comment\n\ntwo:1\n')
        out = self.succeeds('explain', '-r', 'one:1', '-f', path, 'two:1')
        self.assertIn(f'  rule     two:1 ({path}, line 3)\n', out)
        self.assertIn('(CUTOUT_RULES, line 2)\n', self.succeeds('explain', 'two:1', env={'CUTOUT_RULES': 'one:1\ntwo:1'}))

    def test_what_a_rule_has_beside_its_policy(self):
        rules = '* pace=1s fail-with=ETIMEDOUT'
        self.assertIn('  also     pace=1s\n', self.succeeds('explain', '-r', rules, '10.0.0.1:80'))
        case, = json.loads(self.succeeds('explain', '--json', '-r', rules, '10.0.0.1:80'))['cases']
        self.assertEqual(case['also'], 'pace=1s')
        self.assertNotIn('  also ', self.succeeds('explain', '10.0.0.1:80'))

    def test_as_json(self):
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'fail', 'fail', 'fail')
        whole = json.loads(self.succeeds('explain', '--json', '-r', RULES, 'db.internal:5432'))
        self.assertEqual((whole['panel'], whole['destination'], whole['protected']), (self.panel, 'db.internal:5432', True))
        by_name, by_address = whole['cases']
        self.assertEqual(list(by_name), ['address', 'rule', 'source', 'line', 'action', 'mode', 'per', 'fail_with', 'also',
                                         'policy', 'protected', 'breaker'])
        self.assertEqual((by_name['address'], by_name['breaker']), (None, None))
        self.assertEqual((by_name['rule'], by_name['source'], by_name['line']), ('db.internal:5432', '-r', 1))
        self.assertEqual((by_address['address'], by_address['breaker']['state']), ('10.0.0.5:5432', 'open'))
        built_in, = json.loads(self.succeeds('explain', '--json', '10.0.0.1:80'))['cases']
        self.assertEqual((built_in['source'], built_in['line'], built_in['action']), (None, None, 'break'))

    def test_of_a_private_panel_only_the_rules_are_told(self):
        out = self.succeeds('explain', '-p', 'private', '10.0.0.1:80')
        self.assertIn('  state    the panel is private: known to its programs alone\n', out)

    def test_an_unusable_panel_does_not_hide_the_rules(self):
        self.write('foreign', 'not a panel\n')
        result = self.cutout('explain', '-p', self.path('foreign'), '10.0.0.1:80')
        self.assertEqual(result.status, 0)
        self.assertIn(self.path('foreign'), result.err)
        self.assertIn('  rule     * (built in)\n', result.out)
        self.assertIn('  state    not known: the panel cannot be used\n', result.out)

    def test_what_is_no_destination_is_told_why(self):
        self.complains(2, 'cutout explain: "db": it has no port: HOST:PORT\n', 'explain', 'db')
        self.complains(2, 'cutout explain: which destination?\n', 'explain')
        self.complains(2, 'cutout explain: -a: "db" is no address\n', 'explain', '-a', 'db', 'db:1')
        self.complains(2, '(did you mean "failures"?)', 'explain', '-r', '* falures=1', 'db:1')


if __name__ == '__main__':
    main()
