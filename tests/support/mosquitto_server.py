"""Mosquitto 2 for the door tests. Users and rights are those of its dynamic security plugin: with an `acl_file` it
grants every SUBSCRIBE and then delivers nothing. What it keeps is written once a second and at an orderly stop; `kill`
loses what came since."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import secrets
import signal
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from broker_server import PASSWORD, USER, WEAK_USER, end, free_port, listens, rows, until
from certificates import write_authority
from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.storage import PersistentStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_PLUGINS: Final = "/usr/lib/*/mosquitto_dynamic_security.so"
_AT_ONCE: Final = {0: 500, 1: 500, 2: 10}
"""Messages that are published before all of them are acknowledged; of QoS 2 the broker stalls beyond 20."""
_MAGIC: Final = b"\x00\xb5\x00mosquitto db"
_CLIENT_MESSAGE: Final = 3
_OUT: Final = 1


class MosquittoServer:
    """See `broker_server.BrokerServer`."""

    method = "mqtt"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port = free_port(), free_port()
        self.ca, self._certificate, self._key = write_authority(folder)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "users.json").write_text(json.dumps(_users()))
        (folder / "mosquitto.conf").write_text(self._configuration())

    def start(self) -> None:
        with (self._folder / "errors").open("ab") as errors:
            self._process = subprocess.Popen(
                ["/usr/sbin/mosquitto", "-c", self._folder / "mosquitto.conf"],
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )
        until(lambda: listens(self.port) and listens(self.tls_port), f"mosquitto listens: {self.log()[-2000:]}")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def values(self, topic: str) -> dict[str, str]:
        return rows(self.port, topic, username=USER, client_id=client_id(topic), qos="1")

    async def publish(
        self, topic: str, bodies: Sequence[bytes], *, qos: int = 1, retain: bool = False, user: str = USER
    ) -> None:
        sent = PersistentStorage()
        client = await self._client(user, sent)
        for start in range(0, len(bodies), _AT_ONCE[qos]):
            for body in bodies[start : start + _AT_ONCE[qos]]:
                client.publish(topic, body, qos=qos, retain=retain)
            async with asyncio.timeout(20):
                await sent.wait_empty()
        await client.disconnect()

    async def left(self, topic: str) -> int:
        """Of the session that `values(topic)` names, read from the file the broker writes when it is asked to."""
        kept = self._folder / "mosquitto.db"
        before = _version(kept)
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        written = lambda: _version(kept) not in (before, None)  # noqa: E731 - a name for what is waited for
        await asyncio.to_thread(until, written, "the broker has written what it keeps")
        return _kept_for(client_id(topic).encode(), kept.read_bytes())

    @contextlib.asynccontextmanager
    async def listening(self, topic: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        granted = asyncio.Event()
        client = await self._client(USER, PersistentStorage())
        client.on_message = lambda _client, _topic, body, _qos, _properties: heard.put_nowait(bytes(body))
        client.on_subscribe = lambda *_: granted.set()
        client.subscribe(topic, qos=1)
        await asyncio.wait_for(granted.wait(), 5)
        try:
            yield heard
        finally:
            await client.disconnect()

    def log(self) -> str:
        """What it has written to its log."""
        both = (self._folder / "errors", self._folder / "log")
        return "".join(each.read_text(errors="replace") for each in both if each.exists())

    async def _client(self, user: str, sent: PersistentStorage) -> Any:
        client = Client(f"client-{secrets.token_hex(6)}", persistent_storage=sent)
        client.set_config({"reconnect_retries": -2})
        client.set_auth_credentials(user, PASSWORD)
        await asyncio.wait_for(client.connect("127.0.0.1", self.port, version=MQTTv311), 5)
        return client

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, how)
            self._process = None

    def _configuration(self) -> str:
        (plugin,) = Path("/").glob(_PLUGINS[1:])
        lines = [
            *(["user root"] if os.geteuid() == 0 else []),
            # Its standard output it would hold back until a block is full.
            f"log_dest file {self._folder / 'log'}",
            "log_type all",
            "persistence true",
            f"persistence_location {self._folder}/",
            "autosave_interval 1",
            "max_queued_messages 0",
            "allow_anonymous false",
            f"plugin {plugin}",
            f"plugin_opt_config_file {self._folder / 'users.json'}",
            f"listener {self.port} 127.0.0.1",
            f"listener {self.tls_port} 127.0.0.1",
            f"certfile {self._certificate}",
            f"keyfile {self._key}",
        ]
        return "".join(f"{line}\n" for line in lines)


def client_id(topic: str) -> str:
    """The client id of the subscriber of a topic."""
    return f"shop-{hashlib.sha256(topic.encode()).hexdigest()[:12]}"


def _users() -> dict[str, object]:
    kinds = ("publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern")
    rights = [{"acltype": kind, "topic": topic, "allow": True} for kind in kinds for topic in ("#", "$share/#")]
    return {
        "defaultACLAccess": dict.fromkeys(("publishClientSend", "publishClientReceive", "subscribe"), False),
        "clients": [
            {"username": USER, **_hashed(PASSWORD), "roles": [{"rolename": "all"}]},
            {"username": WEAK_USER, **_hashed(PASSWORD)},
        ],
        "roles": [{"rolename": "all", "acls": rights}],
    }


def _hashed(password: str, rounds: int = 101) -> dict[str, object]:
    salt = secrets.token_bytes(12)
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return {
        "password": base64.b64encode(hashed).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": rounds,
    }


def _version(file: Path) -> tuple[int, int] | None:
    """Differs after each writing; the number of an inode comes again."""
    with contextlib.suppress(FileNotFoundError):
        status = file.stat()
        return status.st_ino, status.st_mtime_ns
    return None


def _kept_for(client: bytes, database: bytes) -> int:
    """Messages on their way to a client: chunks of mosquitto's persist.h, version 6 of the format."""
    assert database.startswith(_MAGIC)
    place, count = len(_MAGIC) + 8, 0
    while place < len(database):
        kind, length = struct.unpack_from("!II", database, place)
        chunk = database[place + 8 : place + 8 + length]
        if kind == _CLIENT_MESSAGE:
            size, _qos, _state, _flags, direction = struct.unpack_from("!HBBBB", chunk, 10)
            count += direction == _OUT and chunk[16 : 16 + size] == client
        place += 8 + length
    return count
