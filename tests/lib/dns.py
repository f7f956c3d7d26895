# SPDX-License-Identifier: MIT
"""A DNS server on loopback that answers, fails, or falls silent, and counts what it was asked.

Port 53 is the only one that a resolv.conf can name, so the test is in a network of its own
(namespaces.enter_network()), and its programs see a resolv.conf of their own (under()).
"""
import contextlib
import os
import select
import socket
import struct
import threading
import time

import namespaces

A, AAAA = 1, 28
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5


def question_of(query):
    """The name, in lower case, the type, and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode('ascii', 'replace').lower())
        at += 1 + query[at]
    return '.'.join(labels), struct.unpack('!H', query[at + 1:at + 3])[0], at + 5


def reply(query, end, code, addresses):
    records = b''.join(b'\xc0\x0c' + struct.pack('!HHIH', kind, 1, 0, len(data)) + data for kind, data in addresses)
    return query[:2] + struct.pack('!HHHHH', 0x8180 | code, 1, len(addresses), 0, 0) + query[12:end] + records


class Server:
    """Serves `zone` ({name: [address, …]}) in a thread until the case ends. `mode`: answer, a code, or silent."""

    def __init__(self, case, zone, host='127.0.0.1'):
        self.zone = zone
        self.mode = 'answer'
        self.delay = 0
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind((host, 53))
        self.running = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        case.addCleanup(self.stop)

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()

    def serve(self):
        while self.running:
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            query, client = self.socket.recvfrom(4096)
            self.asked += 1
            if self.mode != 'silent':
                time.sleep(self.delay)
                with contextlib.suppress(OSError):
                    self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        name, kind, end = question_of(query)
        if self.mode != 'answer':
            return reply(query, end, self.mode, [])
        if name not in self.zone:
            return reply(query, end, NXDOMAIN, [])
        found = []
        for address in self.zone[name]:
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            if kind == (AAAA if ':' in address else A):
                found.append((kind, socket.inet_pton(family, address)))
        return reply(query, end, 0, found)


FILES = {
    'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
    'nsswitch.conf': 'hosts: files dns\n',
    'hosts': '127.0.0.1 localhost\n',
}


def under(case):
    """A command: the program asks the server on 127.0.0.1 once, and waits for a second."""
    mounts = []
    for name, text in FILES.items():
        with open(case.path(name), 'w', encoding='ascii') as file:
            file.write(text)
        if not os.path.exists(f'/etc/{name}'):
            case.skipTest(f'no /etc/{name} here')
        mounts.append(f'mount --bind {case.path(name)} /etc/{name}')
    return namespaces.own_mounts(' && '.join(mounts))
