# SPDX-License-Identifier: MIT
"""The main job, through any client: its dependency dies, the circuit opens; it comes back, the circuit closes."""
from harness import Case, rule, wait_until
from servers import Port


class RecoveryCase(Case):
    """For cases that call trips_and_recovers(client), where client(port, **how) says whether it got its answer."""

    def port_of_a_server(self):
        return Port(self)

    def trips_and_recovers(self, client):
        self.trips(client)
        self.recovers(client)

    def trips(self, client):
        """Once open, it stays away from a server that is back: nobody but us can have refused it."""
        port, rules = self.port_of_a_server(), rule('*', failures=3)
        port.start()
        self.assertTrue(client(port, rules=rules), 'no answer from a server that is there')
        port.stop()
        wait_until(lambda: not client(port, rules=rules) and self.state(port) == 'open', what='the circuit to open')
        self.assert_totals(port, failures=3, last_error='ECONNREFUSED')
        port.start()
        calls = self.breaker(port)['totals']['calls']
        self.assertFalse(client(port, rules=rules), 'an answer through an open circuit')
        breaker = self.assert_totals(port, calls=calls)
        self.assertGreaterEqual(breaker['totals']['refused'], 1)
        self.assertTrue(client(port, preload=False), 'no answer from a server that is back')
        port.stop()

    def recovers(self, client):
        """With a short open time it finds the server that is back, and the circuit closes."""
        self.panel = self.new_panel()
        port, rules = self.port_of_a_server(), rule('*', timeout='300ms')
        wait_until(lambda: not client(port, rules=rules) and self.state(port) == 'open', what='the circuit to open')
        port.start()
        wait_until(lambda: client(port, rules=rules), what='an answer')
        wait_until(lambda: client(port, rules=rules) and self.state(port) == 'closed', what='the circuit to close')
        port.stop()

    def state(self, port):
        breaker = self.breaker(port)
        return breaker['state'] if breaker else None
