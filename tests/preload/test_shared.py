#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who shares a circuit with whom: processes through the file, forked workers through a private panel."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import stat

import namespaces
from harness import REFUSED, Case, check_program, main, need_root, rule
from servers import Port

FAILED = 'connect -1 ECONNREFUSED'
SHED = f'connect -1 {REFUSED}'


def connects(lines):
    return [line for line in lines if line.startswith('connect')]


class Shared(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)
        self.rules = rule(self.port)

    def test_unrelated_processes_share_one_circuit(self):
        for expected in ('ECONNREFUSED', 'ECONNREFUSED', REFUSED, REFUSED):
            self.assertEqual(self.connect(self.port, rules=self.rules), [expected])
        self.assert_totals(self.port, calls=2, failures=2, refused=2)

    def test_a_process_that_runs_sees_what_another_one_did_meanwhile(self):
        self.port.start()
        talk = self.conversation('socket=4', f'connect={self.port}', 'close', 'stop', 'socket=4', f'connect={self.port}',
                                 rules=self.rules)
        self.assertEqual(connects(talk.until_stop()), ['connect 0'])
        self.port.stop()
        self.connect(self.port, 2, rules=self.rules)
        self.assertEqual(connects(talk.go_on()), [SHED])

    def test_many_processes_at_once_make_one_breaker_and_lose_no_call(self):
        rules = rule(self.port, failures=60000)
        again = ['use=0', 'socket=4', f'connect={self.port}', 'close'] * 50
        running = [self.start([check_program('calls'), *again], rules=rules) for _ in range(8)]
        for process in running:
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
        self.assert_totals(self.port, calls=400, failures=400)

    def test_different_policies_for_one_destination_are_different_breakers(self):
        self.connect(self.port, 2, rules=self.rules)
        self.assertEqual(self.connect(self.port, rules=rule(self.port, failures=7)), ['ECONNREFUSED'])
        self.assertEqual(sorted(breaker['state'] for breaker in self.status()), ['closed', 'open'])

    def test_a_private_panel_is_shared_by_forked_workers(self):
        lines = self.calls('socket=4', 'in-fork', f'connect={self.port}', 'in-fork', f'connect={self.port}',
                           'in-fork', f'connect={self.port}', f'connect={self.port}', rules=self.rules, panel='private')
        self.assertEqual(connects(lines), [FAILED, FAILED, SHED, SHED])

    def test_a_private_panel_is_shared_by_nobody_else(self):
        for _ in range(2):
            self.assertEqual(self.connect(self.port, 3, rules=self.rules, panel='private'), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertFalse(os.path.exists(self.panel))

    def test_the_panel_file_is_only_for_its_owner_and_below_8_MiB(self):
        self.connect(self.port, rules=self.rules)
        found = os.stat(self.panel)
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        self.assertLess(found.st_size, 8 << 20)
        self.assertGreaterEqual(found.st_blocks * 512, found.st_size, 'its space is not reserved')

    def test_no_temporary_file_is_left_beside_the_panel(self):
        running = [self.start([check_program('calls'), 'socket=4', f'connect={self.port}'], rules=rule(self.port, failures=99))
                   for _ in range(8)]
        for process in running:
            process.communicate(timeout=60)
        self.assertEqual(os.listdir(os.path.dirname(self.panel)), [os.path.basename(self.panel)])
        self.assert_totals(self.port, calls=8)

    def test_the_default_panel_belongs_to_the_user(self):
        """/dev/shm/cutout-UID/panel.vN, in a /dev/shm of the test's own."""
        shm = self.path('shm')
        under = namespaces.own_mounts(f'mkdir -p {shm} && mount -t tmpfs tmpfs {shm} && mount --bind {shm} /dev/shm')
        command = [check_program('calls'), 'socket=4', f'connect={self.port}']
        result = self.execute(['sh', '-c', f'"$@"; stat -c "%a %n" /dev/shm/* /dev/shm/*/*; id -u', 'sh', *command],
                              rules=self.rules, env={'CUTOUT_PANEL': None}, under=under)
        self.assertEqual(result.err, '')
        self.assertRegex(result.out, r'700 /dev/shm/cutout-(\d+)\n600 /dev/shm/cutout-\1/panel\.v\d+\n\1\n$')

    def test_a_panel_of_an_earlier_boot_is_replaced(self):
        """Row 32: its times may lie in the future."""
        boot_id = self.path('boot_id')
        with open(boot_id, 'w', encoding='ascii') as file:
            file.write('11111111-2222-3333-4444-555555555555\n')
        self.connect(self.port, 3, rules=self.rules)
        before = os.stat(self.panel).st_ino
        under = namespaces.own_mounts(f'mount --bind {boot_id} /proc/sys/kernel/random/boot_id')
        self.assertEqual(self.connect(self.port, rules=self.rules, under=under), ['ECONNREFUSED'])
        self.assertNotEqual(os.stat(self.panel).st_ino, before)


class Separate(Case):
    """Row 34: the network namespace is part of the key."""

    def test_an_address_of_one_network_is_not_that_of_another(self):
        under = namespaces.own_network()
        port = Port(self)
        rules = rule(port)
        self.assertEqual(self.connect(port, 3, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.connect(port, 3, rules=rules, under=under), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual([breaker['totals']['failures'] for breaker in self.status() if breaker['address'] == port.text], [2, 2])

    def test_processes_of_one_network_share_its_circuits(self):
        need_root()
        holder = self.start(['sh', '-c', 'echo ready; exec sleep 60'], preload=False, under=namespaces.own_network())
        self.assertEqual(holder.stdout.readline(), 'ready\n')
        port = Port(self)
        rules = rule(port)
        inside = namespaces.working(['nsenter', f'--net=/proc/{holder.pid}/ns/net'], 'nsenter')
        seen = [self.connect(port, rules=rules, under=inside) for _ in range(3)]
        self.assertEqual(seen, [['ECONNREFUSED'], ['ECONNREFUSED'], [REFUSED]])
        self.assertEqual(self.connect(port, rules=rules), ['ECONNREFUSED'])


if __name__ == '__main__':
    main()
