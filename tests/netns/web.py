#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Usage: web.py ADDR PORT FOLDER: the files of a folder by HTTP, without looking up any name.

Prints "ready", then a line per request that begins with the client's address."""

import functools
import http.server
import socketserver
import sys


class Server(socketserver.ThreadingTCPServer):
    """http.server.HTTPServer asks for its own name when it binds, and waits for a resolver."""
    allow_reuse_address = True
    daemon_threads = True


def main():
    address, port, folder = sys.argv[1:]
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with Server((address, int(port)), handler) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
