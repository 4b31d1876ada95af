"""Networks in tests: a line to a server that can be cut, and a site of somebody else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 30  # seconds until a thread must have ended
PORTAL = """<!doctype html><html lang="vi">
<meta name="viewport" content="width=device-width"><title>Xã Đại Đồng</title>
<main><h1>Cổng thông tin xã</h1></main>{tag}
</html>"""


class Line:
    """A line to a server that can be cut in the middle of everything, and mended."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._cut = False
        self._open: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Drop every connection and take no new one."""
        self._cut = True
        for end in list(self._open):
            _hang_up(end)

    def mend(self) -> None:
        """Carry again."""
        self._cut = False

    def close(self) -> None:
        """For good."""
        self.cut()
        _hang_up(self._door)
        self._thread.join(PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if self._cut:
                _hang_up(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._behind))
            self._open |= {near, far}
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, start: socket.socket, end: socket.socket) -> None:
        with suppress(OSError):
            while chunk := start.recv(65536):
                end.sendall(chunk)
        for one in (start, end):
            _hang_up(one)
        self._open -= {start, end}


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def portal(tag: str, *, policy: str = "", port: int = 0) -> Iterator[str]:
    """The address of another site, whose page holds the given script tag."""
    page = PORTAL.format(tag=tag)

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/"  # another name, hence another site for the browser
        server.shutdown()
        thread.join(PATIENCE)
