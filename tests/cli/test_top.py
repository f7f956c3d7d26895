#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout top on a terminal of tmux: what is shown, keys, another size, and the terminal as it was before."""
import json
import os
import re
import shlex
import signal
import subprocess
import unittest

from common import COMMAND, MAKE_PANEL, CommandCase, clean_environment, main
from harness import need, wait_until
from namespaces import own_mounts

RULES = '*:5432 failures=3 timeout=1h backoff=1 max-timeout=1h jitter=0%; *:443 failures=1 timeout=1ms jitter=0%'
TITLES = 'STATE DESTINATION FAILS CALLS/S REFUSED LAST ERROR RETRY IN'


class Top(CommandCase):
    def setUp(self):
        super().setUp()
        need('tmux')
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', 'cat')
        self.addCleanup(self.tmux, 'kill-server')
        self.tmux('set-option', '-g', 'remain-on-exit', 'on')
        self.tmux('set-option', '-g', 'window-size', 'manual')

    def tmux(self, *arguments):
        environment = {**clean_environment(), 'CUTOUT_PANEL': self.panel, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'}
        environment.pop('TMUX', None)
        done = subprocess.run(['tmux', '-S', self.path('tmux'), *arguments], env=environment, capture_output=True, text=True,
                              timeout=30, check=False)
        if done.returncode != 0 and arguments[0] == '-f':
            raise unittest.SkipTest(f'tmux does not start: {done.stderr}')
        return done.stdout

    def begin(self, *arguments, before='', after='', under=(), **environment):
        """A shell in the window runs the command; what it leaves behind is in the file `status`."""
        words = shlex.join([*under, COMMAND, 'top', *arguments])
        settings = ''.join(f'{name}={shlex.quote(value)} ' for name, value in environment.items())
        script = f'{before} {settings}{words}; echo "status $?" >{self.path("status")}; {after} exec cat'
        self.tmux('respawn-pane', '-k', 'exec sh -c ' + shlex.quote(script))

    def lines(self, *options):
        return self.tmux('capture-pane', '-p', *options).split('\n')

    def settled(self):
        """The lines of a screen that is drawn to its end, which is where curses leaves the cursor: in the last line. What
        the shell shows has no such end. One request for both, so that nothing is drawn in between."""
        end, *lines = self.tmux('display-message', '-p', '#{alternate_on} #{cursor_y} #{pane_height}', ';',
                                'capture-pane', '-p').split('\n')
        drawn_by_curses, y, height = map(int, end.split())
        return lines if not drawn_by_curses or y == height - 1 else []

    def shows(self, pattern):
        """Waits for the screen on which it is; returns its lines."""
        found = []

        def look():
            found[:] = self.settled()
            return re.search(pattern, '\n'.join(found), re.MULTILINE)
        try:
            wait_until(look, what=pattern)
        except AssertionError:
            self.fail(f'{pattern!r} is not in\n' + '\n'.join(found))
        return found

    def keys(self, *keys):
        self.tmux('send-keys', *keys)

    def asked(self, what):
        return self.tmux('display-message', '-p', '#{' + what + '}').strip()

    def ended(self):
        """The exit status, once it has ended."""
        wait_until(lambda: os.path.exists(self.path('status')) and os.path.getsize(self.path('status')) > 0)
        with open(self.path('status'), encoding='ascii') as file:
            return int(file.read().split()[1])

    def fill(self):
        self.breaker_of(RULES, '-', '127.0.0.1', 6379, *['ok'] * 7)
        self.breaker_of(RULES, 'api.example.com', '203.0.113.9', 443, 'ok', 'fail=ETIMEDOUT', 'wait=20ms')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['ok'] * 6, *['fail'] * 3, 'refused', 'refused')

    def many(self, count):
        for number in range(count):
            self.breaker_of(RULES, f'host{number:02}', f'10.0.1.{number}', 80, 'ok')

    @staticmethod
    def destinations(lines):
        return [line.split()[1] for line in lines[3:-3] if line.strip()]


class Shown(Top):
    def test_open_ones_come_first_in_80_columns(self):
        self.fill()
        self.begin()
        lines = self.shows('db.internal')
        self.assertEqual(' '.join(lines[2].split()), TITLES)
        self.assertTrue(lines[0].startswith('cutout top  open 1  half-open 1  closed 1  /'))
        rows = [line.split() for line in lines[3:6]]
        self.assertEqual((rows[0][:2], rows[0][4:6]), (['open', 'db.internal:5432'], ['2', 'ECONNREFUSED']))
        self.assertRegex(rows[0][6], r'^(1h|60m|59m)')
        self.assertEqual(rows[1][:2] + rows[1][5:], ['half-open', 'api.example.com:443', 'ETIMEDOUT', '-'])
        self.assertEqual(rows[2][:2] + rows[2][4:], ['closed', '127.0.0.1:6379', '0', '-', '-'])
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertEqual(len(lines[3]), 80, 'the last column ends where the terminal does')

    def test_it_follows_what_happens(self):
        self.begin('-d', '100ms')
        self.shows('^no panel yet: nothing has run under cutout')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, 'ok')
        self.shows(r'^closed +db\.internal:5432')
        self.breaker_of(RULES, 'db.internal', '10.0.0.5', 5432, *['fail'] * 3, 'refused')
        self.shows(r'^open +db\.internal:5432 .* 1 ECONNREFUSED')

    def test_rates_are_of_the_last_updates(self):
        self.breaker_of('* failures=1000', '-', '127.0.0.1', 80, 'ok')
        calls = ['ok', 'ok', 'ok', 'fail', 'wait=20ms'] * 150
        program = subprocess.Popen([MAKE_PANEL, self.panel, '* failures=1000', '-', '127.0.0.1', '80', *calls],
                                   env=clean_environment())
        self.addCleanup(self.finish, program)
        self.begin('-d', '100ms')
        self.shows(r'^closed +127\.0\.0\.1:80 +2[0-9]% +[1-9]\d+(\.\d)? ')
        program.wait()
        self.shows(r'^closed +127\.0\.0\.1:80 +- +0\.0 ')

    def test_more_is_told_about_the_chosen_one(self):
        self.fill()
        self.begin()
        self.shows(r'^db\.internal:5432 \(10\.0\.0\.5:5432\) by rule \*:5432: open for .*, 9 calls, 3 failed')
        self.keys('Down')
        self.shows(r'^api\.example\.com:443 \(203')
        self.keys('End')
        self.shows(r'^127\.0\.0\.1:6379 \(127')
        self.keys('Home')
        self.shows(r'^db\.internal:5432 \(10')

    def test_what_only_observe_mode_lets_pass_is_told_about_the_chosen_one(self):
        self.breaker_of(RULES, '-', '10.0.0.5', 5432, *['fail'] * 3, 'observed', 'observed')
        self.tmux('resize-window', '-x', '120')
        self.begin()
        self.shows(r': open for .*, 3 calls, 3 failed, would refuse 2$')

    def test_long_names_are_shortened_in_the_middle(self):
        self.breaker_of(RULES, 'a-very-long-name-of-a-host.internal.example.com', '10.0.0.5', 5432, 'ok')
        self.begin()
        self.shows(r'^closed +a-very-long\.\.le\.com:5432 ')

    def test_colours_are_for_those_who_want_them(self):
        self.fill()
        self.begin()
        self.shows('db.internal')
        self.assertIn('\033[31m', self.tmux('capture-pane', '-p', '-e'))
        self.begin(NO_COLOR='1')
        self.shows('db.internal')
        self.assertNotRegex(self.tmux('capture-pane', '-p', '-e'), '\033\\[3[0-7]m')


class Keys(Top):
    def test_the_order_changes(self):
        self.fill()
        self.begin()
        self.shows('order: state')
        self.keys('s')
        lines = self.shows('order: destination')
        self.assertEqual(self.destinations(lines), ['127.0.0.1:6379', 'api.example.com:443', 'db.internal:5432'])
        self.keys('S', 'S')
        lines = self.shows('order: refused')
        self.assertEqual(self.destinations(lines)[0], 'db.internal:5432')
        for order in ('state', 'destination', 'failure rate', 'calls per second', 'refused'):
            self.keys('s')
            self.shows('order: ' + order)

    def test_a_filter_selects_while_it_is_typed(self):
        self.fill()
        self.begin()
        self.shows('db.internal')
        self.keys('/')
        self.shows('filter: _')
        self.keys('-l', 'DB.q')
        self.shows('no breaker matches the filter')
        self.keys('BSpace')
        self.shows(r'filter: DB\._')
        self.assertEqual(self.destinations(self.shows('^open')), ['db.internal:5432'])
        self.keys('Enter')
        lines = self.shows(r'filter: DB\.$')
        self.assertEqual(self.destinations(lines), ['db.internal:5432'])
        self.keys('Escape')
        self.shows('filter: none')
        wait_until(lambda: len(self.destinations(self.lines())) == 3)

    def test_the_operand_is_the_filter_to_begin_with(self):
        self.fill()
        self.begin('10.0.0.?:')
        self.assertEqual(self.destinations(self.shows('^open')), ['db.internal:5432'])

    def test_help_explains_the_keys_and_goes_away(self):
        self.fill()
        self.begin()
        self.shows('db.internal')
        for back in ('h', '?', 'Escape'):
            self.keys('h')
            lines = self.shows('  q         quit')
            self.assertIn('  t         trip the chosen one', '\n'.join(lines))
            self.keys(back)
            self.shows('^open +db.internal')

    def test_rows_scroll(self):
        self.many(30)
        self.begin()
        lines = self.shows('host18')
        self.assertEqual(self.destinations(lines), [f'host{number:02}:80' for number in range(19)])
        self.keys('End')
        lines = self.shows('host29')
        self.assertEqual(self.destinations(lines), [f'host{number:02}:80' for number in range(11, 30)])
        self.keys('PPage', 'PPage')
        self.shows('host00')
        self.keys('NPage', 'Down')
        self.shows(r'^host19:80 \(10')

    def test_j_and_k_choose_as_arrows_do(self):
        self.fill()
        self.begin()
        self.shows(r'^db\.internal:5432 \(')
        self.keys('j')
        self.shows(r'^api\.example\.com:443 \(')
        self.keys('k')
        self.shows(r'^db\.internal:5432 \(')

    def test_the_mark_is_on_top_until_it_is_moved_and_then_stays_with_its_breaker(self):
        for name, address in (('b', '10.0.0.2'), ('c', '10.0.0.3')):
            self.breaker_of(RULES, name, address, 5432, 'ok')
        self.begin('-d', '100ms')
        self.shows(r'^b:5432 \(')
        self.breaker_of(RULES, 'c', '10.0.0.3', 5432, *['fail'] * 3)
        self.shows(r'^c:5432 \(')
        self.keys('Down')
        self.shows(r'^b:5432 \(')
        self.breaker_of(RULES, 'a', '10.0.0.1', 5432, *['fail'] * 3)
        lines = self.shows('^open +a:5432')
        self.assertEqual(self.destinations(lines), ['a:5432', 'c:5432', 'b:5432'])
        self.assertTrue(lines[-3].startswith('b:5432 ('))
        self.keys('Home')
        self.shows(r'^a:5432 \(')


class Steered(Top):
    KEYS = '^q quit  s sort  / filter  t trip  r reset  h help$'

    def state(self, name):
        lines = self.cutout('status', name).out.split('\n')
        return lines[1].split()[0]

    def events(self):
        return [json.loads(line) for line in self.succeeds('events', '--json').splitlines()]

    def test_t_opens_the_chosen_one_and_r_closes_it_after_a_yes(self):
        self.fill()
        self.begin('-d', '1h', '6379')
        self.shows(r'^closed +127\.0\.0\.1:6379')
        self.keys('t')
        self.shows(r'^y trip  any other key leave it: 127\.0\.0\.1:6379$')
        self.assertEqual(self.state('127.0.0.1:6379'), 'closed')
        self.keys('y')
        self.shows(r'^open +127\.0\.0\.1:6379')
        self.shows(r'^127\.0\.0\.1:6379: open, retry in \d')
        self.keys('r')
        self.shows(r'^y reset  any other key leave it: 127\.0\.0\.1:6379$')
        self.keys('y')
        self.shows(r'^closed +127\.0\.0\.1:6379')
        self.shows(r'^127\.0\.0\.1:6379: closed$')
        self.keys('Home')
        self.shows(self.KEYS)
        changes = [(event['from'], event['to'], event['reason']) for event in self.events()
                   if event['address'] == '127.0.0.1:6379']
        self.assertEqual(changes[0], ('closed', 'open', 'manual'))
        self.assertEqual(changes[-1][1:], ('closed', 'manual'))

    def test_any_other_key_leaves_it_and_does_nothing_else(self):
        self.fill()
        self.begin('6379')
        self.shows(r'^closed +127')
        for key in ('n', 'q', 't', 'r', 'Escape', 'Enter', 'Down', 'h', 's'):
            self.keys('t')
            self.shows('^y trip ')
            self.keys(key)
            self.shows(self.KEYS)
        self.assertEqual(self.state('127.0.0.1:6379'), 'closed')
        self.assertIn('order: state', self.lines()[1])
        self.assertEqual([event for event in self.events() if event['address'] == '127.0.0.1:6379'], [])

    def test_a_row_that_moves_between_question_and_answer_is_still_the_one(self):
        for name, address in (('b', '10.0.0.2'), ('c', '10.0.0.3')):
            self.breaker_of(RULES, name, address, 5432, 'ok')
        self.begin('-d', '100ms')
        self.shows(r'^b:5432 \(')
        self.keys('t')
        self.shows('^y trip  any other key leave it: b:5432 ')
        self.breaker_of(RULES, 'c', '10.0.0.3', 5432, *['fail'] * 3)
        self.shows(r'^c:5432 \(')
        self.keys('y')
        self.shows(r'^b:5432 \(10\.0\.0\.2:5432\): open, retry in ')
        self.assertEqual(self.state('b:5432'), 'open')

    def test_one_that_is_held_is_released(self):
        self.fill()
        self.succeeds('trip', '--hold', 'db.internal:5432')
        self.begin('db')
        self.shows(r'^open\* +db')
        self.keys('r', 'y')
        self.shows(r'^closed +db')

    def test_a_mode_that_was_set_by_hand_is_shown(self):
        self.fill()
        self.begin('-d', '100ms')
        self.shows(r'^order: state  filter: none$')
        self.succeeds('mode', 'observe')
        self.shows(r'^order: state  filter: none  mode: observe$')
        self.succeeds('mode', 'default')
        self.shows(r'^order: state  filter: none$')
        self.succeeds('mode', 'off', 'db.internal:5432')
        self.shows(r'^open\* +db')
        self.shows(r'^db\.internal:5432 .*: open \(off\) for ')

    def test_a_panel_that_can_only_be_read_says_so(self):
        self.fill()
        directory = os.path.dirname(self.panel)
        mounted = own_mounts(f'mount --bind {directory} {directory} && mount -o remount,ro,bind {directory}')
        self.begin(under=mounted)
        self.shows(r'^open +db\.internal')
        for key in 'tr':
            self.keys(key)
            self.shows('^this panel can only be read$')
            self.keys('y')
            self.shows(self.KEYS)
        self.assertEqual(self.state('db.internal:5432'), 'open')

    def test_without_a_breaker_there_is_nothing_to_ask(self):
        self.begin()
        self.shows('^no panel yet')
        self.keys('t', 'y', 'r', 'y')
        self.keys('s')
        self.shows('order: destination')
        self.shows(self.KEYS)

    def test_a_panel_that_has_gone_in_between_is_told(self):
        self.fill()
        self.begin('-d', '1h')
        self.shows(r'^open +db')
        self.keys('t')
        self.shows('^y trip ')
        os.unlink(self.panel)
        self.keys('y')
        self.shows('panel: does not exist$')


class Terminal(Top):
    BEFORE = 'stty -g >before; printf "earlier\\n";'
    AFTER = 'stty -g >after; printf "later\\n";'

    def begin_in_shell(self, *arguments):
        self.begin(*arguments, before=f'cd {self.directory}; {self.BEFORE}', after=self.AFTER)
        self.shows('^q quit')
        self.assertEqual((self.asked('alternate_on'), self.asked('cursor_flag')), ('1', '0'))

    def expect_as_before(self):
        lines = [line for line in self.shows('^later') if line and not line.startswith(('Terminated', 'Hangup'))]
        self.assertEqual(lines, ['earlier', 'later'])
        self.assertEqual([self.asked(what) for what in ('alternate_on', 'cursor_flag', 'keypad_flag')], ['0', '1', '0'])
        with open(self.path('before'), encoding='ascii') as before, open(self.path('after'), encoding='ascii') as after:
            self.assertEqual(before.read(), after.read())

    def pid(self):
        children = subprocess.run(['ps', '-o', 'pid=', '--ppid', self.asked('pane_pid')], capture_output=True, text=True,
                                  check=True).stdout.split()
        self.assertEqual(len(children), 1)
        return int(children[0])

    def test_q_leaves_it_as_it_was(self):
        self.begin_in_shell()
        self.keys('q')
        self.assertEqual(self.ended(), 0)
        self.expect_as_before()

    def test_signals_leave_it_as_it_was_and_end_the_program(self):
        need('ps')
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(signal=number):
                if os.path.exists(self.path('status')):
                    os.unlink(self.path('status'))
                self.begin_in_shell()
                os.kill(self.pid(), number)
                self.assertEqual(self.ended(), 128 + number)
                self.expect_as_before()

    def test_it_can_be_stopped_and_goes_on(self):
        self.begin(before=f'cd {self.directory}; {self.BEFORE} set -m;',
                   after='stty -g >stopped; printf "stopped\\n"; read line; fg; ' + self.AFTER)
        self.shows('^q quit')
        self.keys('C-z')
        self.shows('^stopped')
        self.assertEqual((self.asked('alternate_on'), self.asked('cursor_flag')), ('0', '1'))
        self.keys('Enter')
        self.shows('^q quit')
        self.keys('q')
        self.shows('^later')
        texts = []
        for name in ('before', 'stopped', 'after'):
            with open(self.path(name), encoding='ascii') as file:
                texts.append(file.read())
        self.assertEqual(texts, texts[:1] * 3)

    def test_control_c_leaves_it_as_it_was(self):
        self.begin('-d', '1h', before=f'trap : INT; cd {self.directory}; {self.BEFORE}', after=self.AFTER)
        self.shows('^q quit')
        self.keys('C-c')
        self.assertEqual(self.ended(), 130)
        self.expect_as_before()

    def test_another_size_is_followed(self):
        self.many(30)
        self.begin()
        self.shows('host18')
        self.tmux('resize-window', '-x', '120', '-y', '40')
        lines = self.shows(r'(?s)host29.*^q quit')
        self.assertEqual((len(lines[2]), len(lines)), (120, 41))
        self.tmux('resize-window', '-x', '60', '-y', '10')
        wait_until(lambda: self.lines()[0].startswith('cutout top') and self.lines()[9].startswith('q quit'))
        self.assertEqual(self.destinations(self.lines()), [f'host{number:02}:80' for number in range(5)])
        for width, height in ((20, 4), (1, 1), (3, 2)):
            self.tmux('resize-window', '-x', str(width), '-y', str(height))
            self.keys('Down', 'h', 'h', 's')
        self.tmux('resize-window', '-x', '80', '-y', '24')
        self.shows('^q quit')
        self.keys('q')
        self.assertEqual(self.ended(), 0)

    def test_a_panel_that_cannot_be_read_any_more_ends_it_with_a_message(self):
        self.fill()
        self.begin('-d', '100ms', before=f'cd {self.directory}; {self.BEFORE}', after=self.AFTER)
        self.shows('db.internal')
        os.unlink(self.panel)
        self.shows('no panel yet')
        os.mkdir(self.panel)
        self.assertEqual(self.ended(), 1)
        self.assertIn('cutout top: ' + self.panel, ''.join(self.shows('^later')))
        self.assertEqual((self.asked('alternate_on'), self.asked('cursor_flag')), ('0', '1'))


class Refused(CommandCase):
    def test_without_a_terminal_there_is_an_error(self):
        self.complains(1, 'cutout top: needs a terminal; "cutout status" does not\n', 'top')

    def test_wrong_usage_is_told(self):
        self.complains(2, 'cutout top: -d: "1" is no time from 100ms to 1h\n', 'top', '-d', '1')
        self.complains(2, 'cutout top: -d: "99ms" is no time', 'top', '--delay=99ms')
        self.complains(2, 'cutout top: one pattern at a time, not also "b"\n', 'top', 'a', 'b')
        self.complains(2, 'cutout top: a filter has 63 characters at most\n', 'top', 'a' * 64)
        self.complains(1, 'cutout top: a private panel', 'top', '-p', 'private')


if __name__ == '__main__':
    main()
