#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trip and recovery through HTTP clients that people use, unmodified."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import main, need
from recovery import RecoveryCase

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

PERL = '''
use IO::Socket::INET;
my ($host, $port) = $ARGV[0] =~ m{//(.*):(\\d+)/} or die;
my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => $ARGV[1]) or die "$!";
print $socket "GET / HTTP/1.0\\r\\n\\r\\n";
print while <$socket>;
'''


class Http(RecoveryCase):
    def through(self, *argv):
        """A client that is started anew for each request; the address comes where the command says URL."""
        def client(port, **how):
            words = [port.url if word == 'URL' else word for word in argv]
            result = self.execute(words, **how)
            return result.status == 0 and 'hello' in result.out
        return client

    def test_curl_trips_and_recovers(self):
        need('curl')
        self.trips_and_recovers(self.through('curl', '-q', '-s', '--max-time', '10', 'URL'))

    def test_wget_trips_and_recovers(self):
        need('wget')
        self.trips_and_recovers(self.through('wget', '--no-config', '-q', '--tries=1', '--timeout=10', '-O', '-', 'URL'))

    def test_urllib_trips_and_recovers(self):
        self.trips_and_recovers(self.through(sys.executable, '-c', URLLIB, 'URL'))

    def test_asyncio_trips_and_recovers(self):
        self.trips_and_recovers(self.through(sys.executable, '-c', ASYNCIO, 'URL'))

    def test_perl_trips_and_recovers(self):
        need('perl')
        self.trips_and_recovers(self.through('perl', '-e', PERL, 'URL', '0'))

    def test_perl_with_a_time_limit_which_connects_without_blocking_trips_and_recovers(self):
        need('perl')
        self.trips_and_recovers(self.through('perl', '-e', PERL, 'URL', '10'))


if __name__ == '__main__':
    main()
