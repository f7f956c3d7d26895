#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is protected, and how: observe and off, pass and deny, fail-with, per, CUTOUT_ONLY and CUTOUT_SKIP."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import OBJECT, REFUSED, Case, check_program, main, named_errors, need_native, rule, wait_until
from servers import Port

PASSED = ['ECONNREFUSED'] * 5
PROTECTED = ['ECONNREFUSED'] * 2 + [REFUSED] * 3


class Modes(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def five(self, *options, port=None, **env):
        return self.connect(port or self.port, 5, rules=env.pop('rules', rule(self.port, *options)), env=env)

    def test_observe_trips_and_reports_and_never_refuses(self):
        for how in ({'CUTOUT_MODE': 'observe'}, {'rules': rule(self.port, 'mode=observe')}):
            with self.subTest(how):
                self.panel = self.new_panel()
                self.port.stop()
                self.assertEqual(self.five(**how), PASSED)
                breaker = self.assert_totals(self.port, calls=2, failures=2, refused=0, would_refuse=3, trips=1)
                self.assertEqual(breaker['state'], 'open')
                self.port.start()
                self.assertEqual(self.five(**how), ['0'] * 5)
                self.assert_totals(self.port, calls=2, successes=0, would_refuse=8)

    def test_a_rule_that_enforces_stands_above_a_program_that_observes(self):
        self.assertEqual(self.five('mode=enforce', CUTOUT_MODE='observe'), PROTECTED)

    def test_off_passes_everything_through(self):
        self.assertEqual(self.five(CUTOUT_MODE='off'), PASSED)
        self.assertEqual(self.status(), [])

    def test_a_rule_that_is_off_counts_nothing(self):
        self.assertEqual(self.five('mode=off'), PASSED)
        self.assertEqual(self.status(), [])

    def test_pass_is_never_touched_and_never_counted(self):
        self.assertEqual(self.five(rules=f'{self.port} pass'), PASSED)
        self.assertEqual(self.status(), [])

    def test_deny_refuses_a_server_that_is_there(self):
        self.port.start()
        self.assertEqual(self.five(rules=f'{self.port} deny'), PASSED)
        self.assertEqual(self.five(rules=f'{self.port} deny fail-with=EACCES'), ['EACCES'] * 5)
        self.assertEqual(self.port.server.accepted, 0)
        self.assertEqual(sum(breaker['totals']['refused'] for breaker in self.status()), 10)

    def test_deny_in_observe_mode_makes_the_connect_and_counts_what_it_would_have_refused(self):
        for how in ({'rules': f'{self.port} deny mode=observe'}, {'rules': f'{self.port} deny', 'CUTOUT_MODE': 'observe'}):
            with self.subTest(how):
                self.panel = self.new_panel()
                self.port.start()
                self.assertEqual(self.five(**how), ['0'] * 5)
                wait_until(lambda: self.port.server.accepted == 5, what='five connections')
                self.port.stop()
                self.assertEqual(self.five(**how), PASSED)
                self.assert_totals(self.port, calls=0, successes=0, failures=0, refused=0, would_refuse=10)

    def test_fail_with_is_the_errno_of_a_refusal(self):
        for error in ('ENETUNREACH', 'ETIMEDOUT', 'EACCES'):
            with self.subTest(error):
                self.panel = self.new_panel()
                rules = f'{self.port} failures=2 timeout=1h fail-with={error}'
                self.assertEqual(self.five(rules=rules), ['ECONNREFUSED'] * 2 + [error] * 3)

    def test_the_first_rule_that_matches_wins(self):
        self.assertEqual(self.five(rules=f'{self.port} pass\n{rule("*")}'), PASSED)
        self.assertEqual(self.five(rules=f'{rule("*")} ; {self.port} pass # comment'), PROTECTED)

    def test_patterns_of_addresses_and_ports(self):
        number = self.port.number
        for pattern in (f'127.0.0.0/8:{number}', f'*:{number - 1}-{number + 1}', f'tcp://127.0.0.1:1,{number}', '127.0.0.1',
                        '127.0.0.1:*'):
            with self.subTest(pattern):
                self.panel = self.new_panel()
                self.assertEqual(self.five(rules=f'{rule(pattern)}\n* pass'), PROTECTED)
        for pattern in (f'128.0.0.0/8:{number}', f'*:{number + 1}', f'127.0.0.2:{number}'):
            with self.subTest(pattern):
                self.assertEqual(self.five(rules=f'{rule(pattern)}\n* pass'), PASSED)

    def test_without_a_rule_the_defaults_hold(self):
        self.assertEqual(self.five(rules=None), PASSED)
        self.port.start()
        self.assertEqual(self.five(rules=None), PASSED)
        self.assert_totals(self.port, failures=5, refused=5)

    def test_the_defaults_can_be_set_for_every_rule(self):
        env = {'CUTOUT_DEFAULTS': f'failures=2 timeout=1h fail-with={REFUSED}'}
        self.assertEqual(self.five(rules=None, **env), PROTECTED)
        self.assertEqual(self.five(rules=f'{self.port} failures=3', **env), ['ECONNREFUSED'] * 3 + [REFUSED] * 2)

    def test_rules_from_a_file(self):
        file = self.path('rules')
        with open(file, 'w', encoding='ascii') as text:
            text.write(f'# a comment\n\n{rule(self.port)}\n* pass\n')
        self.assertEqual(self.five(rules='@' + file), PROTECTED)

    def test_per_rule_is_one_breaker_for_whatever_the_rule_matches(self):
        other = Port(self)
        rules = rule('127.0.0.1', 'per=rule')
        self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        self.assertEqual(self.connect(other, 1, rules=rules), [REFUSED])
        self.assertEqual(len(self.status()), 1)

    def test_per_host_without_a_name_is_per_address(self):
        other = Port(self)
        rules = rule('*', 'per=host')
        self.assertEqual(self.connect(self.port, 3, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.connect(other, 1, rules=rules), ['ECONNREFUSED'])

    def test_only_the_programs_that_are_named_are_protected(self):
        for names in ('calls', 'curl, calls', 'calls,curl'):
            with self.subTest(names):
                self.panel = self.new_panel()
                self.assertEqual(self.five(CUTOUT_ONLY=names), PROTECTED)
        self.panel = self.new_panel()
        self.assertEqual(self.five(CUTOUT_ONLY='curl,wget'), PASSED)
        self.assertEqual(self.status(), [])

    def test_programs_can_be_left_alone(self):
        self.assertEqual(self.five(CUTOUT_SKIP='curl,calls'), PASSED)
        self.assertEqual(self.status(), [])
        self.assertEqual(self.five(CUTOUT_SKIP='call,callsx'), PROTECTED)

    def test_a_program_that_is_named_in_both_is_left_alone(self):
        self.assertEqual(self.five(CUTOUT_ONLY='calls', CUTOUT_SKIP='calls'), PASSED)
        self.assertEqual(self.five(CUTOUT_ONLY='calls', CUTOUT_SKIP='curl'), PROTECTED)

    def test_a_program_is_named_as_the_kernel_cuts_its_name(self):
        long = self.path('calls-with-a-long-name')
        os.symlink(check_program('calls'), long)
        argv = [long, *['use=0', 'socket=4', f'connect={self.port}', 'close'] * 3]
        for name in ('calls-with-a-lo', 'calls-with-a-long-name'):
            with self.subTest(name):
                self.panel = self.new_panel()
                result = self.execute(argv, rules=rule(self.port), env={'CUTOUT_ONLY': name})
                self.assertEqual(named_errors(result.out).split().count(REFUSED), 1, result.out)

    def test_a_program_that_is_executed_by_its_descriptor_has_the_name_that_the_kernel_gives_it(self):
        need_native('the program is executed without the emulator')
        operations = ['use=0', 'socket=4', f'connect={self.port}', 'close'] * 3
        run = ('import os, sys\n'
               'program = os.open(sys.argv[1], os.O_RDONLY)\n'
               'os.set_inheritable(program, True)\n'
               'os.execve(program, sys.argv[1:], {**os.environ, "LD_PRELOAD": os.environ["OBJECT"]})\n')
        named = self.execute([sys.executable, '-c', run, '/bin/cat', '/proc/self/comm'], preload=False, env={'OBJECT': ''})
        for name, protected in ((named.out.strip(), 1), ('another', 0)):
            with self.subTest(name):
                self.panel = self.new_panel()
                # The name of `cat` is that of its file, or of the descriptor: here it is the same one.
                name = name.replace('cat', 'calls')
                env = {'CUTOUT_PANEL': self.panel, 'CUTOUT_RULES': rule(self.port), 'CUTOUT_ONLY': name, 'OBJECT': OBJECT}
                result = self.execute([sys.executable, '-c', run, check_program('calls'), *operations], preload=False, env=env)
                self.assertEqual(named_errors(result.out).split().count(REFUSED), protected, result)

    def test_a_script_is_named_and_not_its_interpreter(self):
        need_native('the kernel starts the interpreter')
        script = 'sleep=0'  # which calls, as the interpreter, takes for its first operation
        with open(self.path(script), 'w', encoding='ascii') as file:
            file.write(f'#!{check_program("calls")}\n')
        os.chmod(self.path(script), 0o755)
        operations = ['socket=4', f'connect={self.port}', 'close'] * 3
        run = 'import os, sys; os.execve(sys.argv[1], sys.argv[1:], {**os.environ, "LD_PRELOAD": os.environ["OBJECT"]})'
        for name, protected in ((script, 1), ('calls', 0)):
            with self.subTest(name):
                self.panel = self.new_panel()
                env = {'CUTOUT_PANEL': self.panel, 'CUTOUT_RULES': rule(self.port), 'CUTOUT_ONLY': name, 'OBJECT': OBJECT}
                result = self.execute([sys.executable, '-c', run, script, *operations], preload=False, env=env, cwd=self.directory)
                self.assertEqual(named_errors(result.out).split().count(REFUSED), protected, result)

    def test_a_program_is_picked_out_of_those_that_a_shell_starts(self):
        script = f'for program in calls other; do ./$program socket=4 connect={self.port} connect={self.port} connect={self.port}; done'
        for program in ('calls', 'other'):
            os.symlink(check_program('calls'), self.path(program))
        for env, protected in (({'CUTOUT_ONLY': 'calls'}, [True, False]), ({'CUTOUT_SKIP': 'calls'}, [False, True])):
            with self.subTest(env):
                self.panel = self.new_panel()
                result = self.execute(['sh', '-c', script], rules=rule(self.port), env=env, cwd=self.directory)
                lines = [line.split()[-1] for line in named_errors(result.out).splitlines() if line.startswith('connect')]
                self.assertEqual([lines[2] == REFUSED, lines[5] == REFUSED], protected, lines)

    def test_deny_refuses_at_once_in_every_family_and_leaves_a_fresh_socket(self):
        """Without a system call, a non-blocking connect too."""
        six = Port(self, '::1').start()
        self.port.start()
        for port in (self.port, six):
            for kind in (port.family, port.family + ',nonblock'):
                with self.subTest(port=port.text, kind=kind):
                    rules = f'{port} deny fail-with={REFUSED}'
                    operations = [f'socket={kind}', f'connect={port}', 'marker=begin', *[f'connect={port}'] * 2, 'marker=end']
                    self.assertEqual(self.traced(*operations, rules=rules), [])
                    lines = self.calls(f'socket={kind}', f'connect={port}', 'soerror', 'getpeername', rules=rules)
                    self.assertEqual(lines[1:], [f'connect -1 {REFUSED}', 'soerror 0 errno=0', 'getpeername -1 family 0 ENOTCONN'])
        self.assertEqual((self.port.server.accepted, six.server.accepted), (0, 0))

    def test_rules_of_one_program_have_modes_of_their_own(self):
        other, off = Port(self), Port(self)
        rules = '\n'.join((rule(self.port, 'mode=observe'), rule(other), rule(off, 'mode=off')))
        self.assertEqual(self.five(rules=rules), PASSED)
        self.assertEqual(self.five(rules=rules, port=other), PROTECTED)
        self.assertEqual(self.five(rules=rules, port=off), PASSED)
        self.assert_totals(self.port, would_refuse=3, refused=0)
        self.assert_totals(other, would_refuse=0, refused=3)
        self.assertIsNone(self.breaker(off))

    def test_per_rule_closes_again_for_whatever_the_rule_matches(self):
        other = Port(self).start()
        rules = rule('127.0.0.1', 'per=rule', 'successes=1', timeout='300ms')
        self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        wait_until(lambda: self.status()[0]['state'] == 'half-open', what='half-open')
        self.assertEqual(self.connect(other, 1, rules=rules), ['0'])
        self.assertEqual([(one['address'], one['state']) for one in self.status()], [('-', 'closed')])


if __name__ == '__main__':
    main()
