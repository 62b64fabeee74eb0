"""Runs a fake of an outside service on this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def served(
    answering: type[BaseHTTPRequestHandler], before_end: Callable[[], object] = lambda: None
) -> Iterator[str]:
    """The address of a server on a free port; it waits for its requests when it ends.

    `before_end` lets go of those that hang.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering)
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        before_end()
        server.shutdown()
        thread.join()
        server.server_close()
