#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, databases: their clients, and the servers themselves, which connect to another of their kind."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import daemons
from harness import main
from matrix import MatrixCase, tests_of
from programs import Daemon, Once, served_by

REDIS = ('redis-server', '--port', '@LISTEN@', '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no')

# Hands a key over to the other server, which then drops the connection: it would be kept for ten seconds.
MIGRATE = ('redis-cli -h 127.0.0.1 -p "$1" SET key hello\n'
           'redis-cli -h 127.0.0.1 -p "$1" MIGRATE "$2" "$3" key 0 10000 COPY REPLACE\n'
           'redis-cli -h "$2" -p "$3" CLIENT KILL TYPE normal >/dev/null 2>&1 || :\n')

WORK = """
set client_min_messages = warning;
create extension if not exists dblink;
create temporary table t as select generate_series(1, 1000) as n;
select sum(n) from t;
select * from dblink('host=@HOST@ port=@PORT@ user=postgres dbname=postgres', 'select ''hello''') as answer (word text);
"""

# Without the tables of its own that it does not find it does little, but serves.
MARIADB = ('mkdir -p data\n'
           'exec mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/socket" --port="$1" --bind-address=127.0.0.1'
           ' --skip-grant-tables --skip-log-bin\n')

redis = served_by(Daemon(*REDIS))
postgres = served_by(daemons.postgres())
mariadb = served_by(daemons.shell(MARIADB, 'mariadbd'))

PROGRAMS = {
    'redis-cli': Once('redis-cli', '-h', '@HOST@', '-p', '@PORT@', 'ECHO', 'hello', server=redis, needs=['redis-server']),
    'redis-server': Daemon(*REDIS, server=redis,
                           request=Once('sh', '-c', MIGRATE, 'sh', '@LISTEN@', '@HOST@', '@PORT@', good='OK\nOK',
                                        needs=['redis-cli'])),
    'psql': Once(*daemons.psql('host=@HOST@ port=@PORT@', "select 'hello'"), server=postgres, needs=['postgres', 'setpriv']),
    'postgres': daemons.postgres(server=postgres, request=Once(*daemons.psql('host=127.0.0.1 port=@LISTEN@', WORK))),
    'mariadb': Once('mariadb', '--no-defaults', '--protocol=tcp', '-h', '@HOST@', '-P', '@PORT@', '-N', '-B',
                    '-e', "select 'hello'", server=mariadb, needs=['mariadbd', 'setpriv']),
}

@tests_of(PROGRAMS)
class Databases(MatrixCase):
    pass

if __name__ == '__main__':
    main()
