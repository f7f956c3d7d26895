#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""on=response: a connect with its first exchange is a call, and so is each later exchange."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import COMMAND, REFUSED, Case, main, rule, wait_until
from servers import Port, answer_late, dismiss, echo, greet, reset, silent

# What every client begins with. connect() gives a socket that blocks; `say` tells the test what an operation came to.
PRELUDE = '''
import errno, os, select, socket, sys, threading, time

def connect():
    connection = socket.socket()
    connection.connect(('127.0.0.1', int(sys.argv[1])))
    return connection

def say(operation, *arguments):
    try:
        result = operation(*arguments)
        line = result.decode().strip() if isinstance(result, bytes) else result
    except OSError as error:
        line = errno.errorcode.get(error.errno, error)
    os.write(1, f"{line}\\n".encode())  # whole, whatever other threads say

def trip():
    """Two requests that are given up late."""
    given_up = [connect() for i in range(2)]
    for connection in given_up:
        connection.settimeout(0)
        connection.send(b'hold')
    time.sleep(.3)
    for connection in given_up:
        connection.close()

def ask(connection, words=b'ping'):
    connection.send(words)
    return connection.recv(100)

def vanish(connection):
    """Closes it behind the back of every hook, syscall() included: by libc's own. Returns the number that is free now."""
    import ctypes
    number = connection.detach()
    ctypes.CDLL('libc.so.6').syscall(NR_CLOSE, number)
    return number
'''.replace('NR_CLOSE', '57' if os.uname().machine == 'aarch64' else '3')


class ResponseCase(Case):
    def client(self, port, *lines, rules=None, options=(), **how):
        """The lines that a Python program prints."""
        rules = rules or rule(port, 'on=response', *options, failures=how.pop('failures', 2))
        result = self.execute([sys.executable, '-c', PRELUDE + '\n'.join(lines), str(port.number)], rules=rules, **how)
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out.splitlines()


class Response(ResponseCase):
    def test_each_exchange_of_a_conversation_is_a_call_and_the_first_is_the_connects(self):
        port = Port(self).start(echo)
        self.assertEqual(self.client(port, 'c = connect()', 'for i in range(5): say(ask, c)'), ['ping'] * 5)
        self.assert_totals(port, calls=5, successes=5, failures=0, ignored=0, late=0)

    def test_an_exchange_asks_nothing_of_the_system(self):
        port = Port(self).start(echo)
        seen = self.traced('socket=4', f'connect={port}', 'send', 'recv', 'marker=begin', 'send', 'recv', 'send', 'recv',
                           'marker=end', 'close', rules=rule(port, 'on=response'))
        self.assertEqual([call.replace('to', '').replace('from', '') for call in seen], ['send', 'recv'] * 2)
        self.assert_totals(port, calls=3, successes=3)

    def test_an_answer_in_many_parts_ends_one_call(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect()', 'c.send(b"a"); c.send(b"b"); time.sleep(.1)', 'c.recv(1); c.recv(1)', 'ask(c)')
        self.assert_totals(port, calls=2, successes=2, ignored=0)

    def test_a_server_that_accepts_and_never_answers_trips(self):
        port = Port(self).start(silent)
        out = self.client(port, 'for i in range(4):', '    c = socket.socket()', '    say(c.connect_ex, ("127.0.0.1", int(sys.argv[1])))',
                          '    c.settimeout(.3)', '    say(ask, c)', options=('slow-call=100ms',))
        self.assertEqual(out[0], '0')
        self.assert_totals(port, calls=2, failures=2, successes=0, trips=1, last_error='ETIMEDOUT')
        self.assert_state(port, 'open')

    def test_a_server_that_closes_without_answering_trips(self):
        port = Port(self).start(dismiss)
        self.client(port, 'for i in range(2): say(ask, connect())')
        self.assert_totals(port, calls=2, failures=2, trips=1, last_error='ECONNRESET')

    def test_a_server_that_resets_trips(self):
        port = Port(self).start(reset)
        self.client(port, 'for i in range(2):', '    c = connect()', '    time.sleep(.1)', '    say(ask, c)')
        self.assert_totals(port, calls=2, failures=2, trips=1, last_error='ECONNRESET')

    def test_a_server_that_speaks_first_ends_the_call_with_its_first_byte(self):
        port = Port(self).start(greet)
        self.assertEqual(self.client(port, 'for i in range(3): say(connect().recv, 100)'), ['hello'] * 3)
        self.assert_totals(port, calls=3, successes=3)

    def test_an_answer_that_is_late_is_slow_and_that_is_a_failure(self):
        port = Port(self).start(answer_late(0.3))
        self.assertEqual(self.client(port, 'for i in range(2): say(ask, connect())', options=('slow-call=100ms',)), ['ping'] * 2)
        self.assert_totals(port, calls=2, failures=2, successes=0, trips=1)

    def test_with_a_slow_rate_slow_answers_are_tallied_apart(self):
        port = Port(self).start(answer_late(0.2))
        self.client(port, 'c = connect()', 'for i in range(4): ask(c)',
                    options=('slow-call=100ms', 'slow-rate=100%', 'min-calls=4'))
        self.assert_totals(port, calls=4, failures=0, slow=4, trips=1)

    def test_a_connection_closed_without_having_sent_anything_is_a_success(self):
        port = Port(self).start(silent)
        self.client(port, 'for i in range(3): connect().close()')
        self.assert_totals(port, calls=3, successes=3, failures=0)

    def test_it_ends_no_run_of_failures(self):
        """As fetch() of Node.js makes a spare one for each that it gives up."""
        port = Port(self).start(silent)
        fails = 'c = connect(); c.send(b"ping"); time.sleep(.3); c.close()'
        self.client(port, fails, 'for i in range(3): connect().close()', fails, options=('slow-call=100ms',))
        self.assert_totals(port, calls=5, successes=0, ignored=3, failures=2, trips=1)

    def test_half_open_it_is_a_success(self):
        port = Port(self)
        rules = rule(port, 'on=response', timeout='200ms')
        self.client(port, 'for i in range(2): say(connect)', rules=rules)
        self.assert_state(port, 'open')
        port.start(silent)
        self.client(port, 'time.sleep(.3)', 'for i in range(2): connect().close()', rules=rules)
        self.assert_state(port, 'closed')

    def test_what_is_open_when_the_program_ends_is_closed(self):
        for end in ('', 'os._exit(0)'):
            with self.subTest(end):
                port, self.panel = Port(self).start(silent), self.new_panel()
                self.client(port, 'c = connect(); c.send(b"ping"); c.detach()', 'connect().detach()', 'time.sleep(.3)', end,
                            options=('slow-call=100ms',))
                self.assert_totals(port, calls=2, failures=1, ignored=1, last_error='ETIMEDOUT')
                self.assertEqual(self.breaker(port)['in_flight'], 0)

    def test_a_child_that_ends_leaves_its_parents_requests_alone(self):
        """Of fork() and of vfork(), which finds nothing to be executed."""
        port = Port(self).start(answer_late(0.5))
        out = self.client(port, 'c = connect(); c.send(b"ping")', 'import subprocess', 'if os.fork() == 0: os._exit(0)',
                          'os.wait()', 'say(subprocess.run, ["/nowhere"])', 'say(c.recv, 9)')
        self.assertEqual(out, ['ENOENT', 'ping'])
        self.assert_totals(port, calls=1, successes=1, ignored=0, late=0)

    def test_a_connection_closed_soon_while_waiting_is_ignored_and_later_a_failure(self):
        port = Port(self).start(silent)
        self.client(port, 'c = connect(); c.send(b"ping"); c.close()', 'c = connect(); c.send(b"ping"); time.sleep(.3); c.close()',
                    options=('slow-call=100ms',))
        self.assert_totals(port, calls=2, ignored=1, failures=1, last_error='ETIMEDOUT')

    def test_a_receive_time_out_is_a_failure(self):
        port = Port(self).start(silent)
        self.client(port, 'import struct', 'c = connect()',
                    'c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 100000))', 'say(ask, c)')
        self.assert_totals(port, calls=1, failures=1, ignored=0, last_error='ETIMEDOUT')

    def test_a_receive_that_does_not_block_ends_nothing(self):
        port = Port(self).start(answer_late(0.1))
        self.client(port, 'c = connect(); c.setblocking(False); c.send(b"ping")', 'say(c.recv, 100)',
                    'select.select([c], [], [])', 'say(c.recv, 100)')
        self.assert_totals(port, calls=1, successes=1, failures=0)

    def test_a_peek_is_no_answer(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect(); c.send(b"ping"); c.recv(4, socket.MSG_PEEK)', 'time.sleep(.3)', 'c.recv(100)',
                    options=('slow-call=200ms',))
        self.assert_totals(port, calls=1, failures=1)

    def test_while_it_is_open_what_goes_on_is_not_counted(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'for i in range(3): say(ask, c)', 'say(connect)',
                          options=('slow-call=200ms',))
        self.assertEqual(out, ['ping'] * 3 + [REFUSED])
        self.assert_totals(port, calls=3, successes=1, failures=2, refused=1, late=0)

    def test_half_open_exchanges_of_established_connections_are_probes_and_never_more_than_those(self):
        port = Port(self).start(answer_late(0.1))
        rules = rule(port, 'on=response', 'slow-call=200ms', 'probes=1', 'successes=2', timeout='300ms')
        self.client(port, 'kept = [connect() for i in range(5)]', 'for c in kept: ask(c)', 'trip(); time.sleep(.4)',
                    'for c in kept: c.send(b"x")', 'for c in kept: c.recv(9)', 'ask(kept[0])', rules=rules)
        breaker = self.assert_totals(port, calls=9, successes=7, failures=2, late=0)
        self.assertEqual(breaker['state'], 'closed')

    def test_the_half_that_is_shut_down_for_sending_does_not_end_it(self):
        port = Port(self).start(echo)
        self.assertEqual(self.client(port, 'c = connect(); c.send(b"ping"); c.shutdown(socket.SHUT_WR)', 'say(c.recv, 100)'), ['ping'])
        self.assert_totals(port, calls=1, successes=1)

    def test_a_connect_that_does_not_block_is_followed_into_its_exchanges(self):
        port = Port(self).start(echo)
        self.client(port, 'c = socket.socket(); c.setblocking(False)', 'c.connect_ex(("127.0.0.1", int(sys.argv[1])))',
                    'select.select([], [c], [])', 'for i in range(3):', '    c.send(b"x"); select.select([c], [], []); c.recv(9)')
        self.assert_totals(port, calls=3, successes=3, ignored=0)


class Descriptors(ResponseCase):
    """Duplicates, threads and children, and those who read in place of the program."""

    def test_a_duplicate_goes_on_with_the_conversation(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect(); c.send(b"a"); d = c.dup(); c.close(); d.recv(9)', 'ask(d); e = os.dup(d.fileno()); d.close()',
                    'os.write(e, b"b"); os.read(e, 9); os.close(e)')
        self.assert_totals(port, calls=3, successes=3, ignored=0)

    def test_the_last_duplicate_that_is_closed_ends_what_waits(self):
        port = Port(self).start(silent)
        self.client(port, 'c = connect(); c.send(b"a"); d = c.dup(); c.close()', 'time.sleep(.2)', 'd.close()', options=('slow-call=100ms',))
        self.assert_totals(port, calls=1, failures=1, ignored=0)

    def test_two_threads_share_the_exchange_of_their_connection(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect()', 'def reader():', '    got = 0', '    while got < 200: got += len(c.recv(9))',
                    'thread = threading.Thread(target=reader); thread.start()',
                    'for i in range(200): c.send(b"x"); time.sleep(.0005)', 'thread.join()')
        breaker = self.breaker(port)['totals']
        self.assertEqual((breaker['failures'], breaker['ignored']), (0, 0), breaker)
        self.assertGreater(breaker['calls'], 1)
        self.assertEqual(breaker['calls'], breaker['successes'])

    def test_many_threads_with_a_connection_each_lose_no_call(self):
        port = Port(self).start(echo)
        self.client(port, 'def talk():', '    c = connect()', '    for i in range(50): ask(c)',
                    'threads = [threading.Thread(target=talk) for i in range(20)]', 'for t in threads: t.start()', 'for t in threads: t.join()')
        breaker = self.assert_totals(port, calls=1000, successes=1000, late=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_a_child_has_no_part_in_the_exchange_and_what_it_reads_is_the_parents_answer(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect(); c.send(b"a")', 'if os.fork() == 0:', '    c.recv(9); os._exit(0)', 'os.wait()',
                    'time.sleep(.3); c.close()', options=('slow-call=200ms',))
        self.assert_totals(port, calls=1, successes=1, failures=0, ignored=0)

    def test_a_child_that_closes_what_it_inherited_ends_nothing(self):
        port = Port(self).start(echo)
        self.client(port, 'c = connect(); c.send(b"a")', 'if os.fork() == 0:', '    c.close(); os._exit(0)', 'os.wait()', 'c.recv(9)', 'ask(c)')
        self.assert_totals(port, calls=2, successes=2, ignored=0)

    def test_an_answer_that_waits_to_be_read_is_no_silence(self):
        """The kernel has it: the program looks late, and somebody else asks before."""
        port = Port(self).start(echo)
        self.client(port, 'c = connect(); c.send(b"a"); time.sleep(.3)', 'ask(connect())', 'c.recv(9)', options=('slow-call=200ms',))
        self.assert_totals(port, calls=2, successes=2, failures=0)

    def test_a_descriptor_closed_behind_our_back_fails_nothing(self):
        """Its number goes to a file, whose end is no end of an answer."""
        port = Port(self).start(silent)
        self.client(port, 'c = connect(); c.send(b"a"); number = vanish(c)',
                    'f = os.open("/dev/null", os.O_RDWR); assert f == number', 'os.read(f, 9); os.write(f, b"x"); os.read(f, 9)')
        self.assert_totals(port, calls=1, failures=0, successes=0)

    def test_what_got_the_number_of_a_connection_is_not_slow_in_its_name(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c); number = vanish(c)', 'a, b = socket.socketpair(); assert a.fileno() == number',
                          'a.send(b"a"); b.send(b"b"); time.sleep(.3)', 'say(a.recv, 9); say(b.recv, 9)', options=('slow-call=200ms',),
                          failures=1)
        self.assertEqual(out, ['b', 'a'])
        self.assert_totals(port, successes=1, failures=0, ignored=1)

    def test_connections_that_vanish_have_no_record_any_more_when_their_number_is_given_again(self):
        """There are 16384 of them; without one a call says nothing."""
        again = {'by socket()': '', 'by dup()': 'assert os.dup(2) == number; os.close(number)'}
        for way, line in again.items():
            with self.subTest(way):
                port, self.panel = Port(self), self.new_panel()
                self.client(port, 'import struct', 'here = socket.create_server(("127.0.0.1", int(sys.argv[1])))',
                            'for i in range(17000):', '    c = connect(); peer = here.accept()[0]; peer.send(b"x"); c.recv(1); peer.close()',
                            '    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no port stays behind',
                            '    number = vanish(c)', f'    {line}')
                self.assert_totals(port, calls=17000, ignored=0, failures=0)


class Families(ResponseCase):
    """A send that has no hook would begin nothing, a receive that has none would end nothing: there would be fewer calls."""

    SENDS = ('send', '__send', 'sendto', 'sendmsg', 'sendmmsg', 'write', '__write', 'writev', 'pwritev2', 'sendfile', 'splice-out')
    RECEIVES = ('recv', 'recvfrom', 'read', '__read', 'readv', 'preadv2', 'recvmsg', 'recvmmsg', 'splice-in')

    def talk(self, operations, program):
        port = Port(self).start(echo)
        self.calls('socket=4', f'connect={port}', *operations, 'close', program=program, rules=rule(port, 'on=response'))
        return port

    def test_every_family_begins_and_ends_exchanges(self):
        for program in ('calls', 'calls_fortified'):
            for sends, receives in ((self.SENDS, ('recv',)), (('send',), self.RECEIVES)):
                with self.subTest(program=program, sends=sends):
                    ways = [(send, 'pollin=5000', receive) for send in sends for receive in receives]
                    port = self.talk([operation for way in ways for operation in way], program)
                    self.assert_totals(port, calls=len(ways), successes=len(ways), ignored=0, failures=0)

    def test_every_family_of_sends_is_shed(self):
        port = Port(self).start(echo)
        talk = self.conversation('socket=4', f'connect={port}', 'send', 'pollin=5000', 'recv', 'stop', *self.SENDS, 'recv', 'close',
                                 rules=rule(port, 'shed=all'))
        talk.until_stop()
        self.assertEqual(self.command('trip', '-p', self.panel, port.text).status, 0)
        lines = talk.go_on()
        self.assertEqual([line.split()[1:] for line in lines[:-1]], [['-1', 'ECONNRESET']] * (len(self.SENDS) + 1), lines)

    def test_who_waits_for_an_answer_after_a_refusal_is_woken(self):
        """As by a real reset: libpq puts off what a send said, and polls for what a receive says."""
        port = Port(self).start(echo)
        for wait in ('pollin=9000', 'epoll_wait=9000'):
            with self.subTest(wait):
                self.panel = self.new_panel()
                before = ['epoll-add'] if 'epoll' in wait else []
                talk = self.conversation('socket=4', f'connect={port}', 'send', 'pollin=5000', 'recv', *before, 'stop', 'send',
                                         wait, 'recv', 'close',
                                         rules=rule(port, 'shed=all'))
                talk.until_stop()
                self.assertEqual(self.command('trip', '-p', self.panel, port.text).status, 0)
                lines = talk.go_on()
                self.assertEqual(lines[0].split()[1:], ['-1', 'ECONNRESET'], lines)
                self.assertEqual(lines[1].split()[1], '1', lines)
                self.assertEqual(lines[2].split()[1:], ['-1', 'ECONNRESET'], lines)

    def test_a_refusal_wakes_who_waits_once_and_asks_each_time_whether_the_socket_is_still_the_one(self):
        """The first answer is so slow that the circuit opens."""
        port = Port(self).start(answer_late(0.2))
        seen = self.traced('socket=4', f'connect={port}', 'send', 'pollin=5000', 'recv', 'marker=begin', *self.SENDS[:8], 'recv', 'marker=end',
                           'close', rules=rule(port, 'on=response', 'shed=all', 'slow-call=100ms', failures=1))
        self.assertEqual(seen, ['getsockopt', 'shutdown', *['getsockopt'] * 8])


class Stuck(ResponseCase):
    """Exchanges that wait for too long are counted while they still wait, as soon as the next call asks."""

    WAITERS = ('begun, lock = 0, threading.Lock()', 'def wait_for_ever():', '    global begun',
               '    c = connect(); c.send(b"hold")', '    with lock: begun += 1', '    {}',
               'for i in range(50): threading.Thread(target=wait_for_ever, daemon=True).start()')

    def threads(self, way):
        return [line.format(way) for line in self.WAITERS]

    def expect_opening(self, port, way):
        out = self.client(port, *self.threads(way), 'while begun < 50: time.sleep(.02)', 'time.sleep(.7)', 'say(connect)', 'os._exit(0)',
                          rules=rule(port, 'on=response', 'slow-call=500ms', failures=50))
        self.assertEqual(out, [REFUSED])
        self.assert_totals(port, failures=50, last_error='ETIMEDOUT')

    def test_threads_in_a_blocking_receive_open_the_circuit_for_the_next_one(self):
        self.expect_opening(Port(self).start(echo), 'c.recv(9)')

    def test_threads_in_poll_do_so_too(self):
        self.expect_opening(Port(self).start(echo), 'c.settimeout(30); c.recv(9)')

    def test_other_processes_count_those_in_a_blocking_receive(self):
        port = Port(self).start(echo)
        rules = rule(port, 'on=response', 'slow-call=500ms', failures=3)
        for _ in range(3):
            self.start([sys.executable, '-c', PRELUDE + 'c = connect(); c.send(b"hold"); c.recv(9)', str(port.number)], rules=rules)
        wait_until(lambda: (self.breaker(port) or {'in_flight': 0})['in_flight'] == 3, what='three exchanges in flight')
        wait_until(lambda: self.breaker(port)['in_flight'] == 0, what='all of them to be overdue')
        self.assertEqual(self.client(port, 'say(connect)', rules=rules), [REFUSED])
        self.assert_totals(port, calls=3, failures=3, refused=1, last_error='ETIMEDOUT')

    def test_what_comes_late_of_them_changes_nothing(self):
        port = Port(self).start(answer_late(0.6))
        out = self.client(port, 'def late():', '    c = connect(); c.send(b"x"); say(c.recv, 9)',
                          'threads = [threading.Thread(target=late) for i in range(2)]', 'for t in threads: t.start()', 'time.sleep(.3)',
                          'say(connect)', 'for t in threads: t.join()', options=('slow-call=200ms',))
        self.assertEqual(out, [REFUSED, 'x', 'x'])
        self.assert_totals(port, calls=2, failures=2, successes=0, refused=1, trips=1)


class Shed(ResponseCase):
    """shed=all: an open circuit refuses the next request on an established connection, too."""

    OPTIONS = ('on=response', 'slow-call=200ms', 'shed=all')

    def test_the_next_request_is_reset_and_the_connection_with_it(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'say(c.send, b"x")', 'say(c.recv, 9)', 'say(c.send, b"x")',
                          'say(connect)', rules=rule(port, *self.OPTIONS))
        self.assertEqual(out, ['ECONNRESET'] * 3 + [REFUSED])
        self.assert_totals(port, calls=3, successes=1, failures=2, refused=2)

    def test_a_request_that_was_begun_before_goes_on(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c); c.send(b"a"); time.sleep(.05)', 'trip()', 'say(c.send, b"b")', 'say(c.recv, 9)',
                          rules=rule(port, *self.OPTIONS))
        self.assertEqual((out[0], out[1][:1]), ('1', 'a'))

    def test_a_connection_on_which_nothing_was_sent_yet_is_refused_too(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect()', 'trip()', 'say(ask, c)', rules=rule(port, *self.OPTIONS))
        self.assertEqual(out, ['ECONNRESET'])

    def test_what_got_the_number_of_a_connection_is_not_refused_in_its_name(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'number = vanish(c)',
                          'a, b = socket.socketpair(); assert a.fileno() == number', 'say(a.send, b"a"); say(b.send, b"b")',
                          'say(a.recv, 9); say(b.recv, 9)', rules=rule(port, *self.OPTIONS))
        self.assertEqual(out, ['1', '1', 'b', 'a'])
        self.assert_totals(port, refused=0)

    def test_nor_is_what_got_that_of_one_that_was_refused(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'say(ask, c)', 'number = vanish(c)',
                          'r, w = os.pipe(); assert r == number', 'say(os.write, w, b"a"); say(os.read, r, 9)', rules=rule(port, *self.OPTIONS))
        self.assertEqual(out, ['ECONNRESET', '1', 'a'])

    def test_after_recovery_the_same_program_works_again(self):
        port = Port(self).start(echo)
        """By new connections: the one that was refused stays as one that was reset."""
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'say(ask, c)', 'time.sleep(.4)', 'say(ask, c)',
                          'say(ask, connect())', 'say(ask, connect())', rules=rule(port, *self.OPTIONS, timeout='300ms'))
        self.assertEqual(out, ['ECONNRESET', 'ECONNRESET', 'ping', 'ping'])
        self.assert_state(port, 'closed')

    def test_observed_it_only_counts(self):
        port = Port(self).start(echo)
        out = self.client(port, 'c = connect(); ask(c)', 'trip()', 'for i in range(3): say(ask, c)',
                          rules=rule(port, *self.OPTIONS, 'mode=observe'))
        self.assertEqual(out, ['ping'] * 3)
        self.assert_totals(port, would_refuse=3, refused=0)

    def test_without_on_response_the_connects_decide(self):
        port = Port(self).start(echo)
        out = self.client(port, 'import subprocess', 'c = connect(); ask(c)', 'say(ask, c)',
                          f'subprocess.run([{COMMAND!r}, "trip", "-p", os.environ["CUTOUT_PANEL"], "*"], check=True, stdout=subprocess.DEVNULL)',
                          'say(ask, c)', rules=rule(port, 'shed=all'))
        self.assertEqual(out, ['ping', 'ECONNRESET'])
        self.assert_totals(port, calls=1, successes=1, refused=1)


if __name__ == '__main__':
    main()
