#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, Python: its libraries, its ways of starting children, its threads."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import main
from matrix import MatrixCase, tests_of
from programs import Once, Resident

URLLIB = '''
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
'''

ASYNCIO = '''
import asyncio, sys, urllib.parse

async def get(url):
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b'GET / HTTP/1.0\\r\\n\\r\\n')
    print((await reader.read()).decode())
    writer.close()

asyncio.run(get(urllib.parse.urlsplit(sys.argv[1])))
'''

# It makes its requests in children that vfork() has started, with a connect of its own under way.
SUBPROCESS = '''
import select, socket, subprocess, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[2])
sock = socket.socket()
sock.setblocking(False)
sock.connect_ex((url.hostname, url.port))
child = subprocess.run([sys.executable, '-c', *sys.argv[1:]], capture_output=True, text=True)
select.select([], [sock], [], 10)
print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), child.stdout, child.stderr)
sys.exit(child.returncode)
'''

MULTIPROCESSING = '''
import multiprocessing, sys, urllib.request

def get(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode()
    except OSError as error:
        return str(error)

if __name__ == '__main__':
    with multiprocessing.get_context(sys.argv[2]).Pool(3) as pool:
        print(*pool.map(get, [sys.argv[1]] * 6))
'''

# A pool of threads, each with blocking connects, and the interpreter's signals and garbage beside them.
PYTHON_THREADS = '''
import concurrent.futures, sys, urllib.request

def get(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode().strip()
    except OSError as error:
        return str(error)

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for line in sys.stdin:
        print(*pool.map(get, [sys.argv[1]] * 24), flush=True)
'''


def multiprocessing(method):
    return Once(sys.executable, '@DIRECTORY@/client.py', '@URL@', method, files={'client.py': MULTIPROCESSING})


PROGRAMS = {
    'urllib': Once(sys.executable, '-c', URLLIB, '@URL@'),
    'asyncio': Once(sys.executable, '-c', ASYNCIO, '@URL@'),
    'subprocess': Once(sys.executable, '-c', SUBPROCESS, URLLIB, '@URL@'),
    'multiprocessing_by_fork': multiprocessing('fork'),
    'multiprocessing_by_spawn': multiprocessing('spawn'),
    'threads': Resident(sys.executable, '-c', PYTHON_THREADS, '@URL@'),
}


@tests_of(PROGRAMS)
class Python(MatrixCase):
    pass


if __name__ == '__main__':
    main()
