"""A proxy before a store that speaks HTTP, which fails as networks and services do: refusals, lost answers, cut bodies, silence."""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable

from mongod import free_port

# What befalls a request: nothing; an HTTP status instead of forwarding it; or one of
#   "lost answer"   it is carried out, and the connection breaks before the answer
#   "cut answer"    the answer breaks in the middle of its body
#   "cut request"   the connection breaks while the request is read
#   "stall"         it is taken and never answered
Fault = int | str | None


class FaultProxy:
    """Forwards to a port of this machine; `plan` is asked for each request, by method and path, and may be changed at any time."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.port = free_port()
        self.plan: Callable[[str, str], Fault] = lambda method, path: None
        self.injected: Counter = Counter()
        self._stopping = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy._handle(self)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def _break(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        fault = self.plan(handler.command, handler.path)
        if fault is not None:
            self.injected[fault] += 1
        length = int(handler.headers.get("Content-Length") or 0)
        if fault == "cut request":
            handler.rfile.read(length // 2)
            return self._break(handler)
        body = handler.rfile.read(length)
        if fault == "stall":
            self._stopping.wait()
            return self._break(handler)
        if isinstance(fault, int):
            return self._refuse(handler, fault)
        connection = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=30)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection", "expect")}
            connection.request(handler.command, handler.path, body=body, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            if fault == "lost answer":
                return self._break(handler)
            self._answer(handler, answer, content, cut=fault == "cut answer")
        except (ConnectionError, http.client.HTTPException, socket.timeout):
            self._break(handler)
        finally:
            connection.close()

    def _answer(self, handler: BaseHTTPRequestHandler, answer: http.client.HTTPResponse, content: bytes, cut: bool) -> None:
        handler.send_response_only(answer.status, answer.reason)
        dropped = ("transfer-encoding", "connection", "content-length")
        for name, value in answer.getheaders():
            if name.lower() not in dropped:
                handler.send_header(name, value)
        # A HEAD's length is that of the body it does not have.
        length = answer.getheader("Content-Length") if handler.command == "HEAD" else str(len(content))
        if length is not None and answer.status != 204:
            handler.send_header("Content-Length", length)
        handler.end_headers()
        if handler.command == "HEAD":
            return
        handler.wfile.write(content[: len(content) // 2] if cut and content else content)
        if cut:
            handler.wfile.flush()
            self._break(handler)

    def _refuse(self, handler: BaseHTTPRequestHandler, status: int) -> None:
        code = {403: "AuthorizationFailure", 409: "LeaseAlreadyPresent", 412: "ConditionNotMet", 429: "TooManyRequests",
                500: "InternalError", 503: "ServerBusy"}.get(status, "Fault")
        text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>injected</Message></Error>'.encode()
        handler.send_response_only(status)
        handler.send_header("Content-Type", "application/xml")
        handler.send_header("x-ms-error-code", code)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(text)

    def __enter__(self) -> "FaultProxy":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self.server.shutdown()
        self.server.server_close()
