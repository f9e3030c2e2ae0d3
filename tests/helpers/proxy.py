# SPDX-License-Identifier: Apache-2.0
"""A wire that fails when told to: a TCP proxy between httpd and its database, or
its cache.

Two threads a connection carry the bytes, one each way. Every fault is an
attribute or a call that a test makes while the bytes flow; the next chunk feels
it. heal() takes all of them back, and lets go of what was held.
"""

import contextlib
import socket
import struct
import threading
import time


class Wire:
    """One connection through the proxy."""

    def __init__(self, near, far):
        self.near, self.far = near, far     # httpd's end, the database's
        self.answered = 0       # bytes, since the proxy was told to count
        self.is_cut = False     # nothing more of the database's is passed
        self.gate = None        # its answers wait for this

    def reset(self):
        """What is under way is lost, and both sides get RST."""
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
                # The other thread may be in recv(), which keeps a socket open.
                end.shutdown(socket.SHUT_RD)
            end.close()


class Proxy:
    """Carries what comes in at .port to the port of a database on loopback."""

    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.wires = set()
        self.connections = 0        # that were let in
        self.cuts = 0               # and that were reset, or lost an answer
        self.open = threading.Event()
        self._no_fault()
        self.listener = self._listen(0)
        self.port = self.listener.getsockname()[1]
        self._accept()

    # ---- faults

    def _no_fault(self):
        self.latency = 0            # seconds, each way
        self.reset_after = None     # so many bytes of answers on one wire
        self.is_reset_lasting = False
        self.pattern = None         # bytes of a statement to cut after
        self.held_pattern = None    # bytes of one that is held
        self.is_held = threading.Event()    # there it is
        self.gate = threading.Event()       # until this lets it pass
        self.counts = {}            # of statements: {bytes: how many}
        self.open.set()             # else a black hole

    def heal(self):
        self.let_go()
        self._no_fault()
        if not self.listener:
            self.listener = self._listen(self.port)
            self._accept()

    def swallow(self):
        """From now on connections are accepted, and nothing passes."""
        self.open.clear()

    def reset_mid_answer(self, after, lasting=False):
        """The next wire (or each) whose answers reach so many bytes is reset
        before the next one."""
        with self.lock:
            for wire in self.wires:
                wire.answered = 0
            self.is_reset_lasting = lasting
            self.reset_after = after

    def cut_after(self, pattern, arrives=True, then_refuse=False, skip=0):
        """A statement with these bytes, after so many others with them, is the
        last on its wire: the database gets it (or not) and does what it says,
        but its answer is lost. After that new connections may be refused."""
        self.arrives, self.then_refuse, self.skip = arrives, then_refuse, skip
        self.pattern = pattern

    def hold(self, pattern, is_answer=True):
        """The next statement with these bytes (or its answer) gets no further
        until let_go(); all other wires go on. is_held is set when it is there."""
        self.is_held, self.gate = threading.Event(), threading.Event()
        self.holds_answer = is_answer
        self.held_pattern = pattern

    def let_go(self):
        self.gate.set()

    def count(self, pattern):
        """From now on counts has how many statements had these bytes."""
        self.counts[pattern] = 0

    def refuse(self):
        """New connections are refused; those that are open, reset."""
        self._stop_listening()
        self.reset_all()

    def reset_all(self):
        with self.lock:
            wires = list(self.wires)
        for wire in wires:
            self._drop(wire)

    def close(self):
        self.let_go()
        self.refuse()
        self.open.set()

    # ---- the wires

    @staticmethod
    def _listen(port):
        return socket.create_server(("127.0.0.1", port), backlog=256)

    def _stop_listening(self):
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)     # wakes accept()
            listener.close()

    def _accept(self):
        threading.Thread(target=self._serve, args=[self.listener],
                         daemon=True).start()

    def _serve(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                wire = Wire(near, near)
                wire.reset()
                continue
            wire = Wire(near, far)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.wires.add(wire)
                self.connections += 1
            for one in (self._carry_questions, self._carry_answers):
                threading.Thread(target=self._run, args=[one, wire],
                                 daemon=True).start()

    def _run(self, carry, wire):
        try:
            carry(wire)
        except OSError:
            pass
        self._drop(wire)

    def _drop(self, wire):
        with self.lock:
            self.wires.discard(wire)
        wire.reset()

    def _delay(self):
        """@return when what was just read may be passed"""
        if self.latency:
            time.sleep(self.latency)
        self.open.wait()

    def _note(self, wire, part):
        with self.lock:
            for pattern in self.counts:
                self.counts[pattern] += pattern in part
            if not self.held_pattern or self.held_pattern not in part:
                return
            self.held_pattern = None
        if self.holds_answer:
            wire.gate = self.gate
        else:
            self.is_held.set()
            self.gate.wait()

    def _is_last(self, part):
        if not self.pattern or self.pattern not in part:
            return False
        self.skip -= 1
        return self.skip < 0

    def _carry_questions(self, wire):
        while part := wire.near.recv(65536):
            self._delay()
            self._note(wire, part)
            if self._is_last(part):
                wire.is_cut = True
                self.pattern = None
                if self.then_refuse:
                    self._stop_listening()
                if not self.arrives:
                    self.cuts += 1
                    return
            wire.far.sendall(part)

    def _carry_answers(self, wire):
        while part := wire.far.recv(65536):
            self._delay()
            if wire.gate:
                self.is_held.set()
                wire.gate.wait()
                wire.gate = None
            if wire.is_cut:     # and the statement has been carried out
                self.cuts += 1
                if self.then_refuse:
                    self.reset_all()
                return
            left = self.reset_after
            if left is not None and wire.answered + len(part) > left:
                wire.near.sendall(part[:max(left - wire.answered, 0)])
                time.sleep(0.001)   # RST would overtake them
                if not self.is_reset_lasting:
                    self.reset_after = None
                self.cuts += 1
                return
            wire.answered += len(part)
            wire.near.sendall(part)
