#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, programs that go on for long: one process lives through the outages and recoveries of its server."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, hooks, main, need, rule
from matrix import MatrixCase, tests_of
from programs import Resident
from servers import Port, answer_on

# Twelve at once through at most four connections, which are kept.
NODE_POOL = '''
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 4});

function get() {
    return new Promise(resolve => {
        http.get(process.argv[2], {agent, timeout: 10000}, answer => {
            let text = '';
            answer.on('data', data => text += data);
            answer.on('end', () => resolve(text.trim()));
        }).on('error', error => resolve(error.code));
    });
}

process.stdin.on('data', async () => {
    const answers = await Promise.all(Array.from({length: 12}, get));
    console.log(answers.join(' '));
});
'''

NODE = '''
process.stdin.on('data', () => {
    require('http').get(process.argv[2], {agent: false}, answer => {
        answer.on('data', data => process.stdout.write(data));
    }).on('error', error => console.log(error.message));
});
'''

JAVA_HTTP = '''
import java.io.*;
import java.net.*;

class Client {
    static String get(String url) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
            connection.setConnectTimeout(10000);
            try (BufferedReader answer = new BufferedReader(new InputStreamReader(connection.getInputStream()))) {
                return answer.readLine();
            }
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    public static void main(String[] words) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null)
            System.out.println(get(words[0]));
    }
}
'''

JAVA_NIO = '''
import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;

class Client {
    static void await(SocketChannel channel, int what) throws IOException {
        try (Selector selector = channel.provider().openSelector()) {
            channel.register(selector, what);
            if (selector.select(10000) == 0)
                throw new SocketTimeoutException();
        }
    }

    static String talk(SocketChannel channel) throws IOException {
        StringBuilder answer = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.wrap("GET / HTTP/1.0\\r\\n\\r\\n".getBytes());
        channel.write(buffer);
        buffer = ByteBuffer.allocate(4096);
        for (;;) {
            await(channel, SelectionKey.OP_READ);
            if (channel.read(buffer) < 0)
                return answer.toString().replaceAll("\\\\s+", " ");
            answer.append(StandardCharsets.UTF_8.decode(buffer.flip()));
            buffer.clear();
        }
    }

    static String get(InetSocketAddress address) {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            if (!channel.connect(address)) {
                await(channel, SelectionKey.OP_CONNECT);
                channel.finishConnect();
            }
            return talk(channel);
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    public static void main(String[] words) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null)
            System.out.println(get(new InetSocketAddress(words[0], Integer.parseInt(words[1]))));
    }
}
'''

JAVA = ('java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC')


def keeping(case):
    """Its server keeps connections open."""
    return Port(case, kind=answer_on)


PROGRAMS = {
    'node': Resident('node', '@DIRECTORY@/get.js', '@URL@', files={'get.js': NODE}),
    'node_with_a_pool': Resident('node', '@DIRECTORY@/pool.js', '@URL@', files={'pool.js': NODE_POOL}, server=keeping),
    'HttpURLConnection': Resident(*JAVA, '@DIRECTORY@/Client.java', '@URL@', files={'Client.java': JAVA_HTTP}, needs=['javac']),
    'NIO': Resident(*JAVA, '@DIRECTORY@/Client.java', '@HOST@', '@PORT@', files={'Client.java': JAVA_NIO}, needs=['javac']),
}


# Six connects, each given up after 1.5 seconds, when a second SYN is on its way.
NODE_IMPATIENT = '''
const [, host, port] = process.argv;
let left = 6;
function once() {
    const connection = require('net').connect(port, host);
    connection.setTimeout(1500, () => connection.destroy());
    connection.on('error', error => console.log(error.code));
    connection.on('close', () => { if (--left) once(); });
}
once();
'''


@tests_of(PROGRAMS)
class Runtimes(MatrixCase):
    pass


class Impatient(Case):
    def test_node_that_gives_up_on_a_destination_which_does_not_answer_is_protected(self):
        """It closes by a system call of its own."""
        need('node')
        if not hooks('syscall'):
            self.skipTest('syscall() has no hook on this machine')
        port = Port(self)
        port.swallow()
        result = self.execute(['node', '-e', NODE_IMPATIENT, port.host, str(port.number)], rules=rule(port, failures=2))
        self.assertEqual((result.status, result.out.split()), (0, [REFUSED] * 4), result.err)
        self.assert_totals(port, calls=2, failures=2, refused=4)


if __name__ == '__main__':
    main()
