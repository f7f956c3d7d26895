#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, tools that speak protocols of their own: git, ssh on both sides, dig."""
import contextlib
import getpass
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import main
from matrix import MatrixCase, tests_of
from programs import Daemon, Once, served_by
from servers import Port

# The repository is made when the server starts for the first time.
GIT_DAEMON = '''
if [ ! -d hello ]; then
    git init -q hello
    git -C hello -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m hello
fi
exec git daemon --base-path="$PWD" --export-all --reuseaddr --listen=127.0.0.1 --port="$1"
'''

GIT = '''
git clone -q "git://$1:$2/hello" clone && git -C clone log --format=%s
'''

GIT_ENV = {'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': '/dev/null'}

SSHD_CONFIG = '''
Port @LISTEN@
ListenAddress 127.0.0.1
HostKey @DIRECTORY@/key
AuthorizedKeysFile @DIRECTORY@/key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
PrintMotd no
PrintLastLog no
'''

# As root it wants a directory that only a running system has.
SSHD = '''
[ -f key ] || ssh-keygen -q -t ed25519 -N '' -f key
sshd=$(command -v sshd)
if [ "$(id -u)" -ne 0 ] || [ -d /run/sshd ]; then
    exec "$sshd" -D -e -f sshd_config
fi
exec unshare -m sh -c 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"' sh "$sshd" -D -e -f "$PWD/sshd_config"
'''

SSH = ('ssh', '-F', 'none', '-i', '@SERVER@/key', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR',
       '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-l', getpass.getuser())


def answer_dns(connection):
    """The first question that comes over TCP is answered: hello."""
    connection.settimeout(20)
    with contextlib.suppress(OSError):
        query = connection.recv(4096)[2:]
        question = query[12:query.index(b'\0', 12) + 5]
        answer = b'\xc0\x0c' + struct.pack('!HHIHB', 16, 1, 60, 6, 5) + b'hello'
        response = query[:2] + struct.pack('!HHHHH', 0x8580, 1, 1, 0, 0) + question + answer
        connection.sendall(struct.pack('!H', len(response)) + response)
    connection.close()


def dns(case):
    return Port(case, kind=answer_dns)


git_daemon = served_by(Daemon('sh', '-c', GIT_DAEMON, 'sh', '@LISTEN@', env=GIT_ENV))
sshd = served_by(Daemon('sh', '-c', SSHD, 'sh', files={'sshd_config': SSHD_CONFIG}))

PROGRAMS = {
    'git': Once('sh', '-c', GIT, 'sh', '@HOST@', '@PORT@', env=GIT_ENV, server=git_daemon, needs=['git']),
    'ssh': Once(*SSH, '-p', '@PORT@', '@HOST@', 'echo', 'hello', server=sshd, needs=['sshd', 'ssh-keygen']),
    # A connection forwarded is the server's; its sandbox kills for what it does not know.
    'sshd': Daemon('sh', '-c', SSHD, 'sh', files={'sshd_config': SSHD_CONFIG}, needs=['sshd', 'ssh-keygen'],
                   request=Once('sh', '-c', 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | "$@"', 'sh', *SSH, '-p', '@LISTEN@', '-W',
                                '@HOST@:@PORT@', '127.0.0.1', needs=['ssh'])),
    'dig': Once('dig', '+tcp', '+noall', '+answer', '+tries=1', '+time=10', '-p', '@PORT@', '@@HOST@', 'TXT', 'hello.test',
                server=dns),
}


@tests_of(PROGRAMS)
class Tools(MatrixCase):
    def skip_without(self, program):
        super().skip_without(program)
        if 'sshd' in program.needs and os.geteuid() == 0 and not os.path.isdir('/run/sshd'):
            namespaces.own_mounts('mount -t tmpfs none /run')


if __name__ == '__main__':
    main()
