#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A hostile panel: whatever a program finds in the file, or another writes into it meanwhile, it and the commands go on.

First files of random bytes, of any length, with and without a header that is right. Then a panel in use, whose bits are
turned over one after the other in the header, in the index and in the slots that a program uses, and at last noise all
over, while programs connect, `cutout top` watches, and the other commands run. The bytes are the same each time.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import contextlib
import fcntl
import mmap
import pty
import random
import shutil
import struct
import termios
import threading

import servers
from harness import COMMAND, FOREIGN, REFUSED, Case, check_program, main, named_errors, rule, wait_until
from servers import Port

PAGE = 4096
HEADER = struct.Struct('<QIIQQ')  # magic, layout, sections, size, created
SECTION = struct.Struct('<IIQQQ')  # kind, size of an entry, offset, entries, spare
TABLE = 128
FIXED = 640  # from here on the header is written to by programs
HEADER_END = 1152
INDEX, SLOTS, OWNERS = 1, 2, 4  # kinds of sections
SLOT_NUMBER = 0xfff

BOUND = 20  # seconds, on a busy machine: for what takes milliseconds
ROUNDS = 120
OPTIONS = f'timeout=1ms max-timeout=2ms probes=2 overdue=50ms window=1s pace=off fail-with={REFUSED}'

# A client that hears an answer; a line for each connect.
CLIENT = '''
import socket, sys
while True:
    with socket.socket() as sock:
        sock.settimeout(5)
        try:
            sock.connect(("127.0.0.1", int(sys.argv[1])))
            sock.sendall(b"hello")
            sock.recv(5)
            outcome = 0
        except OSError as error:
            outcome = error.errno
    print(outcome, flush=True)
'''


class Panel:
    """What a panel's header says of it, and its bytes, mapped."""

    def __init__(self, case, path):
        with open(path, 'r+b') as file:
            self.bytes = mmap.mmap(file.fileno(), 0)
        case.addCleanup(self.bytes.close)
        self.good = bytes(self.bytes)
        self.sections = {}
        for number in range(HEADER.unpack_from(self.good)[2]):
            kind, size, offset, entries, _ = SECTION.unpack_from(self.good, TABLE + number * SECTION.size)
            self.sections[kind] = range(offset, offset + size * entries, size)

    def words_in_use(self, kind):
        """The offsets of the words of a section that are not zero."""
        section = self.sections[kind]
        return [at for at in range(section.start, section.stop, 8) if self.good[at:at + 8] != bytes(8)]

    def slots(self):
        """The offsets of those that the index leads to."""
        for at in self.words_in_use(INDEX):
            bucket, = struct.unpack_from('<Q', self.good, at)
            for place in range(4):
                if number := bucket >> 12 * place & SLOT_NUMBER:
                    yield self.sections[SLOTS][number - 1]

    def flip(self, at, mask):
        """In the bytes that it touches: others of the word may change meanwhile."""
        for byte, bits in enumerate(mask.to_bytes(8, 'little')):
            if bits:
                self.bytes[at + byte] ^= bits

    def put(self, at, word):
        self.bytes[at:at + 8] = struct.pack('<Q', word)

    def mend(self):
        self.bytes[:] = self.good


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(3)
        self.refused, self.served = Port(self), Port(self, kind=servers.answer)

    def commands(self, panel):
        target = self.served.text
        for words in (['status'], ['status', '--json'], ['events'], ['events', '--json'], ['metrics'], ['explain', target],
                      ['trip', '*'], ['reset', '--all'], ['trip', target], ['reset', target], ['mode'], ['mode', 'observe'],
                      ['mode', 'enforce'], ['mode', 'off', target], ['mode', 'default', target]):
            yield [COMMAND, words[0], '-p', panel, *words[1:]]

    def ends_well(self, argv):
        result = self.execute(argv, preload=False, timeout=BOUND)
        self.assertIn(result.status, (0, 1), (argv, result.err[-2000:]))
        self.assertTrue(result.status == 0 or result.err.startswith('cutout '), (argv, result.err))

    def top(self, panel):
        """It runs on a terminal of its own until leaves() says q, or the case ends."""
        terminal, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
        process = self.start([COMMAND, 'top', '-p', panel, '-d', '100ms'], preload=False, stdin=end, stdout=end,
                             env={'TERM': 'xterm'})
        os.close(end)

        def drain():
            with contextlib.suppress(OSError):
                while os.read(terminal, 65536):
                    pass
        reader = threading.Thread(target=drain)
        reader.start()

        def leave():
            self.finish(process)
            reader.join()
            os.close(terminal)
        self.addCleanup(leave)
        return process, terminal

    def leaves(self, process, terminal):
        def has_ended():
            with contextlib.suppress(OSError):
                os.write(terminal, b'q')
            return process.poll() is not None
        wait_until(has_ended, bound=BOUND, what='the end of top')
        self.assertIn(process.returncode, (0, 1), process.stderr.read())


class Found(Hostile):
    """By a program that starts."""

    def setUp(self):
        super().setUp()
        self.served.start()
        self.connect(self.refused, rules=rule(self.refused))
        with open(self.panel, 'rb') as file:
            self.good = file.read()

    def lengths(self):
        size = len(self.good)
        near = {border + by for border in (0, HEADER.size, TABLE, FIXED, PAGE, 2 * PAGE, size - PAGE, size) for by in (-1, 0, 1)}
        spread = set(range(3 * PAGE, size, size // 7 | 1)) | {2 * size, 8 << 20}
        return sorted(length for length in near | spread if length >= 0)

    def write(self, content):
        with open(self.panel, 'wb') as file:
            file.write(content)
        os.chmod(self.panel, 0o600)

    def runs_on(self, is_used):
        """The program, with one line on stderr and a private panel, unless the file is one that it must take for a panel."""
        again = ['use=0', 'socket=4', f'connect={self.refused}', 'close'] * 3
        result = self.execute([check_program('calls'), *again], rules=rule(self.refused), timeout=BOUND)
        errors = [line.split()[-1] for line in named_errors(result.out).splitlines() if 'connect' in line]
        self.assertEqual((result.status, len(errors)), (0, 3), result)
        if is_used:
            self.assertEqual(result.err, '')
            self.assertLessEqual(set(errors), {'ECONNREFUSED', REFUSED})
        else:
            self.assertRegex(result.err, r'^cutout: [^\n]*\n$')
            self.assertEqual(errors, ['ECONNREFUSED'] * 2 + [REFUSED])

    def curl_runs_on(self):
        if not FOREIGN and shutil.which('curl'):
            result = self.execute(['curl', '-s', self.served.url], rules=rule(self.served), timeout=BOUND)
            self.assertEqual((result.status, result.out), (0, 'hello\n'), result.err)

    def is_survived(self, content, is_used=False, whole=True):
        self.write(content)
        self.runs_on(is_used)
        if whole:
            self.curl_runs_on()
            for argv in self.commands(self.panel):
                self.ends_well(argv)
            self.leaves(*self.top(self.panel))
        else:
            self.ends_well(self.random.choice(list(self.commands(self.panel))))

    def test_random_bytes_of_every_length(self):
        noise = self.random.randbytes(8 << 20) * 2
        for length in self.lengths():
            for start in (0, PAGE):
                with self.subTest(length=length, header=start):
                    content = (self.good[:start] + noise[start:])[:length]
                    is_used = start > 0 and length == len(self.good)
                    self.is_survived(content, is_used, whole=length in (0, PAGE, len(self.good)))

    def test_a_header_whose_table_is_noise(self):
        """Nothing in it is computed with."""
        for noise in (b'\xff' * (FIXED - TABLE), self.random.randbytes(FIXED - TABLE)):
            self.is_survived(self.good[:TABLE] + noise + self.good[FIXED:], is_used=True)


class InUse(Hostile):
    """By programs that are running."""

    def setUp(self):
        super().setUp()
        self.rules = (f'{self.refused} failures=3 failure-rate=60% min-calls=3 slow-call=1s {OPTIONS}; '
                      f'{self.served} failures=3 on=response max-connections=50 {OPTIONS}')
        self.over = threading.Event()
        self.broken = []

    def once(self, *more):
        return ' '.join(('all=use=0', 'socket=4', f'connect={self.refused}', 'close', 'socket=4', f'connect={self.served}',
                         'send=hello', 'close', *more))

    @contextlib.contextmanager
    def watched(self):
        """All the time the commands run, one after the other."""
        def run():
            argvs = list(self.commands(self.panel))
            while not self.over.is_set():
                for argv in argvs:
                    try:
                        self.ends_well(argv)
                    except BaseException as error:  # pylint: disable=broad-exception-caught
                        self.broken.append(error)
                    if self.broken or self.over.wait(0.02):
                        return
        watcher = threading.Thread(target=run)
        top = self.top(self.panel)
        watcher.start()
        try:
            yield
        finally:
            self.over.set()
            watcher.join()
        self.assertEqual(self.broken, [])
        self.leaves(*top)

    def step(self, conversation, what):
        """The program makes its connects, and comes back."""
        stuck = threading.Timer(BOUND, conversation.process.kill)
        stuck.start()
        lines = conversation.go_on()
        stuck.cancel()
        self.assertIsNone(conversation.process.poll(), f'{what}: ended, or took more than {BOUND} s')
        errors = [line.split()[-1] for line in lines if line.startswith('connect ')]
        self.assertEqual(len(errors), 2, (what, lines))
        self.assertLessEqual(set(errors), {'0', 'ECONNREFUSED', REFUSED}, what)

    def drain(self, listener):
        with contextlib.suppress(BlockingIOError):
            while True:
                servers.reset(listener.accept()[0])

    def walk(self, panel):
        """The same word of each group is changed at once."""
        slots = list(panel.slots())
        self.assertEqual(len(slots), 2, 'the program has two destinations')
        for at in range(0, HEADER_END, 8):
            yield [at]
        for at in panel.words_in_use(INDEX) + panel.words_in_use(OWNERS)[:4]:
            yield [at]
        for at in range(0, panel.sections[SLOTS].step, 8):
            yield [slot + at for slot in slots]

    def test_each_bit_of_what_a_program_uses(self):
        listener = servers.bound(self.served.host, self.served.number)
        self.addCleanup(listener.close)
        listener.listen(1000)
        listener.setblocking(False)
        conversation = self.conversation('repeat=1000000', self.once('stop'), rules=self.rules)
        conversation.until_stop()
        for _ in range(4):
            self.step(conversation, 'before')
        panel = Panel(self, self.panel)
        with self.watched():
            for places in self.walk(panel):
                for mask in (*(1 << bit for bit in range(64)), (1 << 64) - 1):
                    for at in places:
                        panel.flip(at, mask)
                    self.step(conversation, f'{mask:#x} at {places}')
                    for at in places:
                        panel.flip(at, mask)
                for at in places:
                    panel.put(at, (1 << 64) - 1)
                self.step(conversation, f'all ones at {places}')
                self.drain(listener)
                self.assertEqual(self.broken, [])
                panel.mend()
        self.is_still_used(panel)
        self.step(conversation, 'after')

    def is_still_used(self, panel):
        """Else nothing of this was seen by anybody."""
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(PAGE), panel.bytes[:PAGE], 'another file has taken its place')

    # Noise

    def follow(self, process):
        """How many lines it has said, as a list of one."""
        count = [0]

        def read():
            for _ in process.stdout:
                count[0] += 1
        reader = threading.Thread(target=read)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(process.kill)
        return count

    def draw_word(self):
        """As what might be there, now and then."""
        bits = self.random.getrandbits
        return self.random.choice((0, bits(12), bits(64), bits(64), bits(64) & bits(64) & bits(64), 1 << self.random.randrange(64),
                                   (1 << 64) - 1))

    def scribble(self, panel, likely):
        """Half of it where programs look."""
        for _ in range(500):
            panel.put(self.random.randrange(FIXED, len(panel.good), 8), self.draw_word())
            panel.put(self.random.choice(likely), self.draw_word())

    def test_noise_all_over(self):
        self.served.start(servers.greet)
        programs = [self.start([check_program('calls'), 'repeat=10000000', self.once('sleep=1')], rules=self.rules)]
        if not FOREIGN:
            programs.append(self.start([sys.executable, '-c', CLIENT, str(self.served.number)], rules=self.rules))
        counts = [self.follow(process) for process in programs]
        wait_until(lambda: all(count[0] > 40 for count in counts))
        panel = Panel(self, self.panel)
        likely = [at for places in self.walk(panel) for at in places if at >= FIXED]
        with self.watched():
            for number in range(ROUNDS):
                before = [count[0] for count in counts]
                self.scribble(panel, likely)
                for process, count, was in zip(programs, counts, before):
                    wait_until(lambda process=process, count=count, was=was:
                               process.poll() is not None or count[0] > was + 20, bound=BOUND, what=f'connects of {process.args}')
                    self.assertIsNone(process.poll(), f'round {number}: {process.args} ended')
                self.assertEqual(self.broken, [])
                if number % 4 == 3:
                    panel.mend()
                    wait_until(lambda: panel.bytes[:] != panel.good, what='that somebody uses it')


if __name__ == '__main__':
    main()
