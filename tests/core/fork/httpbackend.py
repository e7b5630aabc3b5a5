# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the repositories of a folder over HTTP by git's own http-backend: httpbackend.py FOLDER [USER:PASSWORD]

Where FOLDER has a tls.pem (certificate and key), it is also the HTTP proxy to every host, and that host itself, over TLS.

Prints the port it listens on at 127.0.0.1, one line, and ends when its standard input does. While the file FOLDER/cut
exists, an answer to git-upload-pack's POST breaks off after as many packs as the file says: a connection that is lost.
"""

import base64
import http.server
import os
import ssl
import subprocess
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.server.folder, "tls.pem"))
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wanted = self.server.credentials
        if wanted and self.headers.get("Authorization") != "Basic " + base64.b64encode(wanted.encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = dict(os.environ, GIT_PROJECT_ROOT=self.server.folder, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                           QUERY_STRING=query, REQUEST_METHOD=self.command, CONTENT_LENGTH=str(len(body)),
                           CONTENT_TYPE=self.headers.get("Content-Type", ""),
                           HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""), REMOTE_ADDR="127.0.0.1")
        answer = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = answer.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for key, value in headers.items():
            self.send_header(key, value)
        cut = self.cut_now(content)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut

    def cut_now(self, content):
        if self.command != "POST" or b"PACK" not in content:
            return False
        try:
            with open(os.path.join(self.server.folder, "cut")) as file:
                left = int(file.read())
        except (OSError, ValueError):
            return False
        with open(os.path.join(self.server.folder, "cut"), "w") as file:
            file.write(str(max(0, left - 1)))
        return left == 0


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder = sys.argv[1]
    server.credentials = sys.argv[2] if len(sys.argv) > 2 else None
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
