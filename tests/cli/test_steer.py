#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout trip, reset and mode: what they say, and what a panel shows afterwards."""
import json
import os

from common import CommandCase, main

RULES = '*:5432 failures=3 timeout=1h max-timeout=1h jitter=0%; * failures=1 timeout=1s jitter=0%'


class SteerCase(CommandCase):
    def setUp(self):
        super().setUp()
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'ok')
        self.breaker_of(RULES, '-', '127.0.0.1', 6379, 'ok')

    def breakers(self):
        whole = json.loads(self.succeeds('status', '--json'))
        return {one['destination']: one for one in whole['breakers']}

    def states(self):
        return {name: (one['state'], one['held']) for name, one in self.breakers().items()}


class Trip(SteerCase):
    def test_it_opens_what_the_pattern_matches_and_nothing_else(self):
        self.assertRegex(self.succeeds('trip', '10.0.0.*'), r'^db.internal:5432 \(10.0.0.5:5432\): open, retry in (1h|59m)\n$')
        self.assertEqual(self.states(), {'db.internal:5432': ('open', None), '127.0.0.1:6379': ('closed', None)})
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'refused')
        self.assertEqual(self.breakers()['db.internal:5432']['totals']['trips'], 1)

    def test_for_says_how_long_also_beyond_what_the_policy_can(self):
        for text, seconds in (('5s', 5), ('10m', 600), ('30h', 108000), ('8760h', 31536000)):
            with self.subTest(text):
                self.succeeds('trip', '127.0.0.1:*', '--for', text)
                breaker = self.breakers()['127.0.0.1:6379']
                self.assertEqual((breaker['state'], breaker['held']), ('open', None))
                self.assertAlmostEqual(breaker['retry_in_seconds'], seconds, delta=4)

    def test_when_the_time_is_over_it_is_half_open(self):
        self.succeeds('trip', '*:6379', '--for=1200ms')
        self.breaker_of(RULES, '-', '127.0.0.1', 6379, 'refused', 'wait=2500ms', 'ok')
        self.assertEqual(self.states()['127.0.0.1:6379'], ('half-open', None))

    def test_hold_holds_it_open(self):
        self.assertEqual(self.succeeds('trip', '--hold', '*'),
                         '127.0.0.1:6379: open (held)\ndb.internal:5432 (10.0.0.5:5432): open (held)\n')
        self.assertEqual(set(self.states().values()), {('open', 'open')})
        self.assertIsNone(self.breakers()['127.0.0.1:6379']['retry_in_seconds'])
        self.assertIn('open (held)  127.0.0.1:6379', self.succeeds('status'))
        self.succeeds('trip', '*:6379', '--hold', '--for=2h')
        self.assertAlmostEqual(self.breakers()['127.0.0.1:6379']['retry_in_seconds'], 7200, delta=2)

    def test_a_pattern_that_matches_nothing(self):
        for command in (('trip', 'db'), ('reset', 'db'), ('mode', 'off', 'db')):
            self.complains(1, f'cutout {command[0]}: no breaker matches "db" in {self.panel}', *command)

    def test_wrong_usage(self):
        for arguments, complaint in ((('trip',), 'which circuits?'),
                                     (('trip', 'a', 'b'), 'one pattern at a time, not also "b"'),
                                     (('trip', '--for', '10', 'a'), '--for: "10" is no duration'),
                                     (('trip', '--for', '8761h', 'a'), '--for: "8761h" is no duration up to a year'),
                                     (('trip', '--for', '0s', 'a'), 'must be longer than 0'),
                                     (('trip', 'a', '--for'), 'option "--for" needs a value'),
                                     (('trip', '--holt', 'a'), 'did you mean "--hold"?'),
                                     (('reset',), 'A pattern or --all is needed'),
                                     (('reset', '--all', 'a'), 'either --all or a pattern, not also "a"'),
                                     (('reset', 'a', 'b'), 'one pattern at a time'),
                                     (('mode', 'obsevre'), 'unknown mode "obsevre" (did you mean "observe"?)'),
                                     (('mode', 'db'), 'unknown mode "db": neither off'),
                                     (('mode', 'off', 'a', 'b'), 'one pattern at a time')):
            with self.subTest(arguments):
                self.complains(2, complaint, *arguments)

    def test_without_a_panel_there_is_nothing_to_steer_and_none_is_made(self):
        for arguments in (('trip', '*'), ('reset', '--all'), ('mode', 'off')):
            self.complains(1, 'no panel yet at', *arguments, '-p', self.path('none'))
            self.complains(1, 'a private panel is known to its programs alone: it cannot be steered', *arguments, '-p', 'private')
        self.assertFalse(os.path.exists(self.path('none')))


class Reset(SteerCase):
    def test_it_closes_and_releases(self):
        for how in ((), ('--hold',), ('--for=10h',)):
            self.succeeds('trip', '*', *how)
            self.assertEqual(self.succeeds('reset', 'db.*'), 'db.internal:5432 (10.0.0.5:5432): closed\n')
            self.assertEqual(self.states(), {'db.internal:5432': ('closed', None),
                                             '127.0.0.1:6379': ('open', 'open' if how == ('--hold',) else None)})
            self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'fail', 'fail', 'ok')

    def test_hold_holds_it_closed(self):
        self.assertIn('closed (held)', self.succeeds('reset', '--hold', 'db.*'))
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['fail'] * 9)
        self.assertEqual(self.states()['db.internal:5432'], ('closed', 'closed'))
        self.succeeds('reset', 'db.*')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['fail'] * 3)
        self.assertEqual(self.states()['db.internal:5432'], ('open', None))

    def test_all_is_everything_that_is_not_closed_already(self):
        result = self.cutout('reset', '--all')
        self.assertEqual(result, (0, '', 'cutout reset: nothing to do: every circuit is closed, and none is held\n'))
        self.succeeds('trip', '*')
        before = self.breakers()
        self.assertEqual(self.succeeds('reset', '--all').count(': closed\n'), 2)
        self.assertEqual({one['generation'] for one in self.breakers().values()},
                         {one['generation'] + 1 for one in before.values()})
        self.assertEqual(self.succeeds('reset', '--all', '--hold').count(': closed (held)\n'), 2)
        self.assertIn('nothing to do: every circuit is held closed', self.cutout('reset', '--all', '--hold').err)


class Mode(SteerCase):
    def test_what_is_set_is_shown_at_the_top_and_taken_back_by_default(self):
        self.assertEqual(self.succeeds('mode'), 'default\n')
        self.assertEqual(json.loads(self.succeeds('status', '--json'))['mode'], 'default')
        for mode in ('off', 'observe', 'enforce'):
            self.assertEqual(self.succeeds('mode', mode), f'everything that uses {self.panel}: mode {mode}\n')
            self.assertEqual(self.succeeds('mode'), mode + '\n')
            self.assertTrue(self.succeeds('status').startswith(f'mode: {mode}, set by hand'))
            self.assertEqual(json.loads(self.succeeds('status', '--json'))['mode'], mode)
        self.succeeds('mode', 'default')
        self.assertTrue(self.succeeds('status').startswith('STATE '))

    def test_one_breaker_may_have_its_own_until_the_next_order_for_all(self):
        self.assertEqual(self.succeeds('mode', 'off', '*:5432'), 'db.internal:5432 (10.0.0.5:5432): mode off\n')
        self.assertEqual(self.succeeds('mode'), 'default\n')
        self.assertIn('closed (off)  db.internal:5432', self.succeeds('status'))
        self.assertEqual({name: one.get('mode') for name, one in self.breakers().items()},
                         {'db.internal:5432': 'off', '127.0.0.1:6379': None})
        self.succeeds('mode', 'default')
        self.assertNotIn('(off)', self.succeeds('status'))

    def test_without_a_panel_it_is_the_default(self):
        self.assertEqual(self.succeeds('mode', '-p', self.path('none')), 'default\n')

    def test_explain_knows_it(self):
        rules = ('-r', RULES)
        self.assertIn('mode     enforce (the default)', self.succeeds('explain', *rules, '127.0.0.1:6379'))
        self.succeeds('mode', 'observe')
        self.assertIn('mode     observe (set by hand)', self.succeeds('explain', *rules, '127.0.0.1:6379'))
        self.succeeds('mode', 'off', '*:6379')
        result = self.cutout('explain', *rules, '127.0.0.1:6379')
        self.assertEqual(result.status, 1)
        self.assertIn('mode     off (set by hand, for this breaker)', result.out)


if __name__ == '__main__':
    main()
