# SPDX-License-Identifier: MIT
"""Clients that give up after two seconds, each in a way of its own: some close, some exit, some close past libc.

In their words @HOST@, @PORT@ and @URL@ stand for the server that is asked, @CLASSES@ for the directory of what
compile_java() has made.
"""
import os
import shutil
import subprocess
import sys
import unittest

from programs import PATH, filled, python_with

URLLIB = 'import sys, urllib.request; urllib.request.urlopen(sys.argv[3], timeout=2)'

# A deadline that is somebody else's than the socket's.
ASYNCIO = '''
import asyncio, sys

async def get():
    reader, writer = await asyncio.open_connection(sys.argv[1], sys.argv[2])
    writer.write(b'GET / HTTP/1.0\\r\\n\\r\\n')
    await reader.read()

asyncio.run(asyncio.wait_for(get(), 2))
'''

UVLOOP = 'import uvloop; uvloop.install()\n' + ASYNCIO

GEVENT = '''
from gevent import Timeout, monkey; monkey.patch_all()
import sys, urllib.request
with Timeout(2):
    urllib.request.urlopen(sys.argv[3])
'''

MULTIPROCESSING = '''
import multiprocessing, sys, urllib.request

def get(url):
    urllib.request.urlopen(url, timeout=2)

with multiprocessing.get_context('fork').Pool(1) as pool:
    pool.map(get, [sys.argv[3]])
'''

PERL = '''
use IO::Select;
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 2) or die "$@";
print $socket "GET / HTTP/1.0\\r\\n\\r\\n";
IO::Select->new($socket)->can_read(2) or die "no answer";
'''

PERL_ALARM = '''
use IO::Socket::INET;
$SIG{ALRM} = sub { die "no answer" };
alarm 2;
my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]) or die "$@";
print $socket "GET / HTTP/1.0\\r\\n\\r\\n";
print <$socket>;
'''

RUBY = '''
require "net/http"
http = Net::HTTP.new(ARGV[0], ARGV[1])
http.open_timeout = http.read_timeout = 2
http.max_retries = 0
http.get("/")
'''

RUBY_TIMEOUT = '''
require "socket"
require "timeout"
Timeout.timeout(2) do
    socket = TCPSocket.new(ARGV[0], ARGV[1])
    socket.write("GET / HTTP/1.0\\r\\n\\r\\n")
    socket.read
end
'''

PHP = 'file_get_contents($argv[3], false, stream_context_create(["http" => ["timeout" => 2]]));'

NODE = '''
const request = require('http').get(process.argv[3], {timeout: 2000});
request.on('timeout', () => request.destroy());
request.on('error', () => {});
'''

NODE_NET = '''
const socket = require('net').connect(process.argv[2], process.argv[1], () => socket.write('GET / HTTP/1.0\\r\\n\\r\\n'));
socket.setTimeout(2000, () => socket.destroy());
socket.on('error', () => {});
'''

NODE_FETCH = 'fetch(process.argv[3], {signal: AbortSignal.timeout(2000)}).catch(() => {});'

NODE_EXIT = '''
require('http').get(process.argv[3]).on('error', () => process.exit(1));
setTimeout(() => process.exit(1), 2000);
'''

# As its words tell: by the old library, the new one, a blocking socket, and a selector.
JAVA_CLIENT = '''
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.time.Duration;

class Client {
    static final byte[] REQUEST = "GET / HTTP/1.0\\r\\n\\r\\n".getBytes();

    static void byConnection(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        connection.setConnectTimeout(2000);
        connection.setReadTimeout(2000);
        connection.getInputStream().read();
    }

    static void byClient(URI uri) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        client.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build(), HttpResponse.BodyHandlers.ofString());
    }

    static void bySocket(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address, 2000);
            socket.setSoTimeout(2000);
            socket.getOutputStream().write(REQUEST);
            socket.getInputStream().read();
        }
    }

    static void await(SocketChannel channel, int what) throws IOException {
        try (Selector selector = channel.provider().openSelector()) {
            channel.register(selector, what);
            if (selector.select(2000) == 0)
                throw new SocketTimeoutException();
        }
    }

    static void byChannel(InetSocketAddress address) throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            if (!channel.connect(address)) {
                await(channel, SelectionKey.OP_CONNECT);
                channel.finishConnect();
            }
            channel.write(ByteBuffer.wrap(REQUEST));
            await(channel, SelectionKey.OP_READ);
        }
    }

    public static void main(String[] words) throws Exception {
        InetSocketAddress address = new InetSocketAddress(words[1], Integer.parseInt(words[2]));
        switch (words[0]) {
        case "connection": byConnection(new URL(words[3])); break;
        case "client": byClient(new URI(words[3])); break;
        case "socket": bySocket(address); break;
        case "channel": byChannel(address); break;
        }
    }
}
'''

JAVA = ('java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC')
SERVER = ('@HOST@', '@PORT@', '@URL@')


class Client:
    """`times`: how many of them make three attempts; `spare`: makes connections for later, too; `module`: of Python."""

    def __init__(self, *words, times=3, module=None, needs=None, spare=False, closes_by_syscall=False):
        self.words = words
        self.times = times
        self.module = module
        self.needs = (words[0], *([needs] if needs else []))
        self.spare = spare
        self.closes_by_syscall = closes_by_syscall

    def missing(self):
        for name in self.needs:
            if shutil.which(name, path=PATH) is None:
                return f'{name} is not installed'
        if self.module:
            try:
                python_with(self.module)
            except unittest.SkipTest as missing:
                return str(missing)
        return None

    def command(self, port, classes):
        values = {'HOST': port.host, 'PORT': str(port.number), 'URL': port.url, 'CLASSES': classes}
        program = python_with(self.module) if self.module else self.words[0]
        return [program, *(filled(word, values) for word in self.words[1:])]


def compile_java(classes):
    if shutil.which('javac'):
        with open(os.path.join(classes, 'Client.java'), 'w', encoding='utf-8') as file:
            file.write(JAVA_CLIENT)
        subprocess.run(['javac', '-d', classes, file.name], check=True, stderr=subprocess.DEVNULL)


def python(program, module=None, **how):
    return Client(sys.executable, '-c', program, *SERVER, module=module, **how)


def node(program, **how):
    return Client('node', '-e', program, *SERVER, closes_by_syscall=True, **how)


def java(way):
    return Client(*JAVA, '-cp', '@CLASSES@', 'Client', way, *SERVER, needs='javac')


CURL = ('curl', '-q', '-sS', '--max-time', '2')

CLIENTS = {
    'curl': Client(*CURL, '@URL@'),
    'curl_with_three_at_once': Client(*CURL, '-Z', '--parallel-immediate', '@URL@1', '@URL@2', '@URL@3', times=1),
    'rsync,_which_exits_without_closing,': Client('rsync', '--contimeout=2', '--timeout=2', 'rsync://@HOST@:@PORT@/'),
    'ssh,_which_exits_without_closing,': Client('ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', '-p', '@PORT@',
                                               '@HOST@'),
    'psql': Client('psql', '-X', '-d', 'host=@HOST@ port=@PORT@ user=nobody connect_timeout=2', '-c', 'select 1'),
    'dig': Client('dig', '+tcp', '+tries=1', '+time=2', '-p', '@PORT@', '@@HOST@', 'hello.test'),
    'urllib': python(URLLIB),
    'asyncio': python(ASYNCIO),
    'uvloop': python(UVLOOP, 'uvloop', closes_by_syscall=True),
    'gevent': python(GEVENT, 'gevent'),
    'multiprocessing': python(MULTIPROCESSING),
    'perl': Client('perl', '-e', PERL, *SERVER),
    'perl_with_an_alarm': Client('perl', '-e', PERL_ALARM, *SERVER),
    'ruby': Client('ruby', '-e', RUBY, *SERVER),
    'ruby_with_Timeout': Client('ruby', '-e', RUBY_TIMEOUT, *SERVER),
    'php': Client('php', '-r', PHP, '--', *SERVER),
    'node': node(NODE),
    'node_with_a_socket': node(NODE_NET),
    'node_with_fetch': node(NODE_FETCH, spare=True),
    'node_that_exits_without_closing': node(NODE_EXIT),
    'URLConnection': java('connection'),
    'HttpClient': java('client'),
    'Socket': java('socket'),
    'NIO': java('channel'),
}
