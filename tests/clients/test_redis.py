#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trip and recovery through redis-cli, whose real server the test starts and stops."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import main, need, wait_until
from recovery import RecoveryCase
from servers import Port


class RedisPort(Port):
    def __init__(self, case):
        super().__init__(case)
        self.case = case
        self.process = None

    def start(self):
        command = ['redis-server', '--port', str(self.number), '--bind', self.host, '--save', '', '--appendonly', 'no',
                   '--daemonize', 'no', '--dir', self.case.directory]
        self.process = self.case.start(command, preload=False)
        wait_until(lambda: self.case.ping(self, preload=False), what='redis-server to answer')
        return self

    def stop(self):
        if self.process:
            self.case.finish(self.process)
            self.process = None


class Redis(RecoveryCase):
    def port_of_a_server(self):
        return RedisPort(self)

    def ping(self, port, **how):
        result = self.execute(['redis-cli', '-h', port.host, '-p', str(port.number), 'PING'], **how)
        return 'PONG' in result.out

    def test_redis_cli_trips_and_recovers(self):
        need('redis-cli', 'redis-server')
        self.trips_and_recovers(self.ping)


if __name__ == '__main__':
    main()
