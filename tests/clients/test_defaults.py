#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 33: under the defaults a breaker never makes a short outage long. The promises with times in them.

The slow parts wait for the clock and not for the processor, so they run side by side.
"""
import concurrent.futures
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, need, rule, wait_until
from servers import Port

POLL = 'until curl -q -s --max-time 5 "$1"; do sleep "$2"; done'

# One connect after the other, the fifth of which is too many.
FIVE_OF_NODE = '''
const net = require('net');

function attempt() {
    return new Promise(resolve => {
        const socket = net.connect({port: process.argv[1], host: '127.0.0.1', timeout: 2000});
        socket.on('timeout', () => socket.destroy(new Error('given up')));
        socket.on('error', error => resolve(error.code || error.message));
    });
}

(async () => {
    for (let i = 0; i < 5; i++)
        console.log(await attempt());
})();
'''


class Defaults(Case):
    def seconds_until_through(self, ready_after, interval, **how):
        """How long a script polls whose server is started that much later."""
        port = Port(self)
        timer = threading.Timer(ready_after, port.start)
        began = time.monotonic()
        timer.start()
        result = self.execute(['sh', '-c', POLL, 'sh', port.url, str(interval)], timeout=90, **how)
        elapsed = time.monotonic() - began
        timer.join()
        self.assertEqual((result.status, result.out), (0, 'hello\n'))
        return elapsed

    def test_a_script_that_polls_gets_through_at_most_twice_as_late_as_bare(self):
        need('curl')
        runs = [(after, interval, preload) for after in (2, 5, 10) for interval in (0.1, 0.2) for preload in (False, True)]
        panels = [self.new_panel() for _ in runs]
        with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
            times = dict(zip(runs, pool.map(lambda run, panel: self.seconds_until_through(*run[:2], preload=run[2], panel=panel),
                                            runs, panels)))
        for after, interval, preload in runs:
            if preload:
                with self.subTest(f'ready after {after} s, polled every {interval} s'):
                    self.assertLessEqual(times[after, interval, True], 2 * times[after, interval, False])
                    self.assertGreaterEqual(times[after, interval, True], after)
        tripped = [self.status(panel)[0]['totals']['trips'] for (_, _, preload), panel in zip(runs, panels) if preload]
        self.assertNotIn(0, tripped, 'no circuit opened, so nothing was shown')

    def test_a_backend_that_is_back_after_three_seconds_is_used_again_within_two_more(self):
        need('curl')
        port = Port(self).start()
        request = ['curl', '-q', '-s', '--max-time', '5', port.url]
        self.assertEqual(self.execute(request).status, 0)
        port.stop()
        gone = time.monotonic()
        while time.monotonic() < gone + 3:
            self.assertEqual(self.execute(request).status, 7)
            time.sleep(0.1)
        port.start()
        back = time.monotonic()
        wait_until(lambda: self.execute(request).status == 0, what='an answer')
        self.assertLessEqual(time.monotonic() - back, 2)
        self.assertGreaterEqual(self.breaker(port)['totals']['trips'], 1)

    def test_curl_with_a_connect_timeout_counts_a_failure_each_time(self):
        """To an address that swallows SYNs: closed by the program after a SYN was sent again."""
        need('curl')
        port = Port(self).swallow()
        request = ['curl', '-q', '-s', '--connect-timeout', '2', port.url]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.assertEqual([result.status for result in pool.map(lambda _: self.execute(request), range(4))], [28] * 4)
        self.assert_totals(port, calls=4, failures=4, ignored=0, last_error='ETIMEDOUT')
        self.assertEqual(self.execute(request).status, 28)
        self.assert_state(port, 'open')
        began = time.monotonic()
        self.assertEqual(self.execute(request).status, 7)
        self.assertLess(time.monotonic() - began, 2)

    def test_node_with_a_connect_timeout_counts_a_failure_each_time(self):
        """libuv closes its sockets past close()."""
        need('node')
        port = Port(self).swallow()
        result = self.execute(['node', '-e', FIVE_OF_NODE, str(port.number)], rules=rule(port, failures=4, timeout='1m'))
        self.assertEqual((result.status, result.out, result.err), (0, 'given up\n' * 4 + f'{REFUSED}\n', ''))
        self.assert_totals(port, calls=4, failures=4, ignored=0, refused=1, last_error='ETIMEDOUT')


if __name__ == '__main__':
    main()
